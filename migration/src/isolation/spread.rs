//! Row-level security on Citus: the same, as far as its shards can know.
//!
//! What was tried of Citus 13.2, and why the policies are others:
//!
//! - A policy that looks at another table is refused, and so is any subselect.
//! - A *restrictive* policy arrives at the shards as a permissive one, and would let through what it should hold back. So
//!   there is no policy `floor`: what it says stands in each of the others.
//! - Where a transaction has switched its role, the nodes are asked as that role, and one that cannot log in is not let in.
//!   So there are no policies for the runtime role, and a tenant transaction keeps the service's.
//!
//! | policy | for whom | lets through |
//! |---|---|---|
//! | `owner` | the table's owner | all rows where no tenant is set; the tenant's where one is |
//! | `service` | the role of the pool's login | the same |
//! | `reader` | the role of reports | the same, to read |

use super::names::{ROLES, missing_and};
use super::quote;
use super::script::{self, row};
use super::shape::Shape;

/// The script that makes the roles, one database after the other where several have the same: what another has under way at
/// the workers breaks off a whole transaction there. They wait for a lock that is the whole cluster's, which the comment of a
/// role takes; it stays what it is, on the coordinator alone.
pub(super) fn make() -> String {
    let in_turn = "
  UNION ALL
  SELECT 5, format('COMMENT ON ROLE %I IS %L', name, shobj_description(oid, 'pg_authid')) FROM role
  WHERE kind = 'service' AND NOT unfit";
    let run = "\
PERFORM set_config('citus.enable_ddl_propagation', CASE WHEN step.statement LIKE 'COMMENT %' THEN 'off' ELSE 'on' END, true);
        EXECUTE step.statement;
        PERFORM set_config('citus.enable_ddl_propagation', 'on', true);";
    script::make_by(&missing_and(in_turn), run)
}

/// The script that gives `tables` the policies and grants that they lack, where their roles are there. The service is granted
/// what their owner may do with the rows: not more than was left to it.
pub(crate) fn put(tables: &[&str]) -> String {
    let mut rows = String::new();
    for table in tables {
        let let_through = quote::text(&floor(Shape::of(table)));
        row(&mut rows, &format!("{}, {let_through}", quote::text(table)));
    }
    format!(
        "\
DO $aura$
DECLARE
  present jsonb;
  item record;
  target text;
BEGIN
  SELECT coalesce(jsonb_object_agg(r.kind, r.name), '{{}}') INTO present FROM (
{ROLES}
  ) AS r WHERE r.oid IS NOT NULL AND NOT r.unfit;
  FOR item IN SELECT t.name, t.rows, k.kind, k.command, quote_ident(t.name)::regclass AS place FROM (VALUES{rows}
  ) AS t (name, rows) CROSS JOIN (VALUES ('owner', 'ALL'), ('service', 'ALL'), ('reader', 'SELECT')) AS k (kind, command) LOOP
    IF item.kind = 'owner' AND NOT (
      SELECT relrowsecurity AND relforcerowsecurity FROM pg_catalog.pg_class WHERE oid = item.place) THEN
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', item.name);
    END IF;
    target := CASE item.kind WHEN 'owner' THEN (SELECT pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = item.place)
      ELSE present ->> item.kind END;
    CONTINUE WHEN target IS NULL;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_roles AS r ON p.polroles = ARRAY[r.oid]
      WHERE p.polrelid = item.place AND p.polname = item.kind AND r.rolname = target) THEN
      EXECUTE format('DROP POLICY IF EXISTS %I ON %I', item.kind, item.name);
      EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %I USING (%s)', item.kind, item.name, item.command, target, item.rows);
    END IF;
    CONTINUE WHEN item.kind <> 'service' OR EXISTS (SELECT FROM pg_catalog.pg_class AS c, aclexplode(c.relacl) AS a
      WHERE c.oid = item.place AND a.grantee = quote_ident(target)::regrole);
    EXECUTE format('GRANT %s ON %I TO %I', (
      SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
      FROM pg_catalog.pg_class AS c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
      WHERE c.oid = item.place AND a.grantee = c.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    ), item.name, target);
  END LOOP;
END $aura$"
    )
}

/// Whether a tenant is set. Not by `IS NULL` of a `nullif`, which Citus 13.2 does not get through.
const IS_SET: &str = "current_setting('app.application_id', true) <> ''";
/// The tenant, where one is set.
const TENANT: &str = "nullif(current_setting('app.application_id', true), '')::uuid";

/// All rows where no tenant is set; else those that are the tenant's, as far as a row tells by itself. Whether a user is a
/// member it does not, and so everybody's row is let through.
fn floor(shape: Shape) -> String {
    let tenants = match shape {
        Shape::Owned | Shape::Events | Shape::Chains => format!("application_id = {TENANT}"),
        Shape::Applications => format!("id = {TENANT}"),
        Shape::Users => return "true".to_owned(),
        Shape::Sessions => format!("application_id = {TENANT} OR application_id IS NULL"),
        Shape::Closed => "false".to_owned(),
    };
    format!("CASE WHEN {IS_SET} THEN {tenants} ELSE true END")
}
