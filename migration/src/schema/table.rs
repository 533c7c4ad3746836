//! A table, stated once for both backends.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::check::Check;
use super::column::Column;
use super::index::Index;
use super::render;
use crate::citus::Engine;

/// What happens to a row when the row that it references is deleted for good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OnDelete {
    /// It goes too: it is a part of the other.
    Cascade,
    /// The deletion is refused while it is there.
    NoAction,
    /// Its reference becomes NULL. Only for a reference of one column: on a composite key it would clear the tenant.
    SetNull,
}

/// What may become of a row once it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Writes {
    /// Anything.
    Free,
    /// It is never changed and never removed.
    AppendOnly,
    /// It is never changed, and removed only once its chain begins after it.
    UntilRetired,
    /// It is never changed.
    Once,
    /// It is never removed, and what it counts never goes back.
    Forward,
}

#[derive(Clone, Debug)]
pub(super) struct ForeignKey {
    pub(super) columns: Vec<&'static str>,
    pub(super) table: &'static str,
    pub(super) to: Vec<&'static str>,
    pub(super) on_delete: OnDelete,
}

/// A table: columns, key, references, rules and indexes. [`create`](Table::create) makes it in the database at hand.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) name: &'static str,
    pub(super) comment: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) key: Vec<&'static str>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) checks: Vec<(&'static str, Check)>,
    pub(super) indexes: Vec<Index>,
    pub(super) touched: bool,
    pub(super) writes: Writes,
}

impl Table {
    /// A table without columns as yet. The comment is what database tools show.
    #[must_use]
    pub fn new(name: &'static str, comment: &'static str) -> Self {
        Self {
            name,
            comment,
            columns: Vec::new(),
            key: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            touched: false,
            writes: Writes::Free,
        }
    }

    /// A key of its own: `id`, a UUID. For what no application owns.
    #[must_use]
    pub fn id(self) -> Self {
        self.column(id()).key(&["id"])
    }

    /// Belongs to an application and can be referenced: key `(application_id, id)`, reference to `applications`.
    #[must_use]
    pub fn tenant_owned(self) -> Self {
        self.tenant_child()
            .column(id())
            .key(&["application_id", "id"])
            .references(
                &["application_id"],
                "applications",
                &["id"],
                OnDelete::Cascade,
            )
    }

    /// Belongs to an application through its parents: `application_id` first, for a [`key`](Self::key) of more columns
    /// and for [`references`](Self::references) to the parents, which imply the application.
    #[must_use]
    pub fn tenant_child(self) -> Self {
        self.column(Column::uuid(
            "application_id",
            "The application (tenant) that the row belongs to",
        ))
    }

    /// One more column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// The primary key.
    #[must_use]
    pub fn key(mut self, columns: &[&'static str]) -> Self {
        self.key = columns.to_vec();
        self
    }

    /// `columns` reference `to` of `table`. Between rows of an application both lists begin with the application.
    /// The columns are indexed, unless the key or an index of all rows already leads with them.
    #[must_use]
    pub fn references(
        mut self,
        columns: &[&'static str],
        table: &'static str,
        to: &[&'static str],
        on_delete: OnDelete,
    ) -> Self {
        self.foreign_keys.push(ForeignKey {
            columns: columns.to_vec(),
            table,
            to: to.to_vec(),
            on_delete,
        });
        self
    }

    /// A rule over several columns, named `<table>_<what>_check`; the same SQL on both backends.
    #[must_use]
    pub fn check(mut self, what: &'static str, sql: &str) -> Self {
        self.checks.push((what, Check::same(sql)));
        self
    }

    /// `created_at` and `updated_at`. The second moves on every UPDATE: the service sets it, a trigger does for every
    /// other writer.
    #[must_use]
    pub fn timestamps(mut self) -> Self {
        self.touched = true;
        self.created_at().column(
            Column::timestamp("updated_at", "When the row was last changed, by anyone")
                .default_now(),
        )
    }

    /// `created_at` alone, for rows that are written once.
    #[must_use]
    pub fn created_at(self) -> Self {
        self.column(Column::timestamp("created_at", "When the row was made").default_now())
    }

    /// Rows are deleted by a mark: `deleted_at` and `deletion_id`, both or neither.
    #[must_use]
    pub fn soft_delete(mut self) -> Self {
        let tenant = self
            .columns
            .first()
            .is_some_and(|first| first.name == "application_id");
        let batch: &[&'static str] = if tenant {
            &["application_id", "deletion_id"]
        } else {
            &["deletion_id"]
        };
        self = self
            .column(
                Column::timestamp("deleted_at", "When the row was deleted; NULL: it is live")
                    .null(),
            )
            .column(
                Column::uuid(
                    "deletion_id",
                    "The deletion that took the row: restoring it brings back exactly its rows",
                )
                .null(),
            )
            .check(
                "deletion",
                "(\"deleted_at\" IS NULL) = (\"deletion_id\" IS NULL)",
            );
        // Deleted rows are few: what restore and purge look for costs live rows nothing.
        let deleted = ("deleted", "\"deleted_at\" IS NOT NULL");
        self.index_of(batch, false, Some(deleted))
            .index_of(&["deleted_at"], false, Some(deleted))
    }

    /// No two live rows agree in these columns. Needs [`soft_delete`](Self::soft_delete).
    #[must_use]
    pub fn live_unique(self, columns: &[&'static str]) -> Self {
        self.index_of(columns, true, Some(("live", "\"deleted_at\" IS NULL")))
    }

    /// No two rows that meet the condition agree in these columns; `state` names the condition in the index's name.
    #[must_use]
    pub fn unique_while(
        self,
        columns: &[&'static str],
        state: &'static str,
        condition: &'static str,
    ) -> Self {
        self.index_of(columns, true, Some((state, condition)))
    }

    /// No two rows agree in these columns, deleted ones included.
    #[must_use]
    pub fn unique_for_ever(self, columns: &[&'static str]) -> Self {
        self.index_of(columns, true, None)
    }

    /// An index of all rows.
    #[must_use]
    pub fn index(self, columns: &[&'static str]) -> Self {
        self.index_of(columns, false, None)
    }

    /// UPDATE, DELETE and TRUNCATE are refused by triggers, `SQLite`'s REPLACE too.
    #[must_use]
    pub fn append_only(self) -> Self {
        self.writes(Writes::AppendOnly)
    }

    /// As [`append_only`](Self::append_only), but for events of the audit that their chain has retired: those with a
    /// `sequence` below the `first_sequence` that `audit_chains` states may be deleted.
    #[must_use]
    pub(crate) fn append_only_until_retired(self) -> Self {
        self.writes(Writes::UntilRetired)
    }

    /// UPDATE and TRUNCATE are refused by triggers, `SQLite`'s REPLACE too; DELETE is not.
    #[must_use]
    pub fn write_once(self) -> Self {
        self.writes(Writes::Once)
    }

    /// The head of a chain of the audit: DELETE and TRUNCATE are refused, and an UPDATE by which `sequence` or
    /// `first_sequence` would go back.
    #[must_use]
    pub(crate) fn chain_head(self) -> Self {
        self.writes(Writes::Forward)
    }

    fn writes(mut self, writes: Writes) -> Self {
        self.writes = writes;
        self
    }

    fn index_of(
        mut self,
        columns: &[&'static str],
        unique: bool,
        only: Option<(&'static str, &'static str)>,
    ) -> Self {
        self.indexes.push(Index {
            columns: columns.to_vec(),
            unique,
            only,
        });
        self
    }

    /// The indexes, those included that foreign keys need and nothing else serves.
    pub(super) fn all_indexes(&self) -> Vec<Index> {
        let mut all = self.indexes.clone();
        for foreign_key in &self.foreign_keys {
            let columns = &foreign_key.columns;
            let served =
                self.key.starts_with(columns) || all.iter().any(|index| index.serves(columns));
            if !served {
                all.push(Index {
                    columns: columns.clone(),
                    unique: false,
                    only: None,
                });
            }
        }
        all
    }

    /// Makes the table with its constraints, indexes, triggers and, on `PostgreSQL`, comments; on Citus in its
    /// [place](crate::citus::layout), and with rights in place of triggers.
    ///
    /// # Errors
    ///
    /// A name longer than [`name::MAX_LENGTH`](super::name::MAX_LENGTH), and what the database refuses.
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let engine = Engine::of(db).await?;
        for sql in render::create(self, manager.get_database_backend(), engine)? {
            db.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// Drops the table and all that [`create`](Self::create) made with it.
    ///
    /// # Errors
    ///
    /// What the database refuses: another table still references it, for example.
    pub async fn drop(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        // It is the same everywhere, but that Citus drops one shard after the other once it was asked.
        Engine::of(db).await?;
        let sql = format!("DROP TABLE \"{}\"", self.name);
        db.execute_unprepared(&sql).await?;
        Ok(())
    }

    /// What the table is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

fn id() -> Column {
    Column::uuid("id", "A UUID: the service makes version 7, ordered by time").default_random()
}
