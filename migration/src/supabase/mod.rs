//! Supabase: its API speaks to the database as the roles `anon` and `authenticated`, which its default privileges give
//! everything, TRUNCATE too.
//!
//! Where these roles are, they lose every right on the tables and functions of the schema, and `authenticated` gets what a
//! member of an application may see of it through the API: live rows, without secrets, to read. Who it is comes from the
//! claims of the request's token (`request.jwt.claims`, `sub`): the id of a row in `auth.users` is that of ours in `users`.
//! `anon` gets nothing. `service_role` keeps what it has in the schema, past every policy: it is Supabase's administrator.
//!
//! An application's own table loses the rights that the default privileges gave ([`isolate`](crate::schema::isolate)); what
//! its clients may see of it, it says itself.

mod functions;

use crate::isolation::quote;
use crate::wall::script::{execute, only_with, script};

/// What a member may see: table, columns (NULL: all), rows. `{own}` is the array of the member's applications, `{people}` that
/// of their fellow members and themselves. Not the audit and not invitations, which are for admins; not what holds secrets.
const SHARED: &str = "\
    ('applications', 'id, public_id, slug, name, description, created_at, updated_at', 'id = ANY ({own}) AND deleted_at IS NULL'),
    ('users', 'id, name, given_name, family_name, picture', 'id = ANY ({people}) AND deleted_at IS NULL'),
    ('application_memberships', NULL, '{live}'),
    ('roles', NULL, '{live}'),
    ('role_permissions', NULL, 'application_id = ANY ({own}) AND EXISTS (SELECT 1 FROM roles AS r
      WHERE r.application_id = role_permissions.application_id AND r.id = role_permissions.role_id)'),
    ('membership_roles', NULL, 'application_id = ANY ({own}) AND EXISTS (SELECT 1 FROM application_memberships AS m
      WHERE m.application_id = membership_roles.application_id AND m.user_id = membership_roles.user_id)
      AND EXISTS (SELECT 1 FROM roles AS r
      WHERE r.application_id = membership_roles.application_id AND r.id = membership_roles.role_id)'),
    ('clients', NULL, '{live}'),
    ('client_users', NULL, 'application_id = ANY ({own}) AND EXISTS (SELECT 1 FROM clients AS c
      WHERE c.application_id = client_users.application_id AND c.id = client_users.client_id)
      AND EXISTS (SELECT 1 FROM application_memberships AS m
      WHERE m.application_id = client_users.application_id AND m.user_id = client_users.user_id)'),
    ('domains', 'application_id, id, name, created_by, verified_at, created_at, updated_at, deleted_at, deletion_id', '{live}'),
    ('mailboxes', NULL, '{live}'),
    ('emails', NULL, '{live}'),
    ('email_recipients', NULL, 'application_id = ANY ({own}) AND EXISTS (SELECT 1 FROM emails AS e
      WHERE e.application_id = email_recipients.application_id AND e.id = email_recipients.email_id)')";

/// The script that takes from the API's roles what default privileges gave them, and shares with members what is theirs to
/// see. It does nothing where there are no such roles.
pub(crate) fn share() -> String {
    // The functions are beside those of the wall, where nobody may make or call any, but for the policies.
    let body = format!(
        "\
{taken}
{there}
  IF to_regrole('authenticated') IS NULL THEN
    RETURN;
  END IF;
{functions}
  FOR statement IN
    SELECT format('REVOKE ALL ON FUNCTION %1$s.claimed_user(), %1$s.claimed_applications(), %1$s.claimed_people() FROM %2$s', wall, role)
    FROM (SELECT 'PUBLIC' AS role UNION ALL SELECT quote_ident(rolname) FROM pg_catalog.pg_roles
      WHERE rolname IN ('anon', 'authenticated', 'service_role')) AS r
  LOOP
    EXECUTE statement;
  END LOOP;
  EXECUTE format('GRANT EXECUTE ON FUNCTION %1$s.claimed_applications(), %1$s.claimed_people() TO authenticated', wall);
  IF NOT has_schema_privilege('authenticated', current_schema()::text, 'USAGE') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO authenticated', tables);
  END IF;
  FOR item IN SELECT name, coalesce(' (' || columns || ')', '') AS columns, replace(replace(
    replace(rows, '{{live}}', 'application_id = ANY ({{own}}) AND deleted_at IS NULL'),
    '{{own}}', '(SELECT ' || wall || '.claimed_applications())::uuid[]'),
    '{{people}}', '(SELECT ' || wall || '.claimed_people())::uuid[]') AS rows
  FROM (VALUES
{SHARED}
  ) AS s (name, columns, rows) LOOP
    EXECUTE format('DROP POLICY IF EXISTS supabase ON %1$I; CREATE POLICY supabase ON %1$I FOR SELECT TO authenticated USING (%2$s); '
      'GRANT SELECT%3$s ON %1$I TO authenticated', item.name, item.rows, item.columns);
  END LOOP;",
        taken = take(None),
        there = only_with("wall"),
        functions = execute(&functions::statements()),
    );
    script("  item record;", &body)
}

/// The script that takes from the API's roles every right on our tables, or on one table.
pub(crate) fn revoke(only: Option<&str>) -> String {
    script("", &take(only))
}

/// Takes the rights on the tables; on the records of migrations too, which lie beside them, and on the functions of triggers.
fn take(only: Option<&str>) -> String {
    let only = only
        .map(|table| format!("AND c.relname = {}", quote::text(table)))
        .unwrap_or_default();
    format!(
        "  FOR statement IN
    SELECT format('REVOKE ALL ON %s FROM %I', o.name, r.rolname) FROM (
      SELECT c.oid::regclass::text AS name FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE') {only}
        AND (c.relname IN ('seaql_migrations', '_aura_migrations')
          OR EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'floor'))
      UNION ALL
      SELECT 'FUNCTION ' || p.oid::regprocedure FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE n.nspname = current_schema() AND p.proname LIKE 'aura\\_%' AND pg_has_role(p.proowner, 'USAGE')
    ) AS o CROSS JOIN pg_catalog.pg_roles AS r WHERE r.rolname IN ('anon', 'authenticated')
  LOOP
    EXECUTE statement;
  END LOOP;"
    )
}
