//! What the scripts of the wall, of the reader and for Supabase have in common. Each is one text whatever the database.

use super::place::name;
use crate::isolation::names::ROLES;

/// A script: what it declares besides, and what it does.
///
/// It knows the schemas `tables`, `wall` and `reader`, quoted, and the names of the roles that are there, `service`, `guest`
/// and `reader_role`, quoted, NULL where a role is not there.
pub(crate) fn script(declarations: &str, body: &str) -> String {
    format!(
        "\
DO $aura$
DECLARE
  tables text := quote_ident(current_schema());
  wall text := quote_ident({wall});
  reader text := quote_ident({reader});
  service text;
  guest text;
  reader_role text;
  statement text;
{declarations}
BEGIN
  SELECT min(quote_ident(r.name)) FILTER (WHERE r.kind = 'service'), min(quote_ident(r.name)) FILTER (WHERE r.kind = 'guest'),
    min(quote_ident(r.name)) FILTER (WHERE r.kind = 'reader')
  INTO service, guest, reader_role FROM (
{ROLES}
  ) AS r WHERE r.oid IS NOT NULL AND NOT r.unfit;
{body}
END $aura$",
        wall = name("wall"),
        reader = name("reader"),
    )
}

/// Makes the schema in the variable `place` unless it is there. Whoever may not make one goes on without what belongs
/// into it. A schema of that name that belongs to somebody else could hold functions that are not ours.
pub(crate) fn ensure(place: &str, comment: &str) -> String {
    format!(
        "  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = {place}) THEN
    IF NOT has_database_privilege(current_database()::text, 'CREATE') THEN
      RETURN;
    END IF;
    EXECUTE 'CREATE SCHEMA ' || {place};
  ELSIF NOT (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = {place}) THEN
    RAISE EXCEPTION 'the schema % belongs to somebody else: rename it, or give it to this login', {place}
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('COMMENT ON SCHEMA %s IS %L', {place}, '{comment}');"
    )
}

/// Ends the script where the schema in the variable `place` is not there.
pub(crate) fn only_with(place: &str) -> String {
    format!(
        "  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = {place}) THEN
    RETURN;
  END IF;"
    )
}

/// Takes every right on the schema in the variable `place`, and on what is in it, from everybody but the owners: default
/// privileges, of whoever set them, hand out more than anybody remembers.
pub(crate) fn close(place: &str) -> String {
    format!(
        "  FOR statement IN
    WITH s AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = {place}),
    granted AS (
      SELECT 'SCHEMA ' || quote_ident(nspname) AS object, nspowner AS owner, (aclexplode(nspacl)).grantee FROM s
      UNION
      SELECT 'TABLE ' || quote_ident(s.nspname) || '.' || quote_ident(c.relname), c.relowner, (aclexplode(c.relacl)).grantee
      FROM pg_catalog.pg_class AS c JOIN s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')
      UNION
      SELECT 'FUNCTION ' || quote_ident(s.nspname) || '.' || quote_ident(p.proname)
        || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner,
        (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).grantee
      FROM pg_catalog.pg_proc AS p JOIN s ON s.oid = p.pronamespace
    )
    SELECT 'REVOKE ALL ON ' || object || ' FROM '
      || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
    FROM granted WHERE grantee <> owner
  LOOP
    EXECUTE statement;
  END LOOP;"
    )
}

/// Runs these statements with the schemas filled in, and for `{keys}` the table of keys as a literal. No quotes within are
/// `$aura$` or `$aura_sql$`.
pub(crate) fn execute(statements: &str) -> String {
    format!(
        "  EXECUTE replace(replace(replace($aura_sql$\n{statements}\n$aura_sql$, '{{wall}}', wall), '{{tables}}', tables), \
         '{{keys}}', quote_literal(wall || '.keys'));"
    )
}
