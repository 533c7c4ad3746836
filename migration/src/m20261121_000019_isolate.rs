//! Row-level security: every table of an application's rows, and every global one, is walled by the tenant that is set.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::citus::Engine;

/// Makes the roles where it may, and gives the tables their policies and grants.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let db = manager.get_connection();
            let scripts = match Engine::of(db).await? {
                Engine::One => [ROLES, PUT],
                Engine::Citus => [ROLES_ON_CITUS, PUT_ON_CITUS],
                // What is made for comparison alone makes nobody wait.
                Engine::Likeness => [ROLES, PUT_ON_CITUS],
            };
            for script in scripts {
                db.execute_unprepared(script.trim_end()).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let db = manager.get_connection();
            // What is lifted is the same; but Citus goes from shard to shard once it was asked.
            Engine::of(db).await?;
            db.execute_unprepared(LIFT.trim_end()).await?;
        }
        Ok(())
    }
}

/// Makes the roles.
pub(crate) const ROLES: &str = include_str!("m20261121_000019_isolate/roles.sql");

/// The same on Citus, one database after the other.
pub(crate) const ROLES_ON_CITUS: &str = include_str!("m20261121_000019_isolate/roles_on_citus.sql");

/// Gives all tables but the record of migrations, which is `SeaORM`'s, their policies and grants.
pub(crate) const PUT: &str = include_str!("m20261121_000019_isolate/put.sql");

/// The same on Citus, as far as its shards can know.
pub(crate) const PUT_ON_CITUS: &str = include_str!("m20261121_000019_isolate/put_on_citus.sql");

/// Takes them back.
const LIFT: &str = include_str!("m20261121_000019_isolate/lift.sql");
