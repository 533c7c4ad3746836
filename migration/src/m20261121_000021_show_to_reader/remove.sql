DO $aura$
DECLARE
  tables text := quote_ident(current_schema());
  wall text := quote_ident(CASE WHEN current_schema() = 'public' THEN 'aura_wall' WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 THEN 'aura_' || md5(current_schema()) || '_wall' ELSE current_schema() || '_wall' END);
  reader text := quote_ident(CASE WHEN current_schema() = 'public' THEN 'aura_reader' WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 THEN 'aura_' || md5(current_schema()) || '_reader' ELSE current_schema() || '_reader' END);
  service text;
  guest text;
  reader_role text;
  statement text;

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
    SELECT format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass) FROM pg_catalog.pg_policy AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND p.polname IN ('reader_view')
  LOOP
    EXECUTE statement;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = reader) THEN
    RETURN;
  END IF;
  FOR statement IN
    SELECT 'DROP VIEW ' || c.oid::regclass FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE quote_ident(n.nspname) = reader AND c.relkind = 'v'
  LOOP
    EXECUTE statement;
  END LOOP;
  EXECUTE 'DROP SCHEMA ' || reader;
END $aura$
