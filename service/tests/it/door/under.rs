//! Rows stand under live parents of their own tenant, under concurrency too.

use sea_orm::{ColumnTrait, Condition, Set};
use service::{Error, Tenant};
use uuid::Uuid;

use crate::billing::{invoice_lines, invoices};
use crate::world::{World, in_a_world};

fn draft(client_id: Uuid, number: &str) -> invoices::ActiveModel {
    invoices::ActiveModel {
        client_id: Set(client_id),
        number: Set(number.into()),
        total_cents: Set(1),
        ..Default::default()
    }
}

async fn line(
    tenant: &Tenant,
    invoice_id: Uuid,
    position: i64,
) -> Result<invoice_lines::Model, Error> {
    let row = invoice_lines::ActiveModel {
        invoice_id: Set(invoice_id),
        position: Set(position),
        description: Set("Work".into()),
        cents: Set(1),
        ..Default::default()
    };
    tenant.insert::<invoice_lines::Entity>(row).await
}

async fn no_row_is_made_under_what_is_dead_foreign_or_unknown(world: World) {
    let tenant = &world.a.tenant;
    for client in [world.a.clients[3], world.b.clients[0], world.db.new_id()] {
        let made = tenant
            .insert::<invoices::Entity>(draft(client, "new"))
            .await;
        assert!(matches!(made, Err(Error::NotFound)), "{made:?}");
        let key = [invoices::Column::Number];
        let made = tenant
            .upsert::<invoices::Entity>(draft(client, "N-0"), &key)
            .await;
        assert!(matches!(made, Err(Error::NotFound)), "{made:?}");
    }
    for invoice in [world.a.invoices[3], world.b.invoices[0]] {
        assert!(matches!(
            line(tenant, invoice, 9).await,
            Err(Error::NotFound)
        ));
    }
    line(tenant, world.a.invoices[0], 9)
        .await
        .expect("made under a live one");
}

async fn no_row_is_moved_under_what_is_dead_foreign_or_unknown(world: World) {
    let tenant = &world.a.tenant;
    let moved = |client: Uuid| {
        let patch = invoices::ActiveModel {
            client_id: Set(client),
            ..Default::default()
        };
        tenant.update_where::<invoices::Entity>(patch, invoices::Column::Number.eq("N-0"))
    };
    for client in [world.a.clients[3], world.b.clients[0], world.db.new_id()] {
        assert_eq!(moved(client).await.expect("an answer").len(), 0);
    }
    let rows = moved(world.a.clients[1]).await.expect("an answer");
    assert_eq!(
        rows.iter().map(|row| row.client_id).collect::<Vec<_>>(),
        [world.a.clients[1]]
    );
}

async fn no_row_is_restored_under_what_is_dead(world: World) {
    let tenant = &world.a.tenant;
    let taken = tenant
        .delete_where::<invoices::Entity>(Condition::all())
        .await
        .expect("deleted");
    assert_eq!(taken.rows, 3);
    // One of the three stands under a deleted client: all come back, or none.
    let refused = tenant
        .restore::<invoices::Entity>(taken.deletion_id.expect("a deletion"))
        .await;
    assert!(
        matches!(refused, Err(Error::Conflict { .. })),
        "{refused:?}"
    );
    assert_eq!(
        tenant
            .find::<invoices::Entity>()
            .count()
            .await
            .expect("a count"),
        0
    );
}

async fn no_row_is_made_under_a_parent_that_dies_meanwhile(world: World) {
    for round in 0..25_i64 {
        let number = format!("R-{round}");
        let parent = draft(world.a.clients[0], &number);
        let parent = world
            .a
            .tenant
            .insert::<invoices::Entity>(parent)
            .await
            .expect("made")
            .id;
        let (one, other) = (world.a.tenant.clone(), world.a.tenant.clone());
        // Each in a transaction that stays open a while, as an application's own would.
        let making = tokio::spawn(async move {
            one.transaction(async |tenant| {
                let made = line(tenant, parent, 1).await;
                tokio::time::sleep(std::time::Duration::from_millis(
                    u64::try_from(round % 5).unwrap_or(0),
                ))
                .await;
                made
            })
            .await
        });
        let deleting = tokio::spawn(async move {
            other
                .transaction(async |tenant| {
                    let dead = tenant
                        .delete_where::<invoices::Entity>(invoices::Column::Id.eq(parent))
                        .await?;
                    tenant
                        .delete_where::<invoice_lines::Entity>(
                            invoice_lines::Column::InvoiceId.eq(parent),
                        )
                        .await?;
                    tokio::time::sleep(std::time::Duration::from_millis(
                        u64::try_from(round % 3).unwrap_or(0),
                    ))
                    .await;
                    Ok::<_, Error>(dead)
                })
                .await
        });
        let made = making.await.expect("no panic");
        assert_eq!(deleting.await.expect("no panic").expect("deleted").rows, 1);
        assert!(matches!(made, Ok(_) | Err(Error::NotFound)), "{made:?}");
        let orphans = world
            .a
            .tenant
            .find::<invoice_lines::Entity>()
            .filter(invoice_lines::Column::InvoiceId.eq(parent));
        assert_eq!(
            orphans.count().await.expect("a count"),
            0,
            "round {round}: {made:?}"
        );
    }
}

in_a_world!(
    no_row_is_made_under_what_is_dead_foreign_or_unknown,
    no_row_is_moved_under_what_is_dead_foreign_or_unknown,
    no_row_is_restored_under_what_is_dead,
    no_row_is_made_under_a_parent_that_dies_meanwhile,
);
