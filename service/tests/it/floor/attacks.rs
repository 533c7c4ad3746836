//! Hostile statements: what a caller could run who wants another tenant's rows, or harm.
//!
//! `{a.…}` is of the attacker's tenant, `{b.…}` of the other: `app`, `user`, `client`, `role`, `email`; `{a.other}` is a member
//! without a role, `{a.gone}` one who left. `{runtime}`, `{service}`, `{reader}`, `{owner}` are roles. `{token}` is the
//! attacker's signature, `{expired}` one of the other tenant that has expired. What belongs to the other tenant has THEIRS in
//! it; an attack that learns a fact says THEIRS when it is true, one that learns how many rows there are COUNTED.

/// A way to try it.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// One or several statements, run in the open transaction.
    pub(crate) sql: &'static str,
    /// The first version of `PostgreSQL` that has what it uses.
    pub(crate) since: u32,
}

const fn attack(name: &'static str, sql: &'static str) -> Attack {
    Attack {
        name,
        sql,
        since: 14,
    }
}

pub(crate) const ATTACKS: &[Attack] = &[
    // Reading.
    attack("read all", "SELECT name FROM clients"),
    attack(
        "read by id",
        "SELECT name FROM clients WHERE id = {b.client}",
    ),
    attack(
        "read by application",
        "SELECT name FROM clients WHERE application_id = {b.app}",
    ),
    attack(
        "read with OR true",
        "SELECT name FROM clients WHERE application_id = {a.app} OR true",
    ),
    attack(
        "read by join",
        "SELECT c.name FROM applications AS a JOIN clients AS c ON c.application_id <> {a.app}",
    ),
    attack(
        "read by subselect",
        "SELECT (SELECT string_agg(name, ',') FROM clients WHERE application_id <> {a.app})",
    ),
    attack(
        "read by lateral",
        "SELECT x.name FROM application_memberships AS m, LATERAL (SELECT name FROM clients) AS x",
    ),
    attack(
        "read by a materialised CTE",
        "WITH x AS MATERIALIZED (SELECT * FROM clients) SELECT x::text FROM x",
    ),
    attack("read as JSON", "SELECT to_jsonb(c) FROM clients AS c"),
    attack(
        "read by a function that runs a query",
        "SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', name) FROM clients')",
    ),
    attack(
        "read by a cursor",
        "DECLARE c CURSOR FOR SELECT name FROM clients; FETCH ALL FROM c",
    ),
    attack(
        "read by a prepared statement",
        "PREPARE p AS SELECT name FROM clients; EXECUTE p",
    ),
    attack("read by COPY", "COPY (SELECT name FROM clients) TO STDOUT"),
    attack("read by COPY of the table", "COPY clients TO STDOUT"),
    attack(
        "read by an error",
        "SELECT name::integer FROM clients WHERE name LIKE 'THEIRS%'",
    ),
    attack(
        "learn by a condition",
        "SELECT 'THEIRS' FROM clients WHERE CASE WHEN name LIKE 'THEIRS%' THEN true END",
    ),
    attack(
        "count",
        "SELECT repeat('THEIRS', (count(*) > 1)::integer) FROM clients",
    ),
    attack(
        "lock to read",
        "SELECT name FROM clients WHERE application_id = {b.app} FOR UPDATE",
    ),
    attack("read mail", "SELECT subject, body FROM emails"),
    attack(
        "search mail",
        "SELECT subject FROM emails WHERE to_tsvector('simple', body) @@ 'theirs'::tsquery",
    ),
    attack("read the audit", "SELECT detail FROM audit_details"),
    attack(
        "read members",
        "SELECT 'THEIRS' FROM application_memberships WHERE user_id = {b.user}",
    ),
    attack("read people", "SELECT name FROM users"),
    attack(
        "read a person by id",
        "SELECT name FROM users WHERE id = {b.user}",
    ),
    attack("read applications", "SELECT name FROM applications"),
    attack(
        "read sessions",
        "SELECT 'THEIRS' FROM sessions WHERE user_id = {b.user}",
    ),
    attack(
        "read the reader's views",
        "SELECT name FROM aura_reader.clients",
    ),
    attack(
        "row security off",
        "SET LOCAL row_security = off; SELECT name FROM clients",
    ),
    attack(
        "read statistics",
        "SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'clients'",
    ),
    attack("read what others run", "SELECT query FROM pg_stat_activity"),
    attack(
        "count by EXPLAIN",
        "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexonlyscan = off; \
         EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT 1 FROM clients WHERE name = 'x'",
    ),
    attack(
        "count by what the server gathers",
        "SELECT 'COUNTED' FROM pg_stat_all_tables WHERE relname = 'clients' AND n_live_tup > 1",
    ),
    attack(
        "count by what the planner knows",
        "SELECT 'COUNTED' FROM pg_class WHERE relname = 'clients' AND relkind = 'r' AND reltuples > 1",
    ),
    // A MERGE that names no column of its table needs no right to read it, and the policies of reading are left out.
    Attack {
        since: 15,
        ..attack(
            "count by MERGE",
            "SET LOCAL app.rows = '0'; MERGE INTO clients USING (SELECT 1) AS one ON true WHEN MATCHED AND \
             set_config('app.rows', (current_setting('app.rows')::integer + 1)::text, true) = '' THEN UPDATE SET name = 'mine'; \
             SELECT repeat('COUNTED', (current_setting('app.rows')::integer > 1)::integer)",
        )
    },
    attack(
        "probe a known id by a foreign key",
        "INSERT INTO clients (application_id, name, created_by) VALUES ({a.app}, 'x', {b.user}) RETURNING 'THEIRS'",
    ),
    // Secrets.
    attack(
        "secrets of sessions",
        "SELECT encode(secret_hash, 'hex') FROM sessions",
    ),
    attack(
        "secrets of tokens",
        "SELECT encode(secret_hash, 'hex') FROM verification_tokens",
    ),
    attack(
        "secrets of invitations",
        "SELECT encode(secret_hash, 'hex') FROM invitations",
    ),
    attack("passwords", "SELECT password_hash FROM user_passwords"),
    attack("challenges of domains", "SELECT challenge FROM domains"),
    attack(
        "the key",
        "SELECT encode(inner_block, 'hex') FROM aura_wall.keys",
    ),
    // Writing.
    attack(
        "change by id",
        "UPDATE clients SET name = 'mine' WHERE id = {b.client}",
    ),
    attack("change all", "UPDATE clients SET name = 'mine'"),
    attack(
        "delete",
        "DELETE FROM clients WHERE application_id = {b.app}",
    ),
    attack(
        "delete in a CTE",
        "WITH d AS (DELETE FROM email_recipients WHERE application_id <> {a.app} RETURNING address) SELECT address FROM d",
    ),
    attack(
        "insert",
        "INSERT INTO clients (application_id, name) VALUES ({b.app}, 'mine')",
    ),
    attack(
        "upsert",
        "INSERT INTO clients (application_id, id, name) VALUES ({b.app}, {b.client}, 'mine') \
         ON CONFLICT (application_id, id) DO UPDATE SET name = 'mine'",
    ),
    attack(
        "push a row over",
        "UPDATE clients SET application_id = {b.app} WHERE application_id = {a.app}",
    ),
    attack(
        "pull a row over",
        "UPDATE mailboxes SET application_id = {a.app}, domain_id = {a.domain} WHERE application_id = {b.app}",
    ),
    attack(
        "change another user",
        "UPDATE users SET email = 'mine@example.org' WHERE id = {b.user}",
    ),
    attack(
        "revoke sessions",
        "UPDATE sessions SET revoked_at = now() WHERE user_id = {b.user}",
    ),
    attack(
        "open a session",
        "INSERT INTO sessions (user_id, secret_hash, expires_at) VALUES ({b.user}, sha256('x'), now() + interval '1 day')",
    ),
    attack(
        "set a password",
        "UPDATE user_passwords SET password_hash = 'mine'",
    ),
    attack("empty a table", "TRUNCATE clients CASCADE"),
    // Access.
    attack(
        "join the other application",
        "INSERT INTO application_memberships (application_id, user_id) VALUES ({b.app}, {a.user})",
    ),
    attack(
        "take a person in",
        "INSERT INTO application_memberships (application_id, user_id) VALUES ({a.app}, {b.user}); SELECT name FROM users",
    ),
    attack(
        "rewrite a membership",
        "UPDATE application_memberships SET user_id = {b.user} WHERE user_id = {a.other}; SELECT name FROM users",
    ),
    attack(
        "bring back who left",
        "UPDATE application_memberships SET deleted_at = NULL, deletion_id = NULL WHERE user_id = {a.gone}",
    ),
    attack(
        "grant a role",
        "INSERT INTO membership_roles (application_id, user_id, role_id) VALUES ({a.app}, {a.other}, {a.role})",
    ),
    attack(
        "widen a role",
        "INSERT INTO role_permissions (application_id, role_id, permission) VALUES ({a.app}, {a.role}, '*')",
    ),
    attack(
        "make an invitation one's own",
        "UPDATE invitations SET secret_hash = sha256('mine') WHERE application_id = {a.app}",
    ),
    attack(
        "prove a domain",
        "UPDATE domains SET verified_at = now() WHERE application_id = {a.app}",
    ),
    attack(
        "change one's own address",
        "UPDATE users SET email = 'mine@example.org' WHERE id = {a.user}",
    ),
    attack(
        "take away the trace",
        "DELETE FROM audit_details WHERE application_id = {a.app}",
    ),
    // The schema.
    attack(
        "switch row security off",
        "ALTER TABLE clients DISABLE ROW LEVEL SECURITY; SELECT name FROM clients",
    ),
    attack(
        "add a policy",
        "CREATE POLICY mine ON clients USING (true); SELECT name FROM clients",
    ),
    attack("drop a table", "DROP TABLE client_users CASCADE"),
    attack("make a table", "CREATE TABLE public.mine (id integer)"),
    attack(
        "make a view",
        "CREATE VIEW public.mine AS SELECT name FROM clients; SELECT * FROM public.mine",
    ),
    attack(
        "make a function",
        "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT $1'",
    ),
    attack("make a schema", "CREATE SCHEMA mine"),
    attack(
        "make a trigger",
        "CREATE TRIGGER mine BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ),
    attack("grant to everybody", "GRANT SELECT ON clients TO PUBLIC"),
    attack("store a large object", "SELECT lo_from_bytea(0, 'mine')"),
    // Roles and settings.
    attack("RESET ROLE", "RESET ROLE; SELECT name FROM clients"),
    attack(
        "RESET ROLE and the tenant",
        "RESET ROLE; RESET app.application_id; SELECT name FROM clients",
    ),
    attack(
        "SET ROLE NONE and the tenant",
        "SET ROLE NONE; SET LOCAL app.application_id = ''; SELECT name FROM clients",
    ),
    attack(
        "SET ROLE service",
        "SET ROLE {service}; SET LOCAL app.application_id = ''; SELECT name FROM clients",
    ),
    attack(
        "SET ROLE runtime",
        "SET ROLE {runtime}; SET LOCAL app.application_id = {b.app}; SELECT name FROM clients",
    ),
    attack(
        "SET ROLE reader",
        "SET ROLE {reader}; SELECT name FROM aura_reader.clients",
    ),
    attack(
        "SET ROLE owner",
        "SET ROLE {owner}; SELECT name FROM clients",
    ),
    attack(
        "set_config of the role",
        "SELECT set_config('role', 'none', true), set_config('app.application_id', '', true); SELECT name FROM clients",
    ),
    attack(
        "SET SESSION AUTHORIZATION DEFAULT",
        "SET SESSION AUTHORIZATION DEFAULT; SET LOCAL app.application_id = ''; SELECT name FROM clients",
    ),
    attack(
        "SET SESSION AUTHORIZATION owner",
        "SET SESSION AUTHORIZATION {owner}; SELECT name FROM clients",
    ),
    attack(
        "set the tenant",
        "SET LOCAL app.application_id = {b.app}; SELECT name FROM clients",
    ),
    attack(
        "set the tenant inside a SELECT",
        "WITH s AS MATERIALIZED (SELECT set_config('app.application_id', {b.app}, true) AS tenant) \
         SELECT (SELECT string_agg(c.name, ',') FROM clients AS c WHERE s.tenant <> '') FROM s",
    ),
    attack("RESET ALL", "RESET ALL; SELECT name FROM clients"),
    attack("COMMIT and go on", "COMMIT; SELECT name FROM clients"),
    attack("ROLLBACK and go on", "ROLLBACK; SELECT name FROM clients"),
    attack(
        "COMMIT AND CHAIN",
        "COMMIT AND CHAIN; SELECT name FROM clients",
    ),
    attack(
        "a transaction of one's own",
        "ABORT; BEGIN; SET LOCAL app.application_id = {b.app}; SELECT name FROM clients",
    ),
    attack(
        "DO",
        "DO $$ BEGIN PERFORM set_config('app.application_id', {b.app}, true); UPDATE clients SET name = 'mine'; END $$",
    ),
    attack(
        "another search path",
        "SET LOCAL search_path = aura_reader, public; SELECT name FROM clients",
    ),
    attack(
        "an unsigned tenant",
        "SET LOCAL app.tenant = {b.app}; SELECT name FROM clients",
    ),
    attack(
        "one's own signature on another tenant",
        "SET LOCAL app.tenant = {forged}; SELECT name FROM clients",
    ),
    attack(
        "a signature with a code of zeros",
        "SET LOCAL app.tenant = {zeros}; SELECT name FROM clients",
    ),
    attack(
        "an expired signature",
        "SET LOCAL app.tenant = {expired}; SELECT name FROM clients",
    ),
    attack(
        "sign",
        "SELECT set_config('app.tenant', aura_wall.sign({b.app}, 99999999999), true); SELECT name FROM clients",
    ),
    attack("replace the key", "SELECT aura_wall.rotate_key(true)"),
    attack("forget the key", "DELETE FROM aura_wall.keys"),
    // Left for whoever has the connection next.
    attack(
        "leave a temporary table",
        "CREATE TEMPORARY TABLE clients (LIKE public.clients INCLUDING ALL); COMMIT",
    ),
    attack(
        "leave a search path",
        "SET SESSION search_path = pg_catalog; COMMIT",
    ),
    attack(
        "leave read-only",
        "SET SESSION default_transaction_read_only = on; COMMIT",
    ),
    attack(
        "leave a statement under the driver's name",
        "COMMIT; DEALLOCATE sqlx_s_1; PREPARE sqlx_s_1 (uuid) AS SELECT 'forged for ' || $1::text AS name",
    ),
    attack(
        "leave a statement and a tenant",
        "COMMIT; SELECT set_config('app.application_id', {a.app}, false); DEALLOCATE sqlx_s_1; \
         PREPARE sqlx_s_1 (uuid) AS SELECT set_config('app.application_id', $1::text, false) AS name",
    ),
    attack("leave a role", "SET SESSION ROLE {runtime}; COMMIT"),
    attack(
        "a setting of the login",
        "RESET ROLE; ALTER ROLE SESSION_USER SET default_transaction_read_only = on; COMMIT",
    ),
    attack(
        "a password of the login",
        "RESET ROLE; ALTER ROLE SESSION_USER PASSWORD 'mine'; COMMIT",
    ),
    // Harm.
    attack(
        "lock a table",
        "LOCK TABLE clients IN ACCESS EXCLUSIVE MODE",
    ),
    attack(
        "lock out migrations",
        "SELECT pg_advisory_xact_lock(hashtextextended('migrations of public', 0))",
    ),
    attack(
        "end others of the login",
        "RESET ROLE; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = session_user AND pid <> pg_backend_pid()",
    ),
];
