//! What clients of Supabase's API may see, where its roles are there; else nothing. Nothing on Citus, whose policies look at no
//! other table.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::citus::Engine;

/// Shares with them.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres
            && !Engine::of(db).await?.is_citus()
        {
            db.execute_unprepared(SHARE.trim_end()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres
            && !Engine::of(db).await?.is_citus()
        {
            db.execute_unprepared(REMOVE.trim_end()).await?;
        }
        Ok(())
    }
}

/// Takes what default privileges gave, and shares what a member may see.
pub(crate) const SHARE: &str = include_str!("m20261121_000022_share_with_supabase/share.sql");

/// Takes back what was shared.
const REMOVE: &str = include_str!("m20261121_000022_share_with_supabase/remove.sql");
