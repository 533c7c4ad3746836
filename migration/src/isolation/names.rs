//! The SQL that knows what the roles are called and what is missing, for the migrations and for the report alike.
//!
//! It is one text whatever the database: a migration that is shown before it runs is shown as it will run.

/// The roles: `kind`, `attributes`, `name`, `oid` (NULL: missing), `unfit` (another's: it can log in, or row-level security
/// does not hold for it), in the order in which they are made.
///
/// The names are those of the roles that the policies of `users` are for, whatever they are called by now; else prefix and
/// kind. The prefix is that of the service role so found (a database may be a copy of another), else the setting, else the
/// name of the database: of a long one as much as fits, and after it what tells it from others that begin so; names that begin
/// with `pg_` are not to be had.
pub(crate) const ROLES: &str = "\
SELECT n.kind, n.attributes, n.name, r.oid, coalesce(r.rolcanlogin OR r.rolsuper OR r.rolbypassrls, false) AS unfit, n.place
FROM (
  SELECT k.kind, k.attributes, k.place, coalesce(b.name, p.prefix || '_' || k.kind) AS name
  FROM (VALUES ('service', 'NOLOGIN NOINHERIT', 1), ('runtime', 'NOLOGIN', 2), ('guest', 'NOLOGIN', 3), ('reader', 'NOLOGIN', 4))
    AS k (kind, attributes, place)
  LEFT JOIN LATERAL (
    SELECT o.rolname::text AS name FROM pg_catalog.pg_policy AS y
    JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles)
    WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = k.kind
  ) AS b ON true
  CROSS JOIN (
    SELECT coalesce(d.service, nullif(current_setting('aura.role_prefix', true), ''), CASE WHEN octet_length(d.name) <= 55 THEN d.name ELSE (
      SELECT left(d.name, l.length) FROM generate_series(length(d.name), 1, -1) AS l (length)
      WHERE octet_length(left(d.name, l.length)) <= 46 LIMIT 1
    ) || '_' || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 8) END) AS prefix
    FROM (SELECT CASE WHEN current_database() LIKE 'pg\\_%' THEN 'aura_' ELSE '' END || current_database(), (
      SELECT left(o.rolname, -8) FROM pg_catalog.pg_policy AS y
      JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
      JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\\_service'
      WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service'
    )) AS d (name, service)
  ) AS p
) AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = n.name
ORDER BY n.place";

/// What is missing, as statements in the order in which they can be run: `statement`.
///
/// The service may switch to the runtime role, but is not held to its policies before it does: it does not inherit. The
/// login that migrates is of the service, so that a newcomer needs no other login to serve with. Nobody makes a temporary
/// table, or anything in the schema, that catches rows under the name of one of ours; but the login that migrates, which up to
/// 14 may make tables in `public` as one of everybody, does not lose it.
pub(super) fn missing() -> String {
    missing_and("")
}

/// The same with what else is to be done once the roles are there.
pub(super) fn missing_and(more: &str) -> String {
    format!(
        "\
WITH role AS (
{ROLES}
)
SELECT m.statement FROM (
  SELECT place, format('CREATE ROLE %I %s', name, attributes) AS statement FROM role WHERE oid IS NULL{more}
  UNION ALL
  SELECT 10, format('GRANT %I TO %I', r.name, s.name) FROM role AS r, role AS s
  WHERE r.kind = 'runtime' AND s.kind = 'service' AND NOT r.unfit AND NOT s.unfit
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS a WHERE a.roleid = r.oid AND a.member = s.oid)
  UNION ALL
  SELECT 11, format('GRANT %I TO %I', name, current_user) FROM role
  WHERE kind = 'service' AND NOT unfit AND NOT coalesce(pg_has_role(oid, 'USAGE'), false)
  UNION ALL
  SELECT 12, format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), name) FROM role
  WHERE kind IN ('service', 'runtime') AND NOT unfit
    AND NOT coalesce(has_schema_privilege(oid, current_schema()::text, 'USAGE'), false)
  UNION ALL
  SELECT 13, format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())
  WHERE has_database_privilege('public', current_database()::text, 'TEMPORARY')
  UNION ALL
  SELECT 14, format('GRANT CREATE ON SCHEMA %I TO %I', current_schema(), current_user) FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname = current_schema() AND has_schema_privilege('public', n.nspname::text, 'CREATE')
    AND NOT pg_has_role(n.nspowner, 'USAGE') AND NOT EXISTS (SELECT FROM aclexplode(n.nspacl) AS a
      WHERE a.privilege_type = 'CREATE' AND a.grantee <> 0 AND pg_has_role(a.grantee, 'USAGE'))
  UNION ALL
  SELECT 15, format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema())
  WHERE has_schema_privilege('public', current_schema()::text, 'CREATE')
) AS m ORDER BY m.place, m.statement"
    )
}
