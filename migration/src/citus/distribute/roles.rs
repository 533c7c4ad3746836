//! The roles on the other nodes: Citus makes none there that were made before the database was on a cluster, and nobody is a
//! member of anything there.
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::catalog::rows;

/// The lines of a block that makes the roles that the tables and their schema know, and who is a member of them; not their
/// logins, which have passwords. Superusers are on every node.
const LINES: &str = "\
WITH RECURSIVE place AS (SELECT oid, nspacl FROM pg_catalog.pg_namespace WHERE nspname = current_schema()),
known AS (
  SELECT unnest(p.polroles) AS oid FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
  JOIN place ON place.oid = c.relnamespace
  UNION SELECT a.grantee FROM place CROSS JOIN LATERAL aclexplode(nspacl) AS a
  UNION SELECT a.grantee FROM pg_catalog.pg_class AS c JOIN place ON place.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
  UNION SELECT a.grantee FROM pg_catalog.pg_class AS c JOIN place ON place.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS t ON t.attrelid = c.oid CROSS JOIN LATERAL aclexplode(t.attacl) AS a
), named AS (
  SELECT oid FROM known UNION SELECT m.member FROM pg_catalog.pg_auth_members AS m JOIN named ON named.oid = m.roleid
), role AS (
  SELECT r.* FROM pg_catalog.pg_roles AS r JOIN named ON named.oid = r.oid WHERE NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%'
)
SELECT line FROM (
  SELECT CASE WHEN r.rolcanlogin THEN 0 ELSE 1 END AS place, CASE WHEN r.rolcanlogin
    THEN format('  IF to_regrole(%L) IS NULL THEN RAISE EXCEPTION ''there is no login %%, of whom the tables know: make it, as on the '
      'coordinator'', %L; END IF;', quote_ident(r.rolname), r.rolname)
    ELSE format('  IF to_regrole(%L) IS NULL THEN CREATE ROLE %I NOLOGIN%s; END IF;', quote_ident(r.rolname), r.rolname,
      CASE WHEN r.rolinherit THEN '' ELSE ' NOINHERIT' END) END AS line FROM role AS r
  UNION ALL
  SELECT 2, format('  IF NOT EXISTS (SELECT FROM pg_auth_members WHERE roleid = %L::regrole AND member = %L::regrole) THEN '
    'GRANT %I TO %I; END IF;', quote_ident(r.rolname), quote_ident(m.rolname), r.rolname, m.rolname)
  FROM pg_catalog.pg_auth_members AS a JOIN role AS r ON r.oid = a.roleid JOIN role AS m ON m.oid = a.member
  WHERE NOT r.rolcanlogin
) AS l ORDER BY place, line";

/// The block, for each worker; `None` where there are no roles. What it makes there it hands on to nobody.
pub(super) async fn script<C: ConnectionTrait>(db: &C) -> Result<Option<String>, DbErr> {
    let mut lines = Vec::new();
    for row in rows(db, LINES).await? {
        lines.push(row.try_get::<String>("", "line")?);
    }
    if lines.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "DO $aura$ BEGIN\n  PERFORM set_config('citus.enable_ddl_propagation', 'off', true);\n{}\nEND $aura$",
        lines.join("\n")
    )))
}
