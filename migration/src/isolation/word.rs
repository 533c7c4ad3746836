//! The word for an application's own tables.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::{script, spread};
use crate::citus::Engine;
use crate::{reader, supabase, wall};

/// Gives a table that is led by `application_id` the row-level security that the tables of this crate have: enabled and
/// forced, with the same policies, and granted to the roles of the schema; with a view for the reader, and behind the wall.
/// Said after the table is made, and again after a column was added. Does nothing on `SQLite`; on Citus it does what that
/// can ([`citus`](crate::citus)).
///
/// ```
/// use migration::schema::{self, Column, Table};
/// use migration::sea_orm_migration::{SchemaManager, sea_orm::DbErr};
///
/// async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
///     notes().create(manager).await?;
///     schema::isolate(manager, "notes").await
/// }
///
/// fn notes() -> Table {
///     Table::new("notes", "What members write down")
///         .tenant_owned()
///         .column(Column::text("body", "The note").length(1, 10_000))
///         .timestamps()
/// }
/// ```
///
/// # Errors
///
/// What the database refuses: a table without `application_id`, for example.
pub async fn isolate(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let db = manager.get_connection();
    let scripts = if Engine::of(db).await?.is_citus() {
        vec![spread::put(&[table]), reader::show_on_citus(Some(table))]
    } else {
        vec![
            script::put(&[table]),
            wall::surround(table),
            supabase::revoke(Some(table)),
            reader::show(Some(table)),
        ]
    };
    for script in scripts {
        db.execute_unprepared(&script).await?;
    }
    Ok(())
}

/// Takes from a table what [`isolate`] gave it: before the table is dropped, or a column of it. Does nothing on `SQLite`.
///
/// # Errors
///
/// What the database refuses.
pub async fn lift_isolation(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let db = manager.get_connection();
    let hide = if Engine::of(db).await?.is_citus() {
        reader::hide_on_citus(table)
    } else {
        reader::hide(table)
    };
    for script in [hide, script::lift(&[table])] {
        db.execute_unprepared(&script).await?;
    }
    Ok(())
}
