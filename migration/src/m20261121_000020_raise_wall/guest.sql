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
  rights text;
  place text;
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
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = wall) THEN
    RETURN;
  END IF;
  IF guest IS NULL THEN
    RETURN;
  END IF;
  FOR item IN
    SELECT t.*, CASE WHEN a.name IS NULL THEN 'write' ELSE a.rights END AS access,
      replace(coalesce(a.rows, 'application_id = {signed}'), '{signed}', '(SELECT ' || wall || '.signed())') AS rows
    FROM (
      SELECT c.relname::text AS name,
        CASE WHEN bool_or(a.attname IN ('secret_hash', 'password_hash', 'challenge')) THEN ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
          FILTER (WHERE a.attname NOT IN ('secret_hash', 'password_hash', 'challenge')) || ')' ELSE '' END AS readable,
        CASE WHEN bool_or(f.person OR a.attname IN ('secret_hash', 'password_hash', 'challenge')) THEN ' (' || string_agg(quote_ident(a.attname), ', '
          ORDER BY a.attnum) FILTER (WHERE NOT f.person AND a.attname NOT IN ('secret_hash', 'password_hash', 'challenge')) || ')' ELSE '' END AS addable,
        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE NOT f.person
          AND a.attname NOT IN ('secret_hash', 'password_hash', 'challenge', 'application_id') AND NOT coalesce(a.attnum = ANY (k.conkey), false)) AS changeable
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p'
      CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint AS u WHERE u.conrelid = c.oid AND u.contype = 'f'
        AND u.confrelid = to_regclass(tables || '.users') AND a.attnum = ANY (u.conkey)) AS person) AS f
      WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relrowsecurity 
        AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'floor')
        AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'service')
      GROUP BY c.relname
    ) AS t LEFT JOIN (VALUES
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
      ('email_documents', NULL, 'false')
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
  END LOOP;
END $aura$
