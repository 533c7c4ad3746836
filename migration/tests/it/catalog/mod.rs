//! What a live database says its schema is, read from its own catalog: one shape for both backends.
//!
//! The records of applied migrations are left out: they are the migrator's.

mod ddl;
mod postgres;
mod sqlite;
pub(crate) mod text;

use std::collections::BTreeMap;

use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement,
};

/// The tables that remember which migrations were applied: `SeaORM`'s, and ours with the checksums.
const RECORDS: [&str; 2] = ["seaql_migrations", "_aura_migrations"];

/// A schema.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Catalog {
    pub(crate) tables: BTreeMap<String, Table>,
    /// Functions, types, views and whatever else is not a table: what it is and its name, then how it is defined.
    pub(crate) others: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Table {
    /// `PostgreSQL` only.
    pub(crate) comment: Option<String>,
    /// What holds for the table as a whole: `strict`, `row security`, …
    pub(crate) options: Vec<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Key,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// All but the one of the primary key.
    pub(crate) indexes: Vec<Index>,
    pub(crate) checks: Vec<Named>,
    /// Constraints of any further kind: a unique or an excluding one.
    pub(crate) constraints: Vec<Named>,
    pub(crate) triggers: Vec<Named>,
    /// `PostgreSQL` only.
    pub(crate) policies: Vec<Named>,
    /// To whom, and what: `SELECT`, or `SELECT (id, name)` of columns. `PostgreSQL` only.
    pub(crate) grants: Vec<Named>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// As the backend spells it.
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    /// Generated, identity or of a collation of its own: how.
    pub(crate) special: Option<String>,
    /// `PostgreSQL` only.
    pub(crate) comment: Option<String>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ForeignKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) table: String,
    pub(crate) to: Vec<String>,
    /// `NO ACTION`, `CASCADE`, `SET NULL`, …
    pub(crate) on_delete: String,
    /// All of it, in the backend's words.
    pub(crate) definition: String,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    /// The rows that it covers; `None`: all.
    pub(crate) predicate: Option<String>,
    /// All of it, in the backend's words.
    pub(crate) definition: String,
}

/// A constraint, trigger or policy: what it is called and how it is defined.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) definition: String,
}

impl Column {
    /// Whether it is called as instants are: `SQLite` has no type for them.
    pub(crate) fn is_instant(&self) -> bool {
        ["_at", "_until"].iter().any(|end| self.name.ends_with(end))
    }
}

impl Catalog {
    /// Reads the schema that `db` is connected to.
    pub(crate) async fn read(db: &DatabaseConnection) -> Self {
        let mut catalog = match db.get_database_backend() {
            DbBackend::Sqlite => sqlite::read(db).await,
            _ => postgres::read(db).await,
        };
        for table in catalog.tables.values_mut() {
            table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
            table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            for named in [
                &mut table.checks,
                &mut table.constraints,
                &mut table.triggers,
                &mut table.policies,
                &mut table.grants,
            ] {
                named.sort();
            }
        }
        catalog
    }

    /// Reads the schema of `db` over a connection of its own.
    pub(crate) async fn of(db: &TestDb) -> Self {
        let connection = db.connect().await;
        let catalog = Self::read(&connection).await;
        connection.close().await.unwrap();
        catalog
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.others.is_empty()
    }
}

impl Table {
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn check(&self, name: &str) -> Option<&Named> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// Whether a row belongs to one application. Where `application_id` may be NULL it is a state of the row (which
    /// application is open), not its owner.
    pub(crate) fn tenant_owned(&self) -> bool {
        self.column("application_id")
            .is_some_and(|column| !column.nullable)
    }
}

/// The name of the committed schema, and how messages call the backend.
pub(crate) fn backend_name(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    }
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap_or_else(|error| panic!("{error}\n{sql}"))
}

fn text(row: &QueryResult, column: &str) -> String {
    row.try_get("", column).unwrap()
}

fn maybe(row: &QueryResult, column: &str) -> Option<String> {
    row.try_get("", column).unwrap()
}

fn flag(row: &QueryResult, column: &str) -> bool {
    row.try_get("", column).unwrap()
}

/// A list that SQL joined with commas.
fn list(row: &QueryResult, column: &str) -> Vec<String> {
    maybe(row, column)
        .unwrap_or_default()
        .split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
