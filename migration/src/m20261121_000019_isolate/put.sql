DO $aura$
DECLARE
  present jsonb;
  item record;
  place oid;
  target oid;
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
  FOR item IN SELECT * FROM (VALUES
    ('users', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE EXISTS (SELECT 1 FROM application_memberships AS m WHERE m.application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) AND m.user_id = <table>.id) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE EXISTS (SELECT 1 FROM application_memberships AS m WHERE m.application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) AND m.user_id = <table>.id) END)'),
    ('users', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('users', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('users', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('users', 'runtime', 'runtime', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('users', 'runtime_update', 'runtime', 'AS PERMISSIVE FOR UPDATE', 'USING (true) WITH CHECK (false)'),
    ('users', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING ((SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NOT NULL) WITH CHECK ((SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NOT NULL)'),
    ('user_passwords', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE false END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE false END)'),
    ('user_passwords', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('user_passwords', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('user_passwords', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('applications', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('applications', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('applications', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('applications', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('applications', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('applications', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('application_memberships', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('application_memberships', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('application_memberships', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('application_memberships', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('application_memberships', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('application_memberships', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('roles', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('roles', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('roles', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('roles', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('roles', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('roles', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('role_permissions', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('role_permissions', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('role_permissions', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('role_permissions', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('role_permissions', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('role_permissions', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('membership_roles', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('membership_roles', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('membership_roles', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('membership_roles', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('membership_roles', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('membership_roles', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('clients', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('clients', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('clients', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('clients', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('clients', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('clients', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('client_users', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('client_users', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('client_users', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('client_users', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('client_users', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('client_users', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('verification_tokens', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE false END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE false END)'),
    ('verification_tokens', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('verification_tokens', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('verification_tokens', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('sign_in_throttles', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE false END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE false END)'),
    ('sign_in_throttles', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('sign_in_throttles', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('sign_in_throttles', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('invitations', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('invitations', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('invitations', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('invitations', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('invitations', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('invitations', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('invitation_roles', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('invitation_roles', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('invitation_roles', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('invitation_roles', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('invitation_roles', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('invitation_roles', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('sessions', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) OR (application_id IS NULL AND EXISTS (SELECT 1 FROM application_memberships AS m WHERE m.application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) AND m.user_id = <table>.user_id)) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) OR (application_id IS NULL AND EXISTS (SELECT 1 FROM application_memberships AS m WHERE m.application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) AND m.user_id = <table>.user_id)) END)'),
    ('sessions', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('sessions', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('sessions', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('sessions', 'runtime', 'runtime', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('sessions', 'runtime_update', 'runtime', 'AS PERMISSIVE FOR UPDATE', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id IS NULL)'),
    ('sessions', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING ((SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NOT NULL) WITH CHECK ((SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NOT NULL)'),
    ('domains', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('domains', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('domains', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('domains', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('domains', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('domains', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('mailboxes', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('mailboxes', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('mailboxes', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('mailboxes', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('mailboxes', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('mailboxes', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('emails', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('emails', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('emails', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('emails', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('emails', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('emails', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('email_recipients', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('email_recipients', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('email_recipients', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('email_recipients', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('email_recipients', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('email_recipients', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('audit_chains', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('audit_chains', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('audit_chains', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('audit_chains', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('audit_chains', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('audit_chains', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('audit_events', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('audit_events', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('audit_events', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('audit_events', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('audit_events', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('audit_events', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))'),
    ('audit_details', 'floor', NULL, 'AS RESTRICTIVE FOR ALL', 'USING (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END) WITH CHECK (CASE WHEN (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) IS NULL THEN true ELSE application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid) END)'),
    ('audit_details', 'owner', NULL, 'AS PERMISSIVE FOR ALL', 'USING ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)) WITH CHECK ((SELECT pg_has_role(c.relowner, ''USAGE'') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>))'),
    ('audit_details', 'service', 'service', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('audit_details', 'reader', 'reader', 'AS PERMISSIVE FOR SELECT', 'USING (true)'),
    ('audit_details', 'runtime', 'runtime', 'AS PERMISSIVE FOR ALL', 'USING (true) WITH CHECK (true)'),
    ('audit_details', 'runtime_tenant', 'runtime', 'AS RESTRICTIVE FOR ALL', 'USING (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid)) WITH CHECK (application_id = (SELECT nullif(current_setting(''app.application_id'', true), '''')::uuid))')
  ) AS p ("table", name, role, kind, rows) LOOP
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
  FOR item IN SELECT * FROM (VALUES
    ('users', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('users', 'runtime', 'SELECT, UPDATE (updated_at)'),
    ('user_passwords', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('applications', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('applications', 'runtime', 'SELECT, UPDATE (slug, name, description, compute_id, updated_at, deleted_at, deletion_id)'),
    ('application_memberships', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('application_memberships', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('roles', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('roles', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('role_permissions', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('role_permissions', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('membership_roles', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('membership_roles', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('clients', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('clients', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('client_users', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('client_users', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('verification_tokens', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('sign_in_throttles', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('invitations', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('invitations', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('invitation_roles', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('invitation_roles', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('sessions', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('sessions', 'runtime', 'SELECT (id, user_id, application_id, last_seen_at, expires_at, revoked_at, rotated_at, created_at, updated_at), UPDATE (application_id, updated_at)'),
    ('domains', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('domains', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('mailboxes', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('mailboxes', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('emails', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('emails', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('email_recipients', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('email_recipients', 'runtime', 'SELECT, INSERT, UPDATE, DELETE'),
    ('audit_chains', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('audit_chains', 'runtime', 'SELECT, INSERT, UPDATE'),
    ('audit_events', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('audit_events', 'runtime', 'SELECT, INSERT'),
    ('audit_details', 'service', 'SELECT, INSERT, UPDATE, DELETE'),
    ('audit_details', 'runtime', 'SELECT, INSERT')
  ) AS g ("table", role, rights) LOOP
    CONTINUE WHEN present ->> item.role IS NULL;
    place := quote_ident(item.table)::regclass;
    target := (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = present ->> item.role);
    CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = place AND a.grantee = target)
      OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS c, aclexplode(c.attacl) AS a
        WHERE c.attrelid = place AND a.grantee = target);
    EXECUTE format('GRANT %s ON %I TO %I', item.rights, item.table, present ->> item.role);
  END LOOP;
END $aura$
