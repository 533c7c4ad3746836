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
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = wall) THEN
    IF NOT has_database_privilege(current_database()::text, 'CREATE') THEN
      RETURN;
    END IF;
    EXECUTE 'CREATE SCHEMA ' || wall;
  ELSIF NOT (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = wall) THEN
    RAISE EXCEPTION 'the schema % belongs to somebody else: rename it, or give it to this login', wall
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('COMMENT ON SCHEMA %s IS %L', wall, 'What tenants are signed with: nobody may look in');
  EXECUTE replace(replace(replace($aura_sql$
CREATE TABLE IF NOT EXISTS {wall}.keys (
  id uuid CONSTRAINT keys_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  inner_block bytea NOT NULL CONSTRAINT keys_inner_block_check CHECK (octet_length(inner_block) = 64),
  outer_block bytea NOT NULL CONSTRAINT keys_outer_block_check CHECK (octet_length(outer_block) = 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  retires_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS keys_current_key ON {wall}.keys ((retires_at IS NULL)) WHERE retires_at IS NULL;
ALTER TABLE {wall}.keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE {wall}.keys FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS owner ON {wall}.keys;
CREATE POLICY owner ON {wall}.keys
  USING ((SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = {keys}::regclass))
  WITH CHECK ((SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = {keys}::regclass));
CREATE OR REPLACE FUNCTION {wall}.block(key bytea, pad integer) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  block bytea := key || decode(repeat('00', 64 - octet_length(key)), 'hex');
BEGIN
  FOR i IN 0..63 LOOP
    block := set_byte(block, i, get_byte(block, i) # pad);
  END LOOP;
  RETURN block;
END $aura_body$;
CREATE OR REPLACE FUNCTION {wall}.add_key() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  key bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
BEGIN
  INSERT INTO {wall}.keys (inner_block, outer_block)
  SELECT {wall}.block(key, 54), {wall}.block(key, 92)
  WHERE NOT EXISTS (SELECT 1 FROM {wall}.keys WHERE retires_at IS NULL);
END $aura_body$;
SELECT {wall}.add_key();
CREATE OR REPLACE FUNCTION {wall}.rotate_key(at_once boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $aura_body$
BEGIN
  LOCK TABLE {wall}.keys IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM {wall}.keys WHERE at_once OR retires_at <= now();
  UPDATE {wall}.keys SET retires_at = now() + interval '1 hour' WHERE retires_at IS NULL;
  PERFORM {wall}.add_key();
END $aura_body$;
CREATE OR REPLACE FUNCTION {wall}.signed() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  setting text := current_setting('app.tenant', true);
  message bytea;
  given bytea;
  key record;
  valid boolean := false;
BEGIN
  IF setting IS NULL OR octet_length(setting) > 113 OR setting !~
    '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[.][0-9]{1,11}[.][0-9a-f]{64}$'
  THEN
    RETURN NULL;
  END IF;
  message := convert_to(left(setting, -65), 'UTF8');
  given := decode(right(setting, 64), 'hex');
  FOR key IN SELECT inner_block, outer_block FROM {wall}.keys WHERE retires_at IS NULL OR retires_at > now() LOOP
    valid := sha256(key.outer_block || given)
      = sha256(key.outer_block || sha256(key.outer_block || sha256(key.inner_block || message))) OR valid;
  END LOOP;
  IF NOT valid OR split_part(setting, '.', 2)::bigint <= extract(epoch FROM now()) THEN
    RETURN NULL;
  END IF;
  RETURN left(setting, 36)::uuid;
END $aura_body$;
CREATE OR REPLACE FUNCTION {wall}.sign(tenant uuid, expires_at bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  latest bigint := extract(epoch FROM now() + interval '1 hour');
  message text := tenant || '.' || greatest(least(expires_at, latest), 0);
BEGIN
  RETURN (
    SELECT message || '.' || encode(sha256(outer_block || sha256(inner_block || convert_to(message, 'UTF8'))), 'hex')
    FROM {wall}.keys WHERE retires_at IS NULL);
END $aura_body$;
COMMENT ON TABLE {wall}.keys IS 'What tenants are signed with: HMAC-SHA256';
COMMENT ON COLUMN {wall}.keys.inner_block IS 'The key, filled up with zeros, XOR 0x36';
COMMENT ON COLUMN {wall}.keys.outer_block IS 'The key, filled up with zeros, XOR 0x5c';
COMMENT ON COLUMN {wall}.keys.created_at IS 'When the key was made';
COMMENT ON COLUMN {wall}.keys.retires_at IS 'Until then a key that was replaced verifies; NULL: it is the one that signs';
COMMENT ON FUNCTION {wall}.signed() IS 'The tenant that app.tenant proves; NULL when it proves none';
COMMENT ON FUNCTION {wall}.sign(uuid, bigint) IS
  'What app.tenant is set to, valid until so many seconds since 1970, at most 1 hour from now';
COMMENT ON FUNCTION {wall}.rotate_key(boolean) IS 'A new key; the one before it verifies for 1 hour unless at once'
$aura_sql$, '{wall}', wall), '{tables}', tables), '{keys}', quote_literal(wall || '.keys'));
  FOR statement IN
    WITH s AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = wall),
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
  IF service IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %1$s TO %2$s; GRANT EXECUTE ON FUNCTION %1$s.sign(uuid, bigint) TO %2$s', wall, service);
  END IF;
  -- No USAGE: the policies call the function, and nobody else needs to.
  IF guest IS NOT NULL THEN
    EXECUTE format('GRANT EXECUTE ON FUNCTION %1$s.signed() TO %2$s; GRANT USAGE ON SCHEMA %3$s TO %2$s', wall, guest, tables);
  END IF;
  -- Functions of triggers are run whoever may call them.
  FOR statement IN
    SELECT format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', p.oid::regprocedure) FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema() AND p.proname LIKE 'aura\_%' AND p.prorettype = 'trigger'::regtype
      AND pg_has_role(p.proowner, 'USAGE')
  LOOP
    EXECUTE statement;
  END LOOP;
END $aura$
