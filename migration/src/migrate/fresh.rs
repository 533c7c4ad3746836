//! Drops what the migrations make: what `fresh` does before it migrates.
use std::collections::BTreeSet;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait,
};

use super::record_tables;
use super::step::begin;
use crate::check::Scratch;
use crate::error::{Error, describe};

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

/// What is dropped by name: its kind in SQL, and its name as SQL has it.
type Object = (String, String);

/// Drops it all in one transaction, and says how many objects that were. What others made stays, and is never dropped
/// because it depends on ours.
pub(super) async fn drop_ours<M: MigratorTrait>(db: &DatabaseConnection) -> Result<u64, Error> {
    let migrations = M::migrations();
    let migrations: Vec<_> = migrations.iter().map(AsRef::as_ref).collect();
    let scratch = Scratch::make(db, &migrations).await?;
    let ours = ours::<M>(&scratch).await;
    let schemas = scratch.names.schemas.clone();
    scratch.close().await;
    let ours = ours?;
    if db.get_database_backend() == DbBackend::Postgres {
        let transaction = begin(db).await?;
        let live: Vec<_> = schemas.into_iter().map(|(_, live)| live).collect();
        let dropped = drop_in_postgres(&transaction, &live, &ours).await?;
        transaction.commit().await?;
        return Ok(dropped);
    }
    // Has no effect inside a transaction, so it is done around it. Nothing stays switched off
    // when the drop fails.
    db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
    let dropped = drop_in_sqlite(db, &ours[0]).await;
    db.execute_unprepared("PRAGMA foreign_keys = ON").await?;
    dropped
}

/// What the migrations make in each of their schemas, their records too.
async fn ours<M: MigratorTrait>(scratch: &Scratch) -> Result<Vec<BTreeSet<Object>>, DbErr> {
    let db = &scratch.db;
    let mut ours = Vec::new();
    if db.get_database_backend() == DbBackend::Postgres {
        for (schema, _) in &scratch.names.schemas {
            let objects = objects(db, POSTGRES_OBJECTS, Some(schema)).await?;
            ours.push(
                objects
                    .into_iter()
                    .map(|(kind, name)| (kind, scratch.names.live(&name)))
                    .collect::<BTreeSet<_>>(),
            );
        }
    } else {
        ours.push(
            objects(db, SQLITE_OBJECTS, None)
                .await?
                .into_iter()
                .collect(),
        );
    }
    let records = record_tables::<M>();
    ours[0].extend(records.into_iter().map(|name| ("TABLE".to_owned(), name)));
    Ok(ours)
}

async fn drop_in_sqlite(db: &DatabaseConnection, ours: &BTreeSet<Object>) -> Result<u64, Error> {
    let transaction = begin(db).await?;
    let mut dropped = 0;
    let there = objects(&transaction, SQLITE_OBJECTS, None).await?;
    let (mine, others): (Vec<_>, Vec<_>) =
        there.into_iter().partition(|object| ours.contains(object));
    for (_, name) in others.iter().filter(|(kind, _)| kind == "TABLE") {
        let sql = "SELECT \"table\" FROM pragma_foreign_key_list($1)";
        let backend = DbBackend::Sqlite;
        let keys = Statement::from_sql_and_values(backend, sql, [name.as_str().into()]);
        for row in transaction.query_all_raw(keys).await? {
            let parent: String = row.try_get_by_index(0)?;
            if mine
                .iter()
                .any(|(_, name)| name.eq_ignore_ascii_case(&parent))
            {
                return Err(Error::InUse {
                    what: format!("table {name} references {parent}"),
                });
            }
        }
    }
    for (kind, name) in mine {
        let name = name.replace('"', "\"\"");
        transaction
            .execute_unprepared(&format!("DROP {kind} IF EXISTS \"{name}\""))
            .await?;
        dropped += 1;
    }
    transaction.commit().await?;
    Ok(dropped)
}

/// Views use tables, tables use functions and types, functions use tables: rather than to work
/// out an order, each is tried until none can be dropped any more. `CASCADE` would need no order,
/// but would also drop what others built upon ours. Tables go in one statement: they may refer to each other.
async fn drop_in_postgres(
    transaction: &DatabaseTransaction,
    schemas: &[String],
    ours: &[BTreeSet<Object>],
) -> Result<u64, Error> {
    let mut left = Vec::new();
    let mut tables = Vec::new();
    for (schema, ours) in schemas.iter().zip(ours) {
        let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
        for (kind, name) in objects(transaction, POSTGRES_OBJECTS, Some(schema)).await? {
            if !ours.contains(&(kind.clone(), name.clone())) {
                continue;
            }
            if kind == "TABLE" {
                tables.push(format!("{quoted}.{name}"));
            } else {
                left.push((format!("DROP {kind} {quoted}.{name}"), 1));
            }
        }
    }
    if !tables.is_empty() {
        let count = u64::try_from(tables.len()).unwrap_or(u64::MAX);
        left.push((format!("DROP TABLE {}", tables.join(", ")), count));
    }
    for schema in &schemas[1..] {
        // Those that the migrations made; empty by then, or somebody else keeps something there.
        let quoted = schema.replace('"', "\"\"");
        left.push((format!("DROP SCHEMA IF EXISTS \"{quoted}\""), 1));
    }
    let mut dropped = 0;
    while !left.is_empty() {
        let before = left.len();
        let mut kept = Vec::new();
        let mut blocked = None;
        for (statement, objects) in left {
            let savepoint = transaction.begin().await?;
            match savepoint.execute_unprepared(&statement).await {
                Ok(_) => {
                    savepoint.commit().await?;
                    dropped += objects;
                }
                Err(error) => {
                    savepoint.rollback().await?;
                    // What keeps a table is what others built upon it; the rest is kept by the tables.
                    if blocked.is_none() || statement.starts_with("DROP TABLE") {
                        blocked = Some(error);
                    }
                    kept.push((statement, objects));
                }
            }
        }
        left = kept;
        if let Some(error) = blocked
            && left.len() == before
        {
            let depends = crate::error::code(&error).is_some_and(|code| code == "2BP01");
            return Err(if depends {
                let what = describe(&error);
                let what = what.split("; Use DROP").next().unwrap_or_default();
                Error::InUse {
                    what: what.to_owned(),
                }
            } else {
                error.into()
            });
        }
    }
    Ok(dropped)
}

async fn objects<C: ConnectionTrait>(
    db: &C,
    sql: &str,
    schema: Option<&str>,
) -> Result<Vec<Object>, DbErr> {
    let backend = db.get_database_backend();
    let statement = match schema {
        Some(schema) => Statement::from_sql_and_values(backend, sql, [schema.into()]),
        None => Statement::from_string(backend, sql),
    };
    db.query_all_raw(statement)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "kind")?, row.try_get("", "name")?)))
        .collect()
}
