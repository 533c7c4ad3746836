//! The wall on `PostgreSQL`: a key, functions that sign and verify a tenant, policies and grants for the guest.
//!
//! None on Citus: its policies would ask a function that reads a table, on every node.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::citus::Engine;

/// Raises the wall.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres
            && !Engine::of(db).await?.is_citus()
        {
            for script in [RAISE, GUEST] {
                db.execute_unprepared(script.trim_end()).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres
            && !Engine::of(db).await?.is_citus()
        {
            db.execute_unprepared(RAZE.trim_end()).await?;
        }
        Ok(())
    }
}

/// Makes the key and the functions.
pub(crate) const RAISE: &str = include_str!("m20261121_000020_raise_wall/raise.sql");

/// Gives the tables policies and grants for the guest.
pub(crate) const GUEST: &str = include_str!("m20261121_000020_raise_wall/guest.sql");

/// Takes it all down.
const RAZE: &str = include_str!("m20261121_000020_raise_wall/raze.sql");
