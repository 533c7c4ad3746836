//! What migrations make and what is there, by kind and name.
use std::collections::BTreeSet;

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::event::Direction;
use super::history::History;
use super::recorder;
use crate::Migrator;
use crate::check::Scratch;
use crate::error::Error;

/// What is in a schema and has to be dropped by name. Left out is what goes with something else (the sequence of a column,
/// the row type of a table, a partition) and what an extension owns.
const POSTGRES_OBJECTS: &str = "\
WITH schema AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1),
relation AS (
  SELECT c.oid, c.relkind, c.relname
  FROM pg_catalog.pg_class AS c
  WHERE c.relnamespace = (SELECT oid FROM schema) AND NOT c.relispartition
    AND NOT EXISTS (
      SELECT 1 FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
        AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i'))))
)
SELECT CASE relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'TABLE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
    WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TYPE' END AS kind,
  quote_ident(relname) AS name
FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
    format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = (SELECT oid FROM schema)
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'TYPE', quote_ident(t.typname)
FROM pg_catalog.pg_type AS t
WHERE t.typnamespace = (SELECT oid FROM schema) AND t.typtype IN ('e', 'd', 'r', 'b') AND t.typelem = 0
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))";

/// Virtual tables come first: they take their shadow tables with them.
const SQLITE_OBJECTS: &str = "\
SELECT upper(type) AS kind, name FROM sqlite_schema \
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
ORDER BY type = 'table', sql NOT LIKE 'CREATE VIRTUAL %', rowid DESC";

/// Its kind in SQL, and its name as SQL has it.
pub(super) type Object = (String, String);

/// What some migrations make.
pub(super) struct Made {
    /// The schemas as the live database calls them, that of the tables first; empty on `SQLite`.
    pub(super) schemas: Vec<String>,
    /// What is in each of them; on `SQLite` what is in the one database.
    pub(super) objects: Vec<BTreeSet<Object>>,
}

impl Made {
    /// Found by making it, where it hurts nobody.
    pub(super) async fn by(
        db: &DatabaseConnection,
        migrations: &[Box<dyn MigrationTrait>],
    ) -> Result<Self, Error> {
        let migrations: Vec<_> = migrations.iter().map(AsRef::as_ref).collect();
        let scratch = Scratch::make(db, &migrations).await?;
        let made = Self::of(&scratch).await;
        scratch.close().await;
        Ok(made?)
    }

    async fn of(scratch: &Scratch) -> Result<Self, DbErr> {
        let (mut schemas, mut objects) = (Vec::new(), Vec::new());
        for (schema, live) in &scratch.names.schemas {
            let found = read(&scratch.db, Some(schema)).await?.into_iter();
            objects.push(
                found
                    .map(|(kind, name)| (kind, scratch.names.live(&name)))
                    .collect(),
            );
            schemas.push(live.clone());
        }
        if objects.is_empty() {
            objects.push(read(&scratch.db, None).await?.into_iter().collect());
        }
        Ok(Self { schemas, objects })
    }

    /// The names in each schema, of whatever kind: two objects cannot share one. `SQLite` takes `A` and `a` for the same.
    fn names(&self, index: usize) -> BTreeSet<String> {
        let objects = self.objects.get(index).into_iter().flatten();
        objects.map(|(_, name)| self.name(name)).collect()
    }

    fn name(&self, name: &str) -> String {
        if self.schemas.is_empty() {
            name.to_ascii_lowercase()
        } else {
            name.to_owned()
        }
    }
}

/// The names of the tables that all migrations of `M` make in the schema of the tables, beside those of this crate; none
/// where it has no others than this crate's. For `PostgreSQL`.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn made_tables<M: MigratorTrait>(
    db: &DatabaseConnection,
) -> Result<BTreeSet<String>, Error> {
    let ours: BTreeSet<_> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let all = M::migrations();
    if all.iter().all(|migration| ours.contains(migration.name())) {
        return Ok(BTreeSet::new());
    }
    let made = Made::by(db, &all).await?;
    let objects = made.objects.into_iter().next().unwrap_or_default();
    let tables = objects.into_iter().filter(|(kind, _)| kind == "TABLE");
    Ok(tables.map(|(_, name)| unquoted(&name)).collect())
}

/// A name as the catalog has it.
fn unquoted(name: &str) -> String {
    match name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// Refuses to go on where something has a name that a pending migration wants, and no recorded one made it: it may be
/// anybody's.
///
/// # Errors
///
/// [`Error::NotOurs`], and what the database refuses.
pub(super) async fn refuse_taken<M: MigratorTrait>(
    db: &DatabaseConnection,
    history: &History,
) -> Result<(), Error> {
    if history.pending.is_empty() {
        return Ok(());
    }
    let wanted = Made::by(db, &M::migrations()).await?;
    let recorded = Made::by(db, &history.applied).await?;
    let mut taken = Vec::new();
    for index in 0..wanted.objects.len() {
        let schema = wanted.schemas.get(index);
        // The further schemas of the recorded ones are among those of all, but not all of them.
        let place = recorded
            .schemas
            .iter()
            .position(|name| Some(name) == schema);
        let ours = match (schema, place) {
            (None, _) => recorded.names(0),
            (Some(_), Some(place)) => recorded.names(place),
            (Some(_), None) => BTreeSet::new(),
        };
        let wanted_names = wanted.names(index);
        for (kind, name) in read(db, schema.map(String::as_str)).await? {
            let key = wanted.name(&name);
            if wanted_names.contains(&key) && !ours.contains(&key) {
                let kind = kind.to_ascii_lowercase();
                taken.push(match schema {
                    Some(schema) if index > 0 => format!("{kind} {schema}.{name}"),
                    _ => format!("{kind} {name}"),
                });
            }
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    taken.sort_unstable();
    Err(Error::NotOurs { objects: taken })
}

/// What is in a `PostgreSQL` schema, or in the `SQLite` database, in the order in which it can be dropped there.
pub(super) async fn read<C: ConnectionTrait>(
    db: &C,
    schema: Option<&str>,
) -> Result<Vec<Object>, DbErr> {
    let backend = db.get_database_backend();
    let statement = match schema {
        Some(schema) => Statement::from_sql_and_values(backend, POSTGRES_OBJECTS, [schema.into()]),
        None => Statement::from_string(backend, SQLITE_OBJECTS),
    };
    db.query_all_raw(statement)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "kind")?, row.try_get("", "name")?)))
        .collect()
}

/// Refuses to go on where a table of somebody else refers to one that reverting would drop: `SQLite` empties a table before
/// it drops it, and does to whatever refers to its rows what their foreign keys say, which is to delete it or to forget it.
/// Does nothing on `PostgreSQL`, which drops nothing that others refer to.
///
/// # Errors
///
/// [`Error::InUse`], and what the database refuses.
pub(super) async fn refuse_references(
    db: &DatabaseConnection,
    applied: &[Box<dyn MigrationTrait>],
    reverted: usize,
) -> Result<(), Error> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let mut dropped = BTreeSet::new();
    for migration in applied.iter().rev().take(reverted) {
        let recording =
            recorder::record_with_answers(migration.as_ref(), Direction::Down, db).await?;
        dropped.extend(
            recording
                .said
                .iter()
                .flat_map(|said| dropped_by(said.sql())),
        );
    }
    let is_dropped = |name: &str| dropped.contains(&name.to_ascii_lowercase());
    let mut references = references(db).await?;
    references.retain(|(child, parent)| is_dropped(parent) && !is_dropped(child));
    if references.is_empty() {
        return Ok(());
    }
    // Ours may refer to each other for as long as both are there.
    let ours = Made::by(db, applied).await?.names(0);
    match references
        .iter()
        .find(|(child, _)| !ours.contains(&child.to_ascii_lowercase()))
    {
        None => Ok(()),
        Some((child, parent)) => Err(in_use(child, parent)),
    }
}

pub(super) fn in_use(child: &str, parent: &str) -> Error {
    Error::InUse {
        what: format!("table {child} references {parent}"),
    }
}

/// Which table refers to which, in `SQLite`.
pub(super) async fn references<C: ConnectionTrait>(db: &C) -> Result<Vec<(String, String)>, DbErr> {
    let sql = "SELECT DISTINCT t.name AS child, k.\"table\" AS parent \
               FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table' ORDER BY 1, 2";
    db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "child")?, row.try_get("", "parent")?)))
        .collect()
}

/// The tables that a text of SQL drops, in lower case.
fn dropped_by(sql: &str) -> Vec<String> {
    let words = sql.to_ascii_lowercase();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let quotes = ['"', '\'', '`', '[', ']'];
    words
        .split("drop table ")
        .skip(1)
        .map(|rest| {
            let rest = rest.strip_prefix("if exists ").unwrap_or(rest);
            let name = rest.split(';').next().unwrap_or_default().trim();
            let name = name.trim_matches(quotes);
            let name = name.strip_prefix("main").map_or(name, |inner| {
                inner
                    .trim_start_matches(quotes)
                    .strip_prefix('.')
                    .unwrap_or(name)
            });
            name.trim_matches(quotes).to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::dropped_by;

    #[test]
    fn what_is_dropped_is_read_from_the_statement() {
        for sql in [
            "DROP TABLE users",
            "-- away with it\nDROP  TABLE IF EXISTS \"Users\" ;",
            "drop table main.users; SELECT 1",
            "DROP TABLE \"main\".\"users\"",
            "DROP TABLE [users]",
        ] {
            assert_eq!(dropped_by(sql), ["users"], "{sql}");
        }
        assert_eq!(
            dropped_by("DROP TABLE a; DROP TABLE mainly"),
            ["a", "mainly"]
        );
        assert!(dropped_by("DROP INDEX users_email; DELETE FROM users").is_empty());
    }
}
