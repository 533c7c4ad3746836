//! The reader's views on `PostgreSQL`: each table without its secrets.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::citus::Engine;

/// Makes the views.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let db = manager.get_connection();
            let show = match Engine::of(db).await? {
                Engine::One => SHOW,
                Engine::Citus | Engine::Likeness => SHOW_ON_CITUS,
            };
            db.execute_unprepared(show.trim_end()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let db = manager.get_connection();
            if Engine::of(db).await?.is_citus() {
                db.execute_unprepared(REVOKE_ON_CITUS.trim_end()).await?;
            }
            db.execute_unprepared(REMOVE.trim_end()).await?;
        }
        Ok(())
    }
}

/// Makes the views and their schema.
pub(crate) const SHOW: &str = include_str!("m20261121_000021_show_to_reader/show.sql");

/// The same on Citus.
pub(crate) const SHOW_ON_CITUS: &str =
    include_str!("m20261121_000021_show_to_reader/show_on_citus.sql");

/// Takes the rights on the tables that there are on Citus alone.
const REVOKE_ON_CITUS: &str = include_str!("m20261121_000021_show_to_reader/revoke_on_citus.sql");

/// Drops them.
pub(crate) const REMOVE: &str = include_str!("m20261121_000021_show_to_reader/remove.sql");
