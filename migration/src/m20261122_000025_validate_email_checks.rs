//! The CHECKs of addresses that the migration before said anew become valid for what was there, too.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::m20261122_000024_quicken_email_checks::{TABLES, quicken};

/// Reads every address once, beside readers and writers, on `PostgreSQL` alone.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for table in TABLES {
            let sql =
                format!("ALTER TABLE \"{table}\" VALIDATE CONSTRAINT \"{table}_email_check\"");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        quicken(manager).await
    }
}
