//! The scripts that migrations run: each is one statement, whose text depends on the tables alone. What depends on the
//! database (which roles there are, what a table has already) it finds out itself.

use std::fmt::Write as _;

use super::names::{ROLES, missing};
use super::policy::{self, NAMES};
use super::quote;
use super::roles::Role;
use super::shape::Shape;

/// Makes the roles, and what else is missing, as far as this login may.
pub(super) fn make() -> String {
    make_by(&missing(), "EXECUTE step.statement;")
}

/// The same by other statements, each of which is run by `run`.
pub(super) fn make_by(missing: &str, run: &str) -> String {
    // Others of the same server may be at it too: 42710 and 23505 say that another was faster, XX000 ("tuple concurrently
    // updated") and 55P03 that one is at it just now. Whoever may not make a role is told so of one that is there too, hence
    // the look before.
    format!(
        "\
DO $aura$
DECLARE
  role record;
  step record;
BEGIN
  FOR role IN {ROLES} LOOP
    IF octet_length(role.name) > 63 OR role.name LIKE 'pg\\_%' THEN
      RAISE EXCEPTION 'no role can be called \"%\": choose another aura.role_prefix', role.name;
    END IF;
  END LOOP;
  FOR step IN {missing} LOOP
    FOR try IN 1..20 LOOP
      BEGIN
        {run}
        EXIT;
      EXCEPTION
        WHEN insufficient_privilege OR duplicate_object OR unique_violation OR undefined_object THEN
          EXIT;
        WHEN internal_error OR lock_not_available THEN
          PERFORM pg_sleep(0.05);
      END;
    END LOOP;
  END LOOP;
END $aura$"
    )
}

/// Gives `tables` the policies and grants that they lack.
pub(super) fn put(tables: &[&str]) -> String {
    let mut policies = String::new();
    let mut grants = String::new();
    for table in tables {
        let shape = Shape::of(table);
        let table = quote::text(table);
        for policy in policy::of(shape) {
            let to = policy
                .to
                .map_or("NULL".to_owned(), |role| quote::text(role.suffix()));
            row(
                &mut policies,
                &format!(
                    "{table}, {}, {to}, {}, {}",
                    quote::text(policy.name),
                    quote::text(&policy.kind()),
                    quote::text(&policy.rows())
                ),
            );
        }
        for role in Role::ALL {
            if let Some(rights) = shape.grant(role) {
                let rights = quote::text(rights);
                row(
                    &mut grants,
                    &format!("{table}, {}, {rights}", quote::text(role.suffix())),
                );
            }
        }
    }
    format!(
        "\
DO $aura$
DECLARE
  present jsonb;
  item record;
  place oid;
  target oid;
BEGIN
  SELECT coalesce(jsonb_object_agg(r.kind, r.name), '{{}}') INTO present FROM (
{ROLES}
  ) AS r WHERE r.oid IS NOT NULL AND NOT r.unfit;
  FOR item IN SELECT * FROM (VALUES{policies}
  ) AS p (\"table\", name, role, kind, rows) LOOP
    place := quote_ident(item.table)::regclass;
    IF item.name = 'floor' AND NOT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_catalog.pg_class WHERE oid = place) THEN
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', item.table);
    END IF;
    CONTINUE WHEN item.role IS NOT NULL AND present ->> item.role IS NULL;
    target := coalesce((SELECT oid FROM pg_catalog.pg_roles WHERE rolname = present ->> item.role), 0);
    IF EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = place AND polname = item.name) THEN
      CONTINUE WHEN EXISTS (
        SELECT FROM pg_catalog.pg_policy WHERE polrelid = place AND polname = item.name AND polroles = ARRAY[target]);
      EXECUTE format('DROP POLICY %I ON %I', item.name, item.table);
    END IF;
    EXECUTE format('CREATE POLICY %I ON %I %s TO %s %s', item.name, item.table, item.kind,
      coalesce(quote_ident(present ->> item.role), 'PUBLIC'), 
      replace(replace(item.rows, '<regclass>', quote_literal(quote_ident(item.table)) || '::regclass'), '<table>',
        quote_ident(item.table)));
  END LOOP;
  FOR item IN SELECT * FROM (VALUES{grants}
  ) AS g (\"table\", role, rights) LOOP
    CONTINUE WHEN present ->> item.role IS NULL;
    place := quote_ident(item.table)::regclass;
    target := (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = present ->> item.role);
    CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = place AND a.grantee = target)
      OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS c, aclexplode(c.attacl) AS a
        WHERE c.attrelid = place AND a.grantee = target);
    EXECUTE format('GRANT %s ON %I TO %I', item.rights, item.table, present ->> item.role);
  END LOOP;
END $aura$"
    )
}

/// Takes from `tables` what [`put`] gave them. The roles stay: logins are members, and other databases may have them too.
pub(crate) fn lift(tables: &[&str]) -> String {
    let list = |texts: &[&str]| -> String {
        let texts: Vec<_> = texts.iter().map(|text| quote::text(text)).collect();
        texts.join(", ")
    };
    format!(
        "\
DO $aura$
DECLARE
  roles text[];
  target text;
  place text;
BEGIN
  SELECT array_agg(r.name) INTO roles FROM (
{ROLES}
  ) AS r WHERE r.oid IS NOT NULL;
  FOREACH place IN ARRAY ARRAY[{tables}] LOOP
    FOREACH target IN ARRAY ARRAY[{names}] LOOP
      IF EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = quote_ident(place)::regclass AND polname = target) THEN
        EXECUTE format('DROP POLICY %I ON %I', target, place);
      END IF;
    END LOOP;
    FOREACH target IN ARRAY coalesce(roles, '{{}}') LOOP
      EXECUTE format('REVOKE ALL ON %I FROM %I', place, target);
    END LOOP;
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', place);
  END LOOP;
END $aura$",
        tables = list(tables),
        names = list(&NAMES),
    )
}

pub(super) fn row(rows: &mut String, values: &str) {
    let comma = if rows.is_empty() { "" } else { "," };
    // A string takes everything.
    let _ = write!(rows, "{comma}\n    ({values})");
}
