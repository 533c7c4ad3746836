//! What somebody else may have put where a migrator writes: what hangs on it would run as the migrator, who may be a
//! superuser.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::record::literal;
use crate::error::Error;
use crate::wall::place;

/// `me`: this login and the roles that it has the rights of, as those of a superuser are counted only where they were
/// given. `own`: they, the database's owner and superusers, who gain nothing by a trap. `trusted`: also the owner of the
/// tables' schema.
const TRUSTED: &str = "\
WITH RECURSIVE me AS (
  SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname IN (current_user, session_user)
  UNION
  SELECT m.roleid FROM pg_catalog.pg_auth_members AS m JOIN me ON me.oid = m.member
  CROSS JOIN LATERAL pg_catalog.to_jsonb(m) AS j
  -- Since 16 whoever makes a role is a member of it that may only give it away.
  WHERE coalesce((j ->> 'inherit_option')::boolean, true) OR (j ->> 'set_option')::boolean
), own AS (
  SELECT oid FROM me
  UNION SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database()
  UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper
), trusted AS (
  SELECT oid FROM own UNION SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = current_schema()
)";

/// Refuses to write into a record that is somebody else's, or that has anything that runs when it is written into.
///
/// # Errors
///
/// [`Error::Planted`]; what the database refuses.
pub(super) async fn refuse_records<C: ConnectionTrait>(
    db: &C,
    records: &[String],
) -> Result<(), Error> {
    let names: Vec<_> = records.iter().map(|name| literal(name)).collect();
    let names = names.join(", ");
    // An owner who only has the schema is believed to have made the record, but not what no record of ours has.
    let sql = format!(
        "{TRUSTED}, record AS (
  SELECT c.oid, c.relkind, c.relowner, pg_catalog.quote_ident(c.relname) AS name FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = current_schema() AND c.relname IN ({names})
), foreign_made AS (SELECT oid, name FROM record WHERE relowner NOT IN (SELECT oid FROM own))
SELECT name AS what, 'belongs to ' || pg_catalog.pg_get_userbyid(relowner) AS reason FROM record
WHERE relowner NOT IN (SELECT oid FROM trusted)
UNION ALL SELECT name, 'is no table' FROM record WHERE relkind <> 'r'
UNION ALL SELECT r.name, 'has the trigger ' || t.tgname FROM record AS r
JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
UNION ALL SELECT r.name, 'has the rule ' || w.rulename FROM record AS r
JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
UNION ALL SELECT r.name, 'has the policy ' || p.polname FROM foreign_made AS r
JOIN pg_catalog.pg_policy AS p ON p.polrelid = r.oid
UNION ALL SELECT r.name, 'has the check ' || k.conname FROM foreign_made AS r
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid WHERE k.contype = 'c'
UNION ALL SELECT r.name, 'has a default' FROM foreign_made AS r JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = r.oid
UNION ALL SELECT r.name, 'has an index on an expression' FROM foreign_made AS r
JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL"
    );
    refuse(db, &sql).await
}

/// Refuses to go on where a schema that stands beside the tables is there and somebody else's: what is not in it yet would
/// be made where he can make it anew.
///
/// # Errors
///
/// [`Error::Planted`]; what the database refuses.
pub(super) async fn refuse_schemas<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let names = place::SUFFIXES.map(place::name).join(", ");
    let sql = format!(
        "{TRUSTED}
SELECT 'the schema ' || pg_catalog.quote_ident(nspname) AS what,
  'belongs to ' || pg_catalog.pg_get_userbyid(nspowner) AS reason
FROM pg_catalog.pg_namespace WHERE nspname IN ({names}) AND nspowner NOT IN (SELECT oid FROM trusted)"
    );
    refuse(db, &sql).await
}

async fn refuse<C: ConnectionTrait>(db: &C, sql: &str) -> Result<(), Error> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let found = db.query_all_raw(statement).await?;
    let mut found: Vec<(String, String)> = found
        .iter()
        .map(|row| Ok((row.try_get("", "what")?, row.try_get("", "reason")?)))
        .collect::<Result<_, DbErr>>()?;
    found.sort_unstable();
    match found.into_iter().next() {
        None => Ok(()),
        Some((what, reason)) => Err(Error::Planted { what, reason }),
    }
}
