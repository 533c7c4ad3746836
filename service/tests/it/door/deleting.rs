//! Deleting and restoring through the door: live rows of the tenant, and exactly those.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait};
use service::Error;

use super::writing::{draft, everything, insert, stored};
use crate::billing::{invoice_lines, invoices};
use crate::world::{DELETION, World, in_a_world};

async fn a_bulk_delete_marks_live_rows_of_the_tenant_and_keeps_earlier_marks(world: World) {
    let before = stored(&world).await;
    let taken = world
        .a
        .tenant
        .delete_where::<invoices::Entity>(everything())
        .await
        .expect("deleted");
    assert_eq!(taken.rows, 3);
    let deletion = taken.deletion_id.expect("a deletion");
    for (old, new) in before.iter().zip(stored(&world).await) {
        let hit = world.a.invoices[..3].contains(&new.id);
        assert_eq!(hit, new.deletion_id == Some(deletion));
        assert_eq!(hit, new != *old);
    }
    let again = world
        .a
        .tenant
        .delete_where::<invoices::Entity>(everything())
        .await
        .expect("nothing");
    assert_eq!((again.rows, again.deletion_id), (0, None));
}

async fn a_restore_brings_back_exactly_one_deletion_of_ones_own(world: World) {
    let tenant = &world.a.tenant;
    tenant
        .delete_where::<invoices::Entity>(invoices::Column::Number.eq("N-1"))
        .await
        .expect("deleted");
    let before = stored(&world).await;
    let number = invoices::Column::Number.eq("N-0");
    let taken = tenant
        .delete_where::<invoices::Entity>(number)
        .await
        .expect("deleted");
    let deletion = taken.deletion_id.expect("a deletion");

    let theirs = world.b.tenant.restore::<invoices::Entity>(deletion).await;
    assert!(matches!(theirs, Err(Error::NotFound)));
    let unknown = tenant.restore::<invoices::Entity>(world.db.new_id()).await;
    assert!(matches!(unknown, Err(Error::NotFound)));

    assert_eq!(
        tenant
            .restore::<invoices::Entity>(deletion)
            .await
            .expect("back"),
        1
    );
    let unmoved = |rows: Vec<invoices::Model>| -> Vec<_> {
        rows.into_iter()
            .map(|row| (row.id, row.deleted_at, row.deletion_id))
            .collect()
    };
    assert_eq!(unmoved(stored(&world).await), unmoved(before));
    // Both tenants have rows with this deletion: the world was made that way.
    assert_eq!(
        tenant
            .restore::<invoices::Entity>(DELETION)
            .await
            .expect("back"),
        1
    );
    assert_eq!(
        world
            .b
            .tenant
            .find::<invoices::Entity>()
            .only_deleted()
            .count()
            .await
            .expect("a count"),
        1
    );
}

async fn a_restore_that_meets_a_live_row_in_its_place_changes_nothing(world: World) {
    let tenant = &world.a.tenant;
    let taken =
        tenant.delete_where::<invoices::Entity>(invoices::Column::ClientId.eq(world.a.clients[0]));
    let deletion = taken
        .await
        .expect("deleted")
        .deletion_id
        .expect("a deletion");
    insert(tenant, draft(world.a.clients[1], "N-1"))
        .await
        .expect("made");
    let before = stored(&world).await;
    let refused = tenant.restore::<invoices::Entity>(deletion).await;
    assert!(
        matches!(&refused, Err(Error::Conflict { field }) if field == "number"),
        "{refused:?}"
    );
    assert_eq!(stored(&world).await, before);
}

async fn rows_without_a_mark_are_removed_where_they_are_the_tenants(world: World) {
    let any = || Condition::any().add(Expr::val(1).eq(1));
    let taken = world
        .a
        .tenant
        .delete_where::<invoice_lines::Entity>(any())
        .await
        .expect("deleted");
    assert_eq!((taken.rows, taken.deletion_id), (4, None));
    let left = invoice_lines::Entity::find()
        .all(&world.db)
        .await
        .expect("rows");
    assert!(left.iter().all(|row| row.application_id == world.b.id) && left.len() == 4);
    let none = world
        .a
        .tenant
        .restore::<invoice_lines::Entity>(DELETION)
        .await;
    assert!(matches!(none, Err(Error::NotFound)));
}

in_a_world!(
    a_bulk_delete_marks_live_rows_of_the_tenant_and_keeps_earlier_marks,
    a_restore_brings_back_exactly_one_deletion_of_ones_own,
    a_restore_that_meets_a_live_row_in_its_place_changes_nothing,
    rows_without_a_mark_are_removed_where_they_are_the_tenants,
);
