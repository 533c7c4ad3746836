DO $aura$
DECLARE
  roles text[];
  target text;
  place text;
BEGIN
  SELECT array_agg(r.name) INTO roles FROM (
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
  ) AS r WHERE r.oid IS NOT NULL;
  FOREACH place IN ARRAY ARRAY['users', 'user_passwords', 'applications', 'application_memberships', 'roles', 'role_permissions', 'membership_roles', 'clients', 'client_users', 'verification_tokens', 'sign_in_throttles', 'invitations', 'invitation_roles', 'sessions', 'domains', 'mailboxes', 'emails', 'email_recipients', 'audit_chains', 'audit_events', 'audit_details'] LOOP
    FOREACH target IN ARRAY ARRAY['guest', 'guest_tenant', 'floor', 'owner', 'service', 'runtime', 'runtime_tenant', 'runtime_update', 'reader'] LOOP
      IF EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = quote_ident(place)::regclass AND polname = target) THEN
        EXECUTE format('DROP POLICY %I ON %I', target, place);
      END IF;
    END LOOP;
    FOREACH target IN ARRAY coalesce(roles, '{}') LOOP
      EXECUTE format('REVOKE ALL ON %I FROM %I', place, target);
    END LOOP;
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', place);
  END LOOP;
END $aura$
