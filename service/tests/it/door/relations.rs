//! Relations: whichever way they are asked for, both sides are live and of the tenant.

use std::collections::BTreeSet;

use entity::{application_memberships as memberships, applications, clients, users};
use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{ColumnTrait, Condition};
use service::Error;
use uuid::Uuid;

use crate::billing::invoices;
use crate::world::{World, in_a_world};

pub(super) fn set(ids: &[Uuid]) -> BTreeSet<Uuid> {
    ids.iter().copied().collect()
}

async fn members_are_the_same_on_every_path(world: World) {
    // Of five, one membership is deleted and one user is.
    let live = set(&world.a.users[..3]);
    let find = || world.a.tenant.find::<memberships::Entity>();
    let by_user = |rows: Vec<(memberships::Model, Option<users::Model>)>| -> BTreeSet<Uuid> {
        rows.into_iter()
            .filter_map(|(member, user)| user.map(|user| (member, user)))
            .inspect(|(member, user)| assert_eq!(member.user_id, user.id))
            .map(|(_, user)| user.id)
            .collect()
    };

    let both = find().both::<users::Entity>().all().await.expect("rows");
    assert_eq!(
        both.iter()
            .map(|(_, user)| user.id)
            .collect::<BTreeSet<_>>(),
        live
    );
    let also = find().also::<users::Entity>().all().await.expect("rows");
    assert_eq!(also.len(), 4);
    assert_eq!(by_user(also), live);
    let has = || find().has::<users::Entity>(Condition::all());
    assert_eq!(has().count().await.expect("a count"), 3);
    let rows = has().all().await.expect("rows");
    assert_eq!(
        rows.iter().map(|row| row.user_id).collect::<BTreeSet<_>>(),
        live
    );
    let has_no = find().has_no::<users::Entity>(Condition::all()).all().await;
    let has_no: Vec<_> = has_no
        .expect("rows")
        .iter()
        .map(|row| row.user_id)
        .collect();
    assert_eq!(has_no, [world.a.users[4]]);
    let grouped = has()
        .count_by::<Uuid>(memberships::Column::ApplicationId)
        .await;
    assert_eq!(grouped.expect("counts"), [(world.a.id, 3)]);

    let rows = find().all().await.expect("rows");
    let loaded = world
        .a
        .tenant
        .load_one::<users::Entity, _>(&rows)
        .await
        .expect("users");
    assert_eq!(
        loaded
            .iter()
            .flatten()
            .map(|user| user.id)
            .collect::<BTreeSet<_>>(),
        live
    );
    assert_eq!(loaded.len(), rows.len());

    let users = world
        .db
        .find::<users::Entity>()
        .with_deleted()
        .all()
        .await
        .expect("users");
    let loaded = world
        .a
        .tenant
        .load_many::<memberships::Entity, _>(&users)
        .await
        .expect("rows");
    let of: BTreeSet<_> = loaded
        .iter()
        .flatten()
        .map(|row| (row.application_id, row.user_id))
        .collect();
    let expected: BTreeSet<_> = [0, 1, 2, 4].map(|n| (world.a.id, world.a.users[n])).into();
    assert_eq!(of, expected);
}

async fn deleted_rows_of_ones_own_still_meet_live_ones_alone(world: World) {
    let find = || world.a.tenant.find::<invoices::Entity>().with_deleted();
    let also = find().also::<clients::Entity>().all().await.expect("rows");
    let clients: BTreeSet<_> = also
        .iter()
        .filter_map(|(invoice, client)| client.as_ref().map(|client| (invoice.id, client.id)))
        .collect();
    let [one, two, _, four] = world.a.invoices;
    let [zero, first, ..] = world.a.clients;
    assert_eq!(clients, [(one, zero), (two, zero), (four, first)].into());
    let has = find()
        .only_deleted()
        .has::<clients::Entity>(Condition::all())
        .all()
        .await;
    assert_eq!(
        has.expect("rows")
            .iter()
            .map(|row| row.id)
            .collect::<Vec<_>>(),
        [four]
    );
}

async fn an_or_over_both_sides_of_a_join_stays_inside_the_walls(world: World) {
    let or = || {
        Condition::any()
            .add(invoices::Column::Number.is_not_null())
            .add(clients::Column::Name.eq("Client 0"))
            .add(clients::Column::ApplicationId.eq(world.b.id))
            .add(Expr::val(1).eq(1))
    };
    let find = || world.a.tenant.find::<invoices::Entity>();
    let check = |rows: &[(invoices::Model, Option<clients::Model>)], wanted: usize| {
        assert_eq!(rows.len(), wanted);
        for (invoice, client) in rows {
            assert_eq!(
                (invoice.application_id, invoice.deleted_at),
                (world.a.id, None)
            );
            if let Some(client) = client {
                assert_eq!(
                    (client.application_id, client.deleted_at),
                    (world.a.id, None)
                );
            }
        }
    };
    let also = find()
        .also::<clients::Entity>()
        .filter(or())
        .all()
        .await
        .expect("rows");
    check(&also, 3);
    let before = find()
        .filter(Condition::any().add(Expr::val(1).eq(1)))
        .also::<clients::Entity>();
    check(&before.all().await.expect("rows"), 3);
    let both = find()
        .both::<clients::Entity>()
        .filter(or())
        .all()
        .await
        .expect("rows");
    let both: Vec<_> = both
        .into_iter()
        .map(|(one, other)| (one, Some(other)))
        .collect();
    check(&both, 2);
    let has = find().has::<clients::Entity>(Condition::any().add(Expr::val(1).eq(1)));
    assert_eq!(has.count().await.expect("a count"), 2);
    let first = find()
        .both::<clients::Entity>()
        .filter(or())
        .order_by(invoices::Column::Number, Order::Desc)
        .limit(1)
        .one()
        .await;
    assert_eq!(
        first.expect("an answer").map(|(one, _)| one.id),
        Some(world.a.invoices[1])
    );
}

async fn an_application_reaches_its_members_and_nobody_elses_users(world: World) {
    let any = || Condition::any().add(Expr::val(1).eq(1));
    let rows = world
        .a
        .tenant
        .find::<memberships::Entity>()
        .filter(any())
        .both::<users::Entity>()
        .filter(any())
        .all()
        .await
        .expect("rows");
    let seen: BTreeSet<_> = rows.iter().map(|(_, user)| user.id).collect();
    assert!(seen.is_disjoint(&set(&world.b.users)));
    let of = world
        .a
        .tenant
        .find::<memberships::Entity>()
        .both::<applications::Entity>()
        .all()
        .await;
    assert!(
        of.expect("rows")
            .iter()
            .all(|(_, application)| application.id == world.a.id)
    );
}

async fn a_relation_through_a_third_table_is_refused_with_what_to_do(world: World) {
    let find = || world.a.tenant.find::<clients::Entity>();
    let refusals = [
        find().has::<Through>(Condition::all()).all().await.err(),
        find()
            .has_no::<Through>(Condition::all())
            .count()
            .await
            .err(),
        find().also::<Through>().all().await.err(),
        find().both::<Through>().all().await.err(),
        world
            .a
            .tenant
            .load_many::<Through, _>(&find().all().await.expect("rows"))
            .await
            .err(),
        world
            .a
            .tenant
            .load_one::<Through, _>(&find().all().await.expect("rows"))
            .await
            .err(),
    ];
    for refusal in refusals {
        assert!(
            matches!(&refusal, Some(Error::Invalid { field, reason }) if field == "relation" && reason.contains("load_many")),
            "{refusal:?}"
        );
    }
}

use crate::door::custom::Entity as Through;

in_a_world!(
    members_are_the_same_on_every_path,
    deleted_rows_of_ones_own_still_meet_live_ones_alone,
    an_or_over_both_sides_of_a_join_stays_inside_the_walls,
    an_application_reaches_its_members_and_nobody_elses_users,
    a_relation_through_a_third_table_is_refused_with_what_to_do,
);
