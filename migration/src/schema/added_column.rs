//! A column that comes to a table which is there already, stated once for both backends.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::column::Column;
use super::render;

/// A column that a later migration adds to a table. [`create`](AddedColumn::create) adds it in the database at hand.
///
/// The table has rows by then, and they need a value: the column may be NULL, or has a default that is a constant.
///
/// ```
/// use migration::schema::{AddedColumn, Column};
///
/// fn due_at() -> AddedColumn {
///     AddedColumn::new(
///         "invoices",
///         Column::timestamp("due_at", "When it has to be paid; NULL: on receipt").null(),
///     )
/// }
/// ```
#[derive(Clone, Debug)]
pub struct AddedColumn {
    pub(super) table: &'static str,
    pub(super) column: Column,
}

impl AddedColumn {
    /// `column`, as a column of `table`.
    #[must_use]
    pub fn new(table: &'static str, column: Column) -> Self {
        Self { table, column }
    }

    /// Adds the column, behind all others, with the CHECK and, on `PostgreSQL`, the comment that it would have if the
    /// table had been made with it.
    ///
    /// # Errors
    ///
    /// A column that rows which are there have no value for, a name longer than
    /// [`name::MAX_LENGTH`](super::name::MAX_LENGTH), and what the database refuses.
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for sql in render::add_column(self, manager.get_database_backend())? {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// Drops the column, its values and all that [`create`](Self::create) made with it.
    ///
    /// # Errors
    ///
    /// What the database refuses: on `SQLite` a column that an index, a trigger or another column's rule needs.
    pub async fn drop(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let sql = format!(
            "ALTER TABLE \"{}\" DROP COLUMN \"{}\"",
            self.table, self.column.name
        );
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }
}
