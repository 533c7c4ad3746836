DO $aura$
DECLARE
  tables text := quote_ident(current_schema());
  wall text := quote_ident(CASE WHEN current_schema() = 'public' THEN 'aura_wall' WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 THEN 'aura_' || md5(current_schema()) || '_wall' ELSE current_schema() || '_wall' END);
  reader text := quote_ident(CASE WHEN current_schema() = 'public' THEN 'aura_reader' WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 THEN 'aura_' || md5(current_schema()) || '_reader' ELSE current_schema() || '_reader' END);
  service text;
  guest text;
  reader_role text;
  statement text;
  item record;
BEGIN
  SELECT min(quote_ident(r.name)) FILTER (WHERE r.kind = 'service'), min(quote_ident(r.name)) FILTER (WHERE r.kind = 'guest'),
    min(quote_ident(r.name)) FILTER (WHERE r.kind = 'reader')
  INTO service, guest, reader_role FROM (
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
    FROM (SELECT CASE WHEN current_database() LIKE 'pg\_%' THEN 'aura_' ELSE '' END || current_database(), (
      SELECT left(o.rolname, -8) FROM pg_catalog.pg_policy AS y
      JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
      JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\_service'
      WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service'
    )) AS d (name, service)
  ) AS p
) AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = n.name
ORDER BY n.place
  ) AS r WHERE r.oid IS NOT NULL AND NOT r.unfit;
  FOR statement IN
    SELECT format('REVOKE ALL ON %s FROM %I', o.name, r.rolname) FROM (
      SELECT c.oid::regclass::text AS name FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE') 
        AND (c.relname IN ('seaql_migrations', '_aura_migrations')
          OR EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'floor'))
      UNION ALL
      SELECT 'FUNCTION ' || p.oid::regprocedure FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE n.nspname = current_schema() AND p.proname LIKE 'aura\_%' AND pg_has_role(p.proowner, 'USAGE')
    ) AS o CROSS JOIN pg_catalog.pg_roles AS r WHERE r.rolname IN ('anon', 'authenticated')
  LOOP
    EXECUTE statement;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = wall) THEN
    RETURN;
  END IF;
  IF to_regrole('authenticated') IS NULL THEN
    RETURN;
  END IF;
  EXECUTE replace(replace(replace($aura_sql$
CREATE OR REPLACE FUNCTION {wall}.claimed_user() RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  subject text;
BEGIN
  BEGIN
    subject := nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub';
  EXCEPTION WHEN others THEN
    RETURN NULL;
  END;
  IF subject ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$' THEN
    RETURN subject::uuid;
  END IF;
  RETURN NULL;
END $aura_body$;
CREATE OR REPLACE FUNCTION {wall}.claimed_applications() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $aura_body$
BEGIN
  RETURN ARRAY(
    SELECT m.application_id
    FROM {tables}.application_memberships AS m
    JOIN {tables}.applications AS a ON a.id = m.application_id AND a.deleted_at IS NULL
    JOIN {tables}.users AS u ON u.id = m.user_id AND u.deleted_at IS NULL
    WHERE m.user_id = {wall}.claimed_user() AND m.deleted_at IS NULL);
END $aura_body$;
CREATE OR REPLACE FUNCTION {wall}.claimed_people() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  self uuid := {wall}.claimed_user();
  own uuid[] := {wall}.claimed_applications();
BEGIN
  RETURN ARRAY(
    SELECT m.user_id FROM {tables}.application_memberships AS m
    WHERE m.application_id = ANY (own) AND m.deleted_at IS NULL
    UNION
    SELECT self WHERE self IS NOT NULL);
END $aura_body$;
COMMENT ON FUNCTION {wall}.claimed_user() IS 'Who the request is from, by its token; NULL: nobody';
COMMENT ON FUNCTION {wall}.claimed_applications() IS 'The live applications that they are a live member of';
COMMENT ON FUNCTION {wall}.claimed_people() IS 'They themselves and the live members of those applications'
$aura_sql$, '{wall}', wall), '{tables}', tables), '{keys}', quote_literal(wall || '.keys'));
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
    replace(rows, '{live}', 'application_id = ANY ({own}) AND deleted_at IS NULL'),
    '{own}', '(SELECT ' || wall || '.claimed_applications())::uuid[]'),
    '{people}', '(SELECT ' || wall || '.claimed_people())::uuid[]') AS rows
  FROM (VALUES
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
      WHERE e.application_id = email_recipients.application_id AND e.id = email_recipients.email_id)')
  ) AS s (name, columns, rows) LOOP
    EXECUTE format('DROP POLICY IF EXISTS supabase ON %1$I; CREATE POLICY supabase ON %1$I FOR SELECT TO authenticated USING (%2$s); '
      'GRANT SELECT%3$s ON %1$I TO authenticated', item.name, item.rows, item.columns);
  END LOOP;
END $aura$
