//! What the guest may do with each table: the rows of the signed tenant, without secrets, and nothing that gives access.

use super::script::{only_with, script};
use crate::isolation::quote;

/// Columns that nobody but the service reads, in whatever table they are; as SQL has a list.
pub(crate) const SECRETS: &str = "'secret_hash', 'password_hash', 'challenge'";

/// `write`: to read, to add, and to change what is not part of the key. Not to delete: that is a mark, and whoever may DELETE
/// may also lock the whole table away from everybody. Nor to write what refers to any user: the reference tells who there is.
///
/// A table that is not named here is an application's own: `write`. `{signed}` is the tenant; rows are those that have it as
/// their application where nothing is said.
const ACCESS: &str = "\
      ('applications', 'SELECT (id, public_id, slug, name, description, created_at, updated_at, deleted_at, deletion_id)',
        'id = {signed}'),
      -- An array is read once, and served by the index of the key.
      ('users', 'SELECT (id, name, given_name, family_name, picture, deleted_at)',
        'id = ANY (ARRAY(SELECT m.user_id FROM application_memberships AS m WHERE m.application_id = {signed}))'),
      -- Whoever could write here could let somebody in, or take a domain that is not proved.
      ('application_memberships', 'read', NULL),
      ('membership_roles', 'read', NULL),
      ('roles', 'read', NULL),
      ('role_permissions', 'read', NULL),
      ('invitations', 'read', NULL),
      ('invitation_roles', 'read', NULL),
      ('domains', 'read', NULL),
      ('audit_events', 'read', NULL),
      ('audit_details', 'read', NULL),
      ('audit_chains', 'read', NULL),
      -- Whatever is granted by mistake, and whatever role the login gets besides.
      ('user_passwords', NULL, 'false'),
      ('verification_tokens', NULL, 'false'),
      ('sessions', NULL, 'false'),
      ('sign_in_throttles', NULL, 'false'),
      -- An index of mail, reached through its function alone; here where no schema of its own could be made.
      ('email_documents', NULL, 'false')";

const DECLARATIONS: &str = "\
  item record;
  rights text;
  place text;";

/// Puts policies and grants for the guest on every table that a tenant transaction may use, or on one of them.
pub(super) fn put(only: Option<&str>) -> String {
    let only = only
        .map(|table| format!("AND c.relname = {}", quote::text(table)))
        .unwrap_or_default();
    // A table that only its owner may use, such as one behind a function, is none of the guest's: it has no policy `service`.
    let body = format!(
        "\
{there}
  IF guest IS NULL THEN
    RETURN;
  END IF;
  FOR item IN
    SELECT t.*, CASE WHEN a.name IS NULL THEN 'write' ELSE a.rights END AS access,
      replace(coalesce(a.rows, 'application_id = {{signed}}'), '{{signed}}', '(SELECT ' || wall || '.signed())') AS rows
    FROM (
      SELECT c.relname::text AS name,
        CASE WHEN bool_or(a.attname IN ({SECRETS})) THEN ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
          FILTER (WHERE a.attname NOT IN ({SECRETS})) || ')' ELSE '' END AS readable,
        CASE WHEN bool_or(f.person OR a.attname IN ({SECRETS})) THEN ' (' || string_agg(quote_ident(a.attname), ', '
          ORDER BY a.attnum) FILTER (WHERE NOT f.person AND a.attname NOT IN ({SECRETS})) || ')' ELSE '' END AS addable,
        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE NOT f.person
          AND a.attname NOT IN ({SECRETS}, 'application_id') AND NOT coalesce(a.attnum = ANY (k.conkey), false)) AS changeable
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p'
      CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint AS u WHERE u.conrelid = c.oid AND u.contype = 'f'
        AND u.confrelid = to_regclass(tables || '.users') AND a.attnum = ANY (u.conkey)) AS person) AS f
      WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relrowsecurity {only}
        AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'floor')
        AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'service')
      GROUP BY c.relname
    ) AS t LEFT JOIN (VALUES
{ACCESS}
    ) AS a (name, rights, rows) ON a.name = t.name
    ORDER BY t.name
  LOOP
    place := quote_ident(item.name);
    EXECUTE format('DROP POLICY IF EXISTS guest ON %1$s; DROP POLICY IF EXISTS guest_tenant ON %1$s; '
      'CREATE POLICY guest ON %1$s TO %2$s USING (true) WITH CHECK (true); '
      'CREATE POLICY guest_tenant ON %1$s AS RESTRICTIVE TO %2$s USING (%3$s) WITH CHECK (%3$s); '
      'REVOKE ALL ON %1$s FROM %2$s', place, guest, item.rows);
    rights := CASE item.access
      WHEN 'read' THEN 'SELECT' || item.readable
      WHEN 'write' THEN 'SELECT' || item.readable || ', INSERT' || item.addable
        || coalesce(', UPDATE (' || item.changeable || ')', '')
      ELSE item.access END;
    IF rights IS NOT NULL THEN
      EXECUTE format('GRANT %s ON %s TO %s', rights, place, guest);
    END IF;
  END LOOP;",
        there = only_with("wall"),
    );
    script(DECLARATIONS, &body)
}
