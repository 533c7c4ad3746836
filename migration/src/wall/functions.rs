//! The key of the wall, and the functions that sign and verify with it.
//!
//! HMAC-SHA256 ([RFC 2104]) by `sha256()` of `PostgreSQL` itself: no extension. What is kept are the two blocks that the
//! key gives, so that each call hashes and computes no block.
//!
//! [RFC 2104]: https://www.rfc-editor.org/rfc/rfc2104

/// How long a signature lives at most, and a key that was replaced goes on verifying: so no rotation voids a signature.
pub const LIFETIME: &str = "1 hour";

/// The statements that make the table of keys and the functions in the schema `{wall}`; a second time they change nothing.
pub(super) fn statements() -> String {
    [KEYS, BLOCK, ADD_KEY, ROTATE, SIGNED, SIGN, COMMENTS]
        .join(";\n")
        .replace("{lifetime}", LIFETIME)
}

/// Nobody is granted it, and forced row-level security has a policy for its owner alone: a later GRANT on all tables of
/// the schema opens nothing.
const KEYS: &str = "\
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
  WITH CHECK ((SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = {keys}::regclass))";

const BLOCK: &str = "\
CREATE OR REPLACE FUNCTION {wall}.block(key bytea, pad integer) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  block bytea := key || decode(repeat('00', 64 - octet_length(key)), 'hex');
BEGIN
  FOR i IN 0..63 LOOP
    block := set_byte(block, i, get_byte(block, i) # pad);
  END LOOP;
  RETURN block;
END $aura_body$";

/// Three random uuids are 366 bits of the server's strong randomness; the hash gathers them in 32 bytes.
const ADD_KEY: &str = "\
CREATE OR REPLACE FUNCTION {wall}.add_key() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  key bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
BEGIN
  INSERT INTO {wall}.keys (inner_block, outer_block)
  SELECT {wall}.block(key, 54), {wall}.block(key, 92)
  WHERE NOT EXISTS (SELECT 1 FROM {wall}.keys WHERE retires_at IS NULL);
END $aura_body$;
SELECT {wall}.add_key()";

const ROTATE: &str = "\
CREATE OR REPLACE FUNCTION {wall}.rotate_key(at_once boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $aura_body$
BEGIN
  LOCK TABLE {wall}.keys IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM {wall}.keys WHERE at_once OR retires_at <= now();
  UPDATE {wall}.keys SET retires_at = now() + interval '{lifetime}' WHERE retires_at IS NULL;
  PERFORM {wall}.add_key();
END $aura_body$";

/// Never raises: what is not a valid signature is no tenant. The length first, so that nothing long is matched. Both
/// codes are hashed with the key before they are compared: what an early exit tells is about a hash that nobody can steer.
/// Expiry is held against the transaction's begin, so that none loses its tenant, and with it its rows, on its way.
const SIGNED: &str = "\
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
END $aura_body$";

const SIGN: &str = "\
CREATE OR REPLACE FUNCTION {wall}.sign(tenant uuid, expires_at bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $aura_body$
DECLARE
  latest bigint := extract(epoch FROM now() + interval '{lifetime}');
  message text := tenant || '.' || greatest(least(expires_at, latest), 0);
BEGIN
  RETURN (
    SELECT message || '.' || encode(sha256(outer_block || sha256(inner_block || convert_to(message, 'UTF8'))), 'hex')
    FROM {wall}.keys WHERE retires_at IS NULL);
END $aura_body$";

const COMMENTS: &str = "\
COMMENT ON TABLE {wall}.keys IS 'What tenants are signed with: HMAC-SHA256';
COMMENT ON COLUMN {wall}.keys.inner_block IS 'The key, filled up with zeros, XOR 0x36';
COMMENT ON COLUMN {wall}.keys.outer_block IS 'The key, filled up with zeros, XOR 0x5c';
COMMENT ON COLUMN {wall}.keys.created_at IS 'When the key was made';
COMMENT ON COLUMN {wall}.keys.retires_at IS 'Until then a key that was replaced verifies; NULL: it is the one that signs';
COMMENT ON FUNCTION {wall}.signed() IS 'The tenant that app.tenant proves; NULL when it proves none';
COMMENT ON FUNCTION {wall}.sign(uuid, bigint) IS
  'What app.tenant is set to, valid until so many seconds since 1970, at most {lifetime} from now';
COMMENT ON FUNCTION {wall}.rotate_key(boolean) IS 'A new key; the one before it verifies for {lifetime} unless at once'";
