//! An index that comes to a table which is there already, or goes from it.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::{name, render};

/// An index that a later migration adds to a table with [`create`](TableIndex::create), or takes from it with
/// [`drop`](TableIndex::drop): what the one does, the other reverts.
///
/// ```
/// use migration::schema::TableIndex;
///
/// fn by_due_date() -> TableIndex {
///     TableIndex::new("invoices", &["application_id", "due_at"]).only("live", "\"deleted_at\" IS NULL")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct TableIndex {
    table: &'static str,
    columns: Vec<&'static str>,
    unique: bool,
    only: Option<(&'static str, &'static str)>,
}

impl TableIndex {
    /// An index of all rows of `table`, by these columns.
    #[must_use]
    pub fn new(table: &'static str, columns: &[&'static str]) -> Self {
        Self {
            table,
            columns: columns.to_vec(),
            unique: false,
            only: None,
        }
    }

    /// Only of the rows that meet the condition; `state` names it in the index's name. The condition is SQL of both
    /// backends.
    #[must_use]
    pub fn only(mut self, state: &'static str, condition: &'static str) -> Self {
        self.only = Some((state, condition));
        self
    }

    /// No two of its rows agree in its columns.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Adds the index.
    ///
    /// # Errors
    ///
    /// A name longer than [`name::MAX_LENGTH`], and what the database refuses: rows that agree where the index is
    /// unique, for example.
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let sql = self.statement("")?;
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    /// Drops the index.
    ///
    /// # Errors
    ///
    /// What the database refuses.
    pub async fn drop(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let sql = format!("DROP INDEX \"{}\"", self.name());
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    /// The statement that makes it, with what stands before the name.
    pub(super) fn statement(&self, how: &str) -> Result<String, DbErr> {
        let name = self.name();
        name::refuse_long(self.table, std::slice::from_ref(&name))?;
        let unique = if self.unique { "UNIQUE " } else { "" };
        let only = self
            .only
            .map(|(_, condition)| format!(" WHERE {condition}"))
            .unwrap_or_default();
        Ok(format!(
            "CREATE {unique}INDEX {how}\"{name}\" ON \"{}\" ({}){only}",
            self.table,
            render::list(&self.columns)
        ))
    }

    pub(super) fn name(&self) -> String {
        let state = self.only.map(|(state, _)| state);
        match (self.unique, state) {
            (true, state) => name::unique(self.table, &self.columns, state),
            (false, None) => name::index(self.table, &self.columns),
            (false, Some(state)) => name::partial_index(self.table, &self.columns, state),
        }
    }
}
