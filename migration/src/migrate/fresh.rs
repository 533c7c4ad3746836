//! Empties a schema: what `fresh` does before it migrates.
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait,
};

use super::step::begin;
use crate::error::Error;
use crate::wall::place;

/// Everything in the current schema and in those that we put beside it that has to be dropped by name,
/// tables as one statement (they may refer to each other). Left out is what goes with something else
/// (the sequence of a column, the row type of a table, a partition) and what an extension owns.
const POSTGRES_OBJECTS: &str = "\
WITH schema AS (
  SELECT oid, nspname FROM pg_catalog.pg_namespace
  WHERE nspname = current_schema()
    OR (nspname IN ({wall}, {reader}) AND pg_has_role(nspowner, 'USAGE'))
),
relation AS (
  SELECT c.oid, c.relkind, format('%I.%I', schema.nspname, c.relname) AS name
  FROM pg_catalog.pg_class AS c JOIN schema ON schema.oid = c.relnamespace
  WHERE NOT c.relispartition
    AND NOT EXISTS (
      SELECT 1 FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
        AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i'))))
)
SELECT 'DROP TABLE ' || string_agg(name, ', ' ORDER BY oid) AS statement, count(*) AS objects
FROM relation WHERE relkind IN ('r', 'p') HAVING count(*) > 0
UNION ALL
SELECT CASE relkind
    WHEN 'v' THEN 'DROP VIEW ' WHEN 'm' THEN 'DROP MATERIALIZED VIEW '
    WHEN 'S' THEN 'DROP SEQUENCE ' WHEN 'f' THEN 'DROP FOREIGN TABLE ' ELSE 'DROP TYPE ' END || name, 1
FROM relation WHERE relkind IN ('v', 'm', 'S', 'f', 'c')
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'DROP PROCEDURE ' WHEN 'a' THEN 'DROP AGGREGATE ' ELSE 'DROP FUNCTION ' END
    || format('%I.%I(%s)', schema.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), 1
FROM pg_catalog.pg_proc AS p JOIN schema ON schema.oid = p.pronamespace
WHERE NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'DROP TYPE ' || format('%I.%I', schema.nspname, t.typname), 1
FROM pg_catalog.pg_type AS t JOIN schema ON schema.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd', 'r', 'b') AND t.typelem = 0
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT format('DROP SCHEMA %I', nspname), 1 FROM schema WHERE nspname <> current_schema()";

/// Virtual tables come first: they take their shadow tables with them.
const SQLITE_OBJECTS: &str = "\
SELECT 'DROP ' || type || ' IF EXISTS \"' || replace(name, '\"', '\"\"') || '\"' AS statement, 1 AS objects
FROM sqlite_schema
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
ORDER BY type = 'table', sql NOT LIKE 'CREATE VIRTUAL %', rowid DESC";

/// Drops everything in the schema, in one transaction, and says how many objects that were.
pub(super) async fn drop_everything(db: &DatabaseConnection) -> Result<u64, Error> {
    if db.get_database_backend() == DbBackend::Postgres {
        let transaction = begin(db).await?;
        // It lies in a schema of its own.
        crate::m20261121_000023_add_email_documents::drop_all(&transaction).await?;
        let dropped = drop_in_postgres(&transaction).await?;
        transaction.commit().await?;
        return Ok(dropped);
    }
    // Has no effect inside a transaction, so it is done around it. Nothing stays switched off
    // when the drop fails.
    db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
    let dropped = drop_in_sqlite(db).await;
    db.execute_unprepared("PRAGMA foreign_keys = ON").await?;
    dropped
}

async fn drop_in_sqlite(db: &DatabaseConnection) -> Result<u64, Error> {
    let transaction = begin(db).await?;
    let mut dropped = 0;
    for (statement, objects) in statements(&transaction, SQLITE_OBJECTS).await? {
        transaction.execute_unprepared(&statement).await?;
        dropped += objects;
    }
    transaction.commit().await?;
    Ok(dropped)
}

/// Views use tables, tables use functions and types, functions use tables: rather than to work
/// out an order, each is tried until none can be dropped any more. `CASCADE` would need no order,
/// but would also drop what other schemas built upon this one.
async fn drop_in_postgres(transaction: &DatabaseTransaction) -> Result<u64, Error> {
    let objects = POSTGRES_OBJECTS
        .replace("{wall}", &place::name("wall"))
        .replace("{reader}", &place::name("reader"));
    let mut left = statements(transaction, &objects).await?;
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
                    blocked.get_or_insert(error);
                    kept.push((statement, objects));
                }
            }
        }
        left = kept;
        if let Some(error) = blocked
            && left.len() == before
        {
            return Err(error.into());
        }
    }
    Ok(dropped)
}

async fn statements<C: ConnectionTrait>(db: &C, sql: &str) -> Result<Vec<(String, u64)>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?
        .iter()
        .map(|row| {
            let objects: i64 = row.try_get("", "objects")?;
            Ok((row.try_get("", "statement")?, objects.unsigned_abs()))
        })
        .collect()
}
