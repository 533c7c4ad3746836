//! An application's own tables are distributed with those of this crate.

use migration::check::check;
use migration::citus::distribute::{self, Distribution};
use migration::migrate::Options;
use migration::schema::{Column, OnDelete, Table, isolate};
use migration::{Migrator, MigratorTrait};
use sea_orm_migration::prelude::*;

use super::cluster::no_cluster;
use super::grown::{filled_by, grow, rows};
use super::migrator;
use crate::world::World;

struct Own;

impl MigratorTrait for Own {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = Migrator::migrations();
        all.push(Box::new(CreateNotes));
        all
    }
}

struct CreateNotes;

impl MigrationName for CreateNotes {
    fn name(&self) -> &'static str {
        "m20270101_000001_create_notes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateNotes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [notes(), stamps(), countries()] {
            table.create(manager).await?;
        }
        isolate(manager, "notes").await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

fn notes() -> Table {
    Table::new("notes", "What members write down")
        .tenant_owned()
        .column(Column::uuid("client_id", "About whom"))
        .column(Column::text("body", "The note").length(1, 10_000))
        .references(
            &["application_id", "client_id"],
            "clients",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
        .timestamps()
}

/// Not isolated, and never changed.
fn stamps() -> Table {
    Table::new("stamps", "What was seen")
        .tenant_owned()
        .column(Column::text("what", "What it was").length(1, 100))
        .created_at()
        .append_only()
}

/// Of no application.
fn countries() -> Table {
    Table::new("countries", "Where people live")
        .id()
        .column(Column::text("code", "ISO 3166-1").length(2, 2))
        .unique_for_ever(&["code"])
        .timestamps()
}

#[tokio::test]
async fn own_tables_are_distributed_with_ours() {
    if no_cluster() {
        return;
    }
    let world = World::over(filled_by::<Own>().await).await;
    for owner in ["a", "b"] {
        for sql in [
            "INSERT INTO notes (application_id, id, client_id, body) VALUES ({o.applications}, {7}, {o.clients}, 'x')",
            "INSERT INTO stamps (application_id, id, what) VALUES ({o.applications}, {7}, 'x')",
        ] {
            world
                .done(&sql.replace("{o.", &format!("{{{owner}.")))
                .await;
        }
    }
    world
        .done("INSERT INTO countries (code) VALUES ('DE')")
        .await;
    let db = world.leave().await;
    let before = rows(&db).await;
    grow(&db).await;
    let migrator = migrator(&db).await;
    let options = Options::default();
    let done =
        distribute::distribute::<Own>(&migrator, &options, Distribution::default(), &mut |_| {})
            .await
            .unwrap();
    assert_eq!(done.tables, 24);
    let drift = check::<Own>(&migrator, &[]).await.unwrap();
    assert!(drift.is_empty(), "{drift}");
    assert_eq!(rows(&db).await, before);
    let world = World::over(db).await;
    assert_eq!(
        world
            .done("DELETE FROM clients WHERE application_id = {a.applications}")
            .await,
        1
    );
    assert_eq!(world.count("notes", "true").await, 1);
    world
        .refused("UPDATE stamps SET what = 'y' WHERE application_id = {a.applications}")
        .await;
}
