//! What callers put into a filter: the walls stand around it.

use entity::{clients, membership_roles, users};
use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{ColumnTrait, Condition, DerivePartialModel};
use uuid::Uuid;

use crate::world::{World, in_a_world};

/// What a caller asks for.
type Asked = Box<dyn Fn() -> Condition>;

/// The rows of `a` that a condition lets through, in their order, by each way of asking; all must agree.
async fn seen(world: &World, condition: impl Fn() -> Condition) -> Vec<Uuid> {
    let find = || {
        world
            .a
            .tenant
            .find::<clients::Entity>()
            .filter(condition())
            .order_by(clients::Column::Id, Order::Asc)
    };
    let rows = find().all().await.expect("an answer");
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    assert!(
        rows.iter()
            .all(|row| row.application_id == world.a.id && row.deleted_at.is_none())
    );
    let count = u64::try_from(ids.len()).expect("few");
    assert_eq!(find().count().await.expect("a count"), count);
    assert_eq!(find().exists().await.expect("an answer"), count > 0);
    assert_eq!(
        find().one().await.expect("an answer").map(|row| row.id),
        ids.first().copied()
    );
    ids
}

async fn an_or_stays_inside_the_walls(world: World) {
    let live = &world.a.clients[..3];
    let name = clients::Column::Name;
    let yes = || Expr::val(1).eq(1);
    let conditions: Vec<(&str, Asked)> = vec![
        (
            "any",
            Box::new(move || Condition::any().add(name.is_not_null()).add(yes())),
        ),
        (
            "a.or(b)",
            Box::new(move || Condition::all().add(name.is_not_null().or(yes()))),
        ),
        (
            "not",
            Box::new(move || Condition::all().not().add(yes().not())),
        ),
        (
            "nested",
            Box::new(move || {
                Condition::any()
                    .add(Condition::all().add(yes()).add(Condition::any().add(yes())))
                    .add(Condition::any().not().add(yes().not()))
            }),
        ),
    ];
    for (what, condition) in conditions {
        assert_eq!(seen(&world, condition).await, live, "{what}");
    }
    let none = seen(&world, Condition::any).await;
    assert!(none.is_empty(), "any of nothing is nothing");
}

async fn raw_sql_in_a_filter_is_bracketed(world: World) {
    for raw in [
        Expr::cust("1 = 1 OR 1 = 1"),
        Expr::cust_with_values("1 = $1 OR 1 = 1", [1]),
        Expr::cust_with_expr("1 = 1 OR 1 = $1", Expr::val(1)),
    ] {
        let live = &world.a.clients[..3];
        assert_eq!(
            seen(&world, || Condition::all().add(raw.clone())).await,
            live
        );
        assert_eq!(
            seen(&world, || Condition::any().add(raw.clone())).await,
            live
        );
    }
    let union = Expr::cust("1 = 1 UNION SELECT * FROM clients");
    let refused = world.a.tenant.find::<clients::Entity>().filter(union);
    assert!(refused.all().await.is_err());
}

async fn filters_said_one_after_the_other_all_hold_in_whatever_order_the_rest_is_said(
    world: World,
) {
    let name = clients::Column::Name;
    let (not_first, not_second) = (name.ne("Client 0"), name.ne("Client 1"));
    let find = || world.a.tenant.find::<clients::Entity>();
    let one = find()
        .filter(not_first.clone().or(Expr::val(1).eq(0)))
        .with_deleted()
        .order_by(clients::Column::Id, Order::Asc)
        .filter(not_second.clone())
        .all()
        .await;
    let other = find()
        .order_by(clients::Column::Id, Order::Asc)
        .filter(not_second)
        .filter(not_first)
        .with_deleted()
        .all()
        .await;
    let one: Vec<_> = one.expect("an answer").iter().map(|row| row.id).collect();
    let other: Vec<_> = other.expect("an answer").iter().map(|row| row.id).collect();
    assert_eq!(one, world.a.clients[2..]);
    assert_eq!(one, other);
}

async fn the_last_word_on_deleted_rows_holds_and_never_adds_another_tenants(world: World) {
    let name = clients::Column::Name;
    let find = || {
        let all = Condition::any()
            .add(name.is_not_null())
            .add(Expr::val(1).eq(1));
        world
            .a
            .tenant
            .find::<clients::Entity>()
            .filter(all)
            .order_by(clients::Column::Id, Order::Asc)
    };
    for (what, find, ids) in [
        ("live", find(), &world.a.clients[..3]),
        ("with", find().with_deleted(), &world.a.clients[..]),
        ("only", find().only_deleted(), &world.a.clients[3..]),
        (
            "with, only",
            find().with_deleted().only_deleted(),
            &world.a.clients[3..],
        ),
        (
            "only, with",
            find().only_deleted().with_deleted(),
            &world.a.clients[..],
        ),
    ] {
        let count = u64::try_from(ids.len()).expect("few");
        assert_eq!(
            find.clone().count().await.expect("a count"),
            count,
            "{what}"
        );
        assert!(find.clone().exists().await.expect("an answer"), "{what}");
        let one = find.clone().one().await.expect("an answer").expect("a row");
        assert_eq!(one.id, ids[0], "{what}");
        let page = find
            .clone()
            .page::<service::scope::ById>(200, None)
            .await
            .expect("a page");
        assert_eq!(
            page.items.iter().map(|row| row.id).collect::<Vec<_>>(),
            ids,
            "{what}"
        );
        let names = find.clone().all_as::<Name>().await.expect("names");
        assert_eq!(names.len(), ids.len(), "{what}");
        let by_tenant = find
            .clone()
            .count_by::<Uuid>(clients::Column::ApplicationId)
            .await;
        assert_eq!(by_tenant.expect("counts"), [(world.a.id, count)], "{what}");
        let rows = find.all().await.expect("rows");
        assert_eq!(
            rows.iter().map(|row| row.id).collect::<Vec<_>>(),
            ids,
            "{what}"
        );
    }
}

/// A part of a client.
#[derive(Debug, DerivePartialModel)]
#[sea_orm(entity = "clients::Entity")]
struct Name {
    #[expect(dead_code, reason = "it is the shape of the query that counts")]
    name: String,
}

async fn another_tenants_id_answers_as_one_that_nobody_has(world: World) {
    let theirs = world.b.clients[0];
    for id in [theirs, world.db.new_id()] {
        let find = || {
            world
                .a
                .tenant
                .find::<clients::Entity>()
                .filter(clients::Column::Id.eq(id))
        };
        assert_eq!(find().with_deleted().one().await.expect("an answer"), None);
        assert_eq!(find().count().await.expect("a count"), 0);
        assert!(!find().only_deleted().exists().await.expect("an answer"));
        let asked = find().filter(clients::Column::ApplicationId.eq(world.b.id));
        assert!(asked.all().await.expect("an answer").is_empty());
    }
}

async fn entities_without_a_mark_have_nothing_deleted(world: World) {
    let find = || world.a.tenant.find::<membership_roles::Entity>();
    assert_eq!(find().count().await.expect("a count"), 3);
    assert_eq!(find().with_deleted().count().await.expect("a count"), 3);
    assert_eq!(find().only_deleted().count().await.expect("a count"), 0);
}

async fn what_no_application_owns_is_found_live_through_the_database_itself(world: World) {
    let find = || world.db.find::<users::Entity>();
    assert_eq!(find().count().await.expect("a count"), 8);
    assert_eq!(find().only_deleted().count().await.expect("a count"), 2);
    let page = find()
        .page::<service::scope::ById>(200, None)
        .await
        .expect("a page");
    assert!(page.items.iter().all(|user| user.deleted_at.is_none()));
}

async fn an_answer_takes_one_statement(world: World) {
    let find = || world.a.tenant.find::<clients::Entity>();
    world.sent.take();
    find().all().await.expect("rows");
    find().one().await.expect("a row");
    find().count().await.expect("a count");
    find().exists().await.expect("an answer");
    find()
        .page::<service::scope::ById>(2, None)
        .await
        .expect("a page");
    assert_eq!(world.sent.take().len(), 5);
}

in_a_world!(
    an_or_stays_inside_the_walls,
    raw_sql_in_a_filter_is_bracketed,
    filters_said_one_after_the_other_all_hold_in_whatever_order_the_rest_is_said,
    the_last_word_on_deleted_rows_holds_and_never_adds_another_tenants,
    another_tenants_id_answers_as_one_that_nobody_has,
    entities_without_a_mark_have_nothing_deleted,
    what_no_application_owns_is_found_live_through_the_database_itself,
    an_answer_takes_one_statement,
);
