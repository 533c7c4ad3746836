DO $aura$
DECLARE
  role record;
  step record;
BEGIN
  FOR role IN SELECT n.kind, n.attributes, n.name, r.oid, coalesce(r.rolcanlogin OR r.rolsuper OR r.rolbypassrls, false) AS unfit, n.place
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
ORDER BY n.place LOOP
    IF octet_length(role.name) > 63 OR role.name LIKE 'pg\_%' THEN
      RAISE EXCEPTION 'no role can be called "%": choose another aura.role_prefix', role.name;
    END IF;
  END LOOP;
  FOR step IN WITH role AS (
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
)
SELECT m.statement FROM (
  SELECT place, format('CREATE ROLE %I %s', name, attributes) AS statement FROM role WHERE oid IS NULL
  UNION ALL
  SELECT 5, format('COMMENT ON ROLE %I IS %L', name, shobj_description(oid, 'pg_authid')) FROM role
  WHERE kind = 'service' AND NOT unfit
  UNION ALL
  SELECT 10, format('GRANT %I TO %I', r.name, s.name) FROM role AS r, role AS s
  WHERE r.kind = 'runtime' AND s.kind = 'service' AND NOT r.unfit AND NOT s.unfit
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS a WHERE a.roleid = r.oid AND a.member = s.oid)
  UNION ALL
  SELECT 11, format('GRANT %I TO %I', name, current_user) FROM role
  WHERE kind = 'service' AND NOT unfit AND NOT coalesce(pg_has_role(oid, 'USAGE'), false)
  UNION ALL
  SELECT 12, format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), name) FROM role
  WHERE kind IN ('service', 'runtime') AND NOT unfit
    AND NOT coalesce(has_schema_privilege(oid, current_schema()::text, 'USAGE'), false)
  UNION ALL
  SELECT 13, format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())
  WHERE has_database_privilege('public', current_database()::text, 'TEMPORARY')
  UNION ALL
  SELECT 14, format('GRANT CREATE ON SCHEMA %I TO %I', current_schema(), current_user) FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname = current_schema() AND has_schema_privilege('public', n.nspname::text, 'CREATE')
    AND NOT pg_has_role(n.nspowner, 'USAGE') AND NOT EXISTS (SELECT FROM aclexplode(n.nspacl) AS a
      WHERE a.privilege_type = 'CREATE' AND a.grantee <> 0 AND pg_has_role(a.grantee, 'USAGE'))
  UNION ALL
  SELECT 15, format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema())
  WHERE has_schema_privilege('public', current_schema()::text, 'CREATE')
) AS m ORDER BY m.place, m.statement LOOP
    FOR try IN 1..20 LOOP
      BEGIN
        PERFORM set_config('citus.enable_ddl_propagation', CASE WHEN step.statement LIKE 'COMMENT %' THEN 'off' ELSE 'on' END, true);
        EXECUTE step.statement;
        PERFORM set_config('citus.enable_ddl_propagation', 'on', true);
        EXIT;
      EXCEPTION
        WHEN insufficient_privilege OR duplicate_object OR unique_violation OR undefined_object THEN
          EXIT;
        WHEN internal_error OR lock_not_available THEN
          PERFORM pg_sleep(0.05);
      END;
    END LOOP;
  END LOOP;
END $aura$
