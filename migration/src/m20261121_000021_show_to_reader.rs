//! The reader's views on `PostgreSQL`: each table without its secrets.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Makes the views.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager
                .get_connection()
                .execute_unprepared(SHOW.trim_end())
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager
                .get_connection()
                .execute_unprepared(REMOVE.trim_end())
                .await?;
        }
        Ok(())
    }
}

/// Makes the views and their schema.
pub(crate) const SHOW: &str = include_str!("m20261121_000021_show_to_reader/show.sql");

/// Drops them.
pub(crate) const REMOVE: &str = include_str!("m20261121_000021_show_to_reader/remove.sql");
