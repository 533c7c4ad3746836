//! What the migrations put on tables that are there: said again, as on Citus.
use sea_orm_migration::sea_orm::{DatabaseTransaction, DbErr};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use crate::Migrator;
use crate::schema;

/// The migrations that put policies, rights and views on tables; what they put there elsewhere was taken off when the tables
/// were closed. The documents of emails, which the one after them makes elsewhere, are not to be had on Citus.
const AGAIN: [&str; 4] = [
    "m20261121_000019_isolate",
    "m20261121_000020_raise_wall",
    "m20261121_000021_show_to_reader",
    "m20261121_000022_share_with_supabase",
];

/// Says them again, and to `others` what they say to each table.
pub(super) async fn isolate(db: &DatabaseTransaction, others: &[String]) -> Result<(), DbErr> {
    let manager = SchemaManager::new(db);
    for migration in Migrator::migrations() {
        if AGAIN.contains(&migration.name()) {
            migration.up(&manager).await?;
        }
    }
    for table in others {
        schema::isolate(&manager, table).await?;
    }
    Ok(())
}
