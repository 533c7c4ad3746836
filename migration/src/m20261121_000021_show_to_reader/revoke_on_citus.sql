DO $aura$
DECLARE
  statement text;
BEGIN
  FOR statement IN
    SELECT format('REVOKE ALL ON %s FROM %I', p.polrelid::regclass, r.rolname) FROM pg_catalog.pg_policy AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS r ON r.oid = ANY (p.polroles)
    WHERE n.nspname = current_schema() AND p.polname = 'reader'
  LOOP
    EXECUTE statement;
  END LOOP;
END $aura$
