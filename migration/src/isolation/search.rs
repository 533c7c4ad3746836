//! Who may search.

use super::names::ROLES;

/// The script that lets the service and the runtime role call `search_emails`, where it is there and they are: whom it
/// answers, and about what, it decides itself.
pub(super) fn grant() -> String {
    format!(
        "\
DO $aura$
DECLARE
  step record;
BEGIN
  FOR step IN
    SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', p.oid::regprocedure, r.name) AS statement
    FROM ({ROLES}) AS r
    CROSS JOIN pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema() AND p.proname = 'search_emails'
      AND r.kind IN ('service', 'runtime') AND r.oid IS NOT NULL AND NOT r.unfit
  LOOP
    EXECUTE step.statement;
  END LOOP;
END $aura$"
    )
}
