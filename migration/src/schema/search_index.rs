//! A full-text index, on `PostgreSQL` alone.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::name;

/// How much of a text is searched, in characters. A `tsvector` holds less than 1 MiB, and a row with a longer one could
/// not be written: of so many characters none is, whatever they are.
pub const SEARCHED: u32 = 32_768;

/// An index of the words in some columns of a table that applications own. `SQLite` gets none: there a search reads the
/// application's rows.
///
/// Each word stands there behind the last twelve digits of its application's id: what others have of it costs a search
/// nothing. Two applications with the same digits would share their words, and no more: who searches says which
/// application besides.
#[derive(Clone, Debug)]
pub struct SearchIndex {
    table: &'static str,
    columns: Vec<&'static str>,
}

impl SearchIndex {
    /// An index of the words in `columns`, which are texts that are not NULL.
    #[must_use]
    pub fn new(table: &'static str, columns: &[&'static str]) -> Self {
        Self {
            table,
            columns: columns.to_vec(),
        }
    }

    /// What is searched: a search must say it word for word.
    #[must_use]
    pub fn document(&self) -> String {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|column| format!("\"{column}\""))
            .collect();
        // A word of 2,035 to 2,046 bytes would be taken, and refused with what stands before it: none has more than 200
        // characters. As text a `tsvector` is `'word':1,7 'word':3`, and no word has a space in it.
        format!(
            "(replace(' ' || to_tsvector('simple', \
             regexp_replace(left({}, {SEARCHED}), '(\\S{{200}})', '\\1 ', 'g'))::text, ' ''', \
             ' ''' || right(\"application_id\"::text, 12))::tsvector)",
            columns.join(" || ' ' || ")
        )
    }

    /// Adds the index.
    ///
    /// # Errors
    ///
    /// A name longer than [`name::MAX_LENGTH`], and what the database refuses.
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let name = self.name();
        name::refuse_long(self.table, std::slice::from_ref(&name))?;
        // No list of pending entries: every search, of whichever application, would read it through. And of all rows:
        // PostgreSQL does not look at the statistics of a partial index, by which it tells words that few texts have from
        // those that nearly all have.
        let sql = format!(
            "CREATE INDEX \"{name}\" ON \"{}\" USING gin ({}) WITH (fastupdate = off)",
            self.table,
            self.document()
        );
        self.execute(manager, &sql).await
    }

    /// Drops the index.
    ///
    /// # Errors
    ///
    /// What the database refuses.
    pub async fn drop(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let sql = format!("DROP INDEX \"{}\"", self.name());
        self.execute(manager, &sql).await
    }

    async fn execute(&self, manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    fn name(&self) -> String {
        name::expression_index(self.table, "search")
    }
}
