//! Pages and their cursors.

use entity::{clients, users};
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, EntityTrait};
use service::scope::{ById, ByName, Keyset};
use service::{Cursor, Error, Page};
use uuid::Uuid;

use crate::billing::{ByNumber, invoices};
use crate::world::{World, client, in_a_world};

pub(super) async fn page<K: Keyset<clients::Entity>>(
    world: &World,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Page<clients::Model> {
    world
        .a
        .tenant
        .find::<clients::Entity>()
        .page::<K>(limit, cursor)
        .await
        .expect("a page")
}

/// Every row, a page at a time.
async fn walk<K: Keyset<clients::Entity>>(world: &World, limit: u64) -> Vec<Uuid> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = page::<K>(world, limit, cursor.as_ref()).await;
        assert!(u64::try_from(page.items.len()).expect("few") <= limit);
        seen.extend(page.items.iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            return seen;
        }
    }
}

async fn pages_of_any_size_hold_every_row_once_and_in_order(world: World) {
    let mut rows = world.a.clients[..3].to_vec();
    // Names that agree, that differ in case alone, and that hold more than ASCII.
    for name in ["Same", "Same", "Same", "same", "Ökonom", "O", "客户"] {
        rows.push(client(&world.db, world.a.id, name, false).await);
    }
    client(&world.db, world.b.id, "Same", false).await;
    client(&world.db, world.a.id, "Same", true).await;
    for limit in [1, 2, 3, 9, 10, 11, 200] {
        assert_eq!(walk::<ById>(&world, limit).await, rows, "by id, {limit}");
    }
    let by_name = walk::<ByName>(&world, 200).await;
    let mut sorted = by_name.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, rows);
    for limit in [1, 2, 3, 9, 10, 11] {
        assert_eq!(
            walk::<ByName>(&world, limit).await,
            by_name,
            "by name, {limit}"
        );
    }
}

async fn rows_made_and_deleted_meanwhile_move_no_other_row(world: World) {
    for n in 0..20 {
        client(&world.db, world.a.id, &format!("m{n:02}"), false).await;
    }
    let before = walk::<ByName>(&world, 200).await;
    let (mut seen, mut cursor, mut turn) = (Vec::new(), None, 0);
    loop {
        let page = page::<ByName>(&world, 4, cursor.as_ref()).await;
        seen.extend(page.items.iter().map(|row| row.id));
        client(&world.db, world.a.id, &format!("a{turn}"), false).await;
        client(&world.db, world.a.id, &format!("m{turn:02}"), false).await;
        client(&world.db, world.a.id, &format!("z{turn}"), false).await;
        turn += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let met: Vec<_> = seen
        .iter()
        .filter(|id| before.contains(id))
        .copied()
        .collect();
    assert_eq!(met, before, "none twice, none left out");
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), seen.len());
}

async fn the_order_of_a_page_is_its_own(world: World) {
    let find = || {
        world
            .a
            .tenant
            .find::<clients::Entity>()
            .order_by(clients::Column::Name, Order::Desc)
            .limit(1)
    };
    let first = find().page::<ById>(2, None).await.expect("a page");
    assert_eq!(
        first.items.iter().map(|row| row.id).collect::<Vec<_>>(),
        world.a.clients[..2]
    );
    let next = find()
        .page::<ById>(2, first.next.as_ref())
        .await
        .expect("a page");
    assert_eq!(
        next.items.iter().map(|row| row.id).collect::<Vec<_>>(),
        world.a.clients[2..3]
    );
}

async fn limits_outside_of_1_to_200_are_refused(world: World) {
    for limit in [0, 201, 1_000_000, u64::MAX] {
        let refused = world
            .a
            .tenant
            .find::<clients::Entity>()
            .page::<ById>(limit, None)
            .await;
        assert!(
            matches!(&refused, Err(Error::Invalid { field, .. }) if field == "limit"),
            "{refused:?}"
        );
    }
    assert!(world.sent.take().is_empty());
}

pub(super) fn is_refused<T: std::fmt::Debug>(page: &Result<T, Error>, what: &str) {
    assert!(
        matches!(page, Err(Error::Invalid { field, .. }) if field == "cursor"),
        "{what}: {page:?}"
    );
}

async fn a_cursor_of_another_list_is_refused(world: World) {
    let find = || world.a.tenant.find::<clients::Entity>();
    let cursor = page::<ById>(&world, 1, None).await.next.expect("more rows");
    let cursor = Some(&cursor);
    world.sent.take();

    let theirs = world.b.tenant.find::<clients::Entity>();
    is_refused(&theirs.page::<ById>(1, cursor).await, "another tenant");
    is_refused(&find().page::<ByName>(1, cursor).await, "another order");
    is_refused(
        &find().with_deleted().page::<ById>(1, cursor).await,
        "with deleted rows",
    );
    is_refused(
        &find().only_deleted().page::<ById>(1, cursor).await,
        "deleted rows alone",
    );
    let filtered = find().filter(clients::Column::Name.ne("x"));
    is_refused(&filtered.clone().page::<ById>(1, cursor).await, "a filter");
    let has = find().has::<invoices::Entity>(sea_orm::Condition::all());
    is_refused(&has.page::<ById>(1, cursor).await, "a relation");
    let invoices = world.a.tenant.find::<invoices::Entity>();
    is_refused(&invoices.page::<ById>(1, cursor).await, "another entity");
    is_refused(
        &world
            .db
            .find::<users::Entity>()
            .page::<ById>(1, cursor)
            .await,
        "what nobody owns",
    );
    assert!(
        world.sent.take().is_empty(),
        "nothing was asked of the database"
    );

    let one = filtered
        .page::<ById>(1, None)
        .await
        .expect("a page")
        .next
        .expect("more");
    let other = find()
        .filter(clients::Column::Name.ne("y"))
        .page::<ById>(1, Some(&one))
        .await;
    is_refused(&other, "another value in the filter");
    assert_eq!(
        page::<ById>(&world, 200, cursor).await.items.len(),
        2,
        "the size may change"
    );
}

/// The newest first.
pub(super) struct ByAge;

impl Keyset<invoices::Entity> for ByAge {
    const NAME: &'static str = "age";
    const DESCENDING: bool = true;

    fn columns() -> Vec<<invoices::Entity as EntityTrait>::Column> {
        vec![invoices::Column::CreatedAt, invoices::Column::Id]
    }
}

async fn an_applications_own_orders_page_up_and_down(world: World) {
    let find = || world.a.tenant.find::<invoices::Entity>().with_deleted();
    let (mut up, mut down, mut cursor) = (Vec::new(), Vec::new(), None);
    loop {
        let page = find()
            .page::<ByNumber>(3, cursor.as_ref())
            .await
            .expect("a page");
        up.extend(page.items.iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    loop {
        let page = find()
            .page::<ByAge>(3, cursor.as_ref())
            .await
            .expect("a page");
        down.extend(page.items.iter().map(|row| row.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(up, world.a.invoices);
    down.reverse();
    assert_eq!(down, world.a.invoices);
}

async fn a_cursor_survives_json_and_text(world: World) {
    let first = page::<ById>(&world, 1, None).await;
    let json = serde_json::to_string(&first.next).expect("json");
    let back: Option<Cursor> = serde_json::from_str(&json).expect("a cursor");
    assert_eq!(back, first.next);
    let text = first.next.expect("more").to_string();
    assert!(
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    );
    assert_eq!(
        page::<ById>(&world, 1, Some(&text.parse().expect("a cursor")))
            .await
            .items
            .len(),
        1
    );
}

in_a_world!(
    pages_of_any_size_hold_every_row_once_and_in_order,
    rows_made_and_deleted_meanwhile_move_no_other_row,
    the_order_of_a_page_is_its_own,
    limits_outside_of_1_to_200_are_refused,
    a_cursor_of_another_list_is_refused,
    an_applications_own_orders_page_up_and_down,
    a_cursor_survives_json_and_text,
);
