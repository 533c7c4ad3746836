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
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = reader) THEN
    IF NOT has_database_privilege(current_database()::text, 'CREATE') THEN
      RETURN;
    END IF;
    EXECUTE 'CREATE SCHEMA ' || reader;
  ELSIF NOT (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = reader) THEN
    RAISE EXCEPTION 'the schema % belongs to somebody else: rename it, or give it to this login', reader
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('COMMENT ON SCHEMA %s IS %L', reader, 'The tables as reports see them: without secrets');
  FOR item IN
    SELECT quote_ident(c.relname) AS name, string_agg(CASE WHEN a.attname IN ('secret_hash', 'password_hash', 'challenge')
      THEN CASE WHEN a.atttypid IN ('text'::regtype, 'bytea'::regtype) THEN '''''::' ELSE 'NULL::' END
        || format_type(a.atttypid, a.atttypmod) || ' AS ' || quote_ident(a.attname)
      ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum) AS columns,
      string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname NOT IN ('secret_hash', 'password_hash', 'challenge')) AS open
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') 
      AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'reader')
    GROUP BY c.relname ORDER BY c.relname
  LOOP
    statement := format('VIEW %s.%s WITH (security_barrier) AS SELECT %s FROM %s.%2$s', reader, item.name, item.columns, tables);
    BEGIN
      EXECUTE 'CREATE OR REPLACE ' || statement;
    EXCEPTION WHEN invalid_table_definition THEN
      EXECUTE format('DROP VIEW %s.%s', reader, item.name);
      EXECUTE 'CREATE ' || statement;
    END;
    IF reader_role IS NOT NULL THEN
      EXECUTE format('GRANT SELECT (%s) ON %s TO %s', item.open, item.name, reader_role);
    END IF;
  END LOOP;
  FOR statement IN
    WITH s AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = reader),
    granted AS (
      SELECT 'SCHEMA ' || quote_ident(nspname) AS object, nspowner AS owner, (aclexplode(nspacl)).grantee FROM s
      UNION
      SELECT 'TABLE ' || quote_ident(s.nspname) || '.' || quote_ident(c.relname), c.relowner, (aclexplode(c.relacl)).grantee
      FROM pg_catalog.pg_class AS c JOIN s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')
      UNION
      SELECT 'FUNCTION ' || quote_ident(s.nspname) || '.' || quote_ident(p.proname)
        || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner,
        (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).grantee
      FROM pg_catalog.pg_proc AS p JOIN s ON s.oid = p.pronamespace
    )
    SELECT 'REVOKE ALL ON ' || object || ' FROM '
      || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
    FROM granted WHERE grantee <> owner
  LOOP
    EXECUTE statement;
  END LOOP;
  IF reader_role IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', tables, reader_role);
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', reader, reader_role);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s', reader, reader_role);
  END IF;
END $aura$
