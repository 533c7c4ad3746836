//! The word for an application's own tables.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{DbBackend, DbErr};

use super::apply;
use super::roles::Roles;
use crate::{reader, supabase, wall};

/// Gives a table that is led by `application_id` the row-level security that the tables of this crate have: enabled and
/// forced, with the same policies, and granted to the roles of the schema. Said once, after the table is made; does nothing
/// on `SQLite`.
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
/// A table without `application_id`; what the database refuses.
pub async fn isolate(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    if !manager.has_column(table, "application_id").await? {
        return Err(DbErr::Migration(format!(
            "`{table}` has no application_id: only a table that belongs to applications can be kept apart by them"
        )));
    }
    let db = manager.get_connection();
    let roles = Roles::read(db).await?;
    apply::put(db, table, &roles).await?;
    wall::surround(db, table).await?;
    supabase::revoke_on(db, table).await?;
    reader::show_one(manager, table).await
}

/// Takes from a table what [`isolate`] gave it. A table that is dropped needs it not. Does nothing on `SQLite`.
///
/// # Errors
///
/// What the database refuses.
pub async fn lift_isolation(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let db = manager.get_connection();
    let roles = Roles::read(db).await?;
    reader::hide(manager, table).await?;
    apply::lift(db, table, &roles).await
}
