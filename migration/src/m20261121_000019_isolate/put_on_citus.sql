DO $aura$
DECLARE
  present jsonb;
  item record;
  target text;
BEGIN
  SELECT coalesce(jsonb_object_agg(r.kind, r.name), '{}') INTO present FROM (
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
  FOR item IN SELECT t.name, t.rows, k.kind, k.command, quote_ident(t.name)::regclass AS place FROM (VALUES
    ('users', 'true'),
    ('user_passwords', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN false ELSE true END'),
    ('applications', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('application_memberships', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('roles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('role_permissions', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('membership_roles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('clients', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('client_users', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('verification_tokens', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN false ELSE true END'),
    ('sign_in_throttles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN false ELSE true END'),
    ('invitations', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('invitation_roles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('sessions', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid OR application_id IS NULL ELSE true END'),
    ('domains', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('mailboxes', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('emails', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('email_recipients', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('audit_chains', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('audit_events', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('audit_details', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END')
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
END $aura$
