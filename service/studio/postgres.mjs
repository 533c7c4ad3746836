// PostgreSQL: through a login in the reader's group, which sees views without secrets and writes nothing.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import postgres from "postgres";
import { createPostgresJSExecutor } from "@prisma/studio-core/data/postgresjs";

export async function open(url, write) {
    const schema = process.env.DATABASE_SCHEMA || "public";
    if (write) {
        const sql = connect(url, {});
        return await opened(sql, url, { schema }, () => sql.end({ timeout: 1 }));
    }
    const given = process.env.DATABASE_URL_READER;
    if (given) {
        const sql = connect(given, {});
        const reader = await whereReaderLooks(sql, schema).catch(async (error) => {
            await sql.end();
            throw error;
        });
        if (reader.writes) {
            await sql.end();
            throw new Error("the login of DATABASE_URL_READER may write: give one that is in the reader's role and in no other");
        }
        return await opened(sql, given, { schema: reader.schema, tables: schema }, () => sql.end({ timeout: 1 }));
    }
    const owner = connect(url, { max: 1 });
    try {
        const reader = await whereReaderLooks(owner, schema);
        const login = await makeLogin(owner, reader);
        const sql = connect(url, login);
        const close = async () => {
            await sql.end({ timeout: 1 });
            await owner.unsafe(`DROP ROLE IF EXISTS ${login.username}`);
            await owner.end();
        };
        return await opened(sql, url, { schema: reader.schema, tables: schema }, close);
    } catch (error) {
        await owner.end();
        throw error;
    }
}

/** Not before the login has been seen to work. */
async function opened(sql, url, places, close) {
    try {
        await sql`SELECT 1`;
    } catch (error) {
        await close();
        throw error;
    }
    const { host, pathname } = new URL(url);
    return { backend: "postgres", ...places, name: `${host}${pathname}`, executor: createPostgresJSExecutor(sql), close };
}

/** A pool on `url`, its parameters as sqlx knows them. */
function connect(url, others) {
    const parameters = new URL(url).searchParams;
    const given = (...names) => names.map((name) => parameters.get(name)).find(Boolean);
    const mode = given("sslmode", "ssl-mode") ?? "prefer";
    const ca = given("sslrootcert", "ssl-root-cert", "ssl-ca");
    const verified = { ca: ca && readFileSync(ca), ...(mode === "verify-ca" && { checkServerIdentity: () => undefined }) };
    const bare = new URL(url);
    bare.search = "";
    return postgres(bare.toString(), {
        max: 4,
        ...(given("host") && { host: given("host") }),
        ssl: mode === "disable" ? false : mode.startsWith("verify") ? verified : mode,
        connect_timeout: 10,
        onnotice: () => {},
        ...others,
    });
}

/** The reader's role, the schema of its views, and whether the present login may write to the tables behind them. */
async function whereReaderLooks(sql, schema) {
    const [found] = await sql`
        SELECT o.rolname AS role, n.nspname AS schema, current_database() AS database,
            has_table_privilege(t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes
        FROM pg_catalog.pg_class AS t
        JOIN pg_catalog.pg_namespace AS s ON s.oid = t.relnamespace
        JOIN pg_catalog.pg_policy AS y ON y.polrelid = t.oid AND y.polname = 'reader'
        JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles)
        JOIN pg_catalog.pg_depend AS d ON d.refobjid = t.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
            AND d.classid = 'pg_catalog.pg_rewrite'::regclass
        JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
        JOIN pg_catalog.pg_class AS v ON v.oid = w.ev_class AND v.relkind = 'v' AND v.relname = t.relname
        JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
        WHERE t.relname = 'users' AND s.nspname = ${schema} AND has_table_privilege(o.oid, v.oid, 'SELECT')
        LIMIT 1`;
    if (!found) {
        throw new Error(
            `schema ${schema} has no views for the reader: run \`make db-migrate\`; if they are still missing, ` +
                "`cargo run -p migration -- roles` says why",
        );
    }
    return found;
}

/** A login of the reader, for as long as this runs and for twelve hours at most. The server is told no password. */
async function makeLogin(owner, { role, schema, database }) {
    const username = `aura_studio_${randomBytes(4).toString("hex")}`;
    const password = randomBytes(24).toString("base64url");
    const quoted = (name) => `"${name.replaceAll('"', '""')}"`;
    await sweep(owner);
    try {
        await owner.begin(async (sql) => {
            const [{ until }] = await sql`SELECT (now() + '12 hours')::text AS until`;
            await sql.unsafe(
                `CREATE ROLE ${username} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '${verifier(password)}' VALID UNTIL '${until}' IN ROLE ${quoted(role)}`,
            );
            await sql.unsafe(`ALTER ROLE ${username} IN DATABASE ${quoted(database)} SET search_path = ${quoted(schema)}`);
            await sql.unsafe(`ALTER ROLE ${username} SET default_transaction_read_only = on`);
        });
    } catch (error) {
        if (error.code !== "42501") throw error;
        throw new Error(
            `this login may not make one for the reader (${error.message}). Have an administrator run\n` +
                `  CREATE ROLE studio LOGIN PASSWORD '…' IN ROLE ${quoted(role)};\n` +
                `  ALTER ROLE studio IN DATABASE ${quoted(database)} SET search_path = ${quoted(schema)};\n` +
                "and set DATABASE_URL_READER to a URL with that login",
        );
    }
    return { username, password };
}

/** Logins that a killed studio left behind; their passwords hold no longer. */
async function sweep(owner) {
    const left = await owner`
        SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '^aura_studio_[0-9a-f]{8}$' AND rolvaliduntil < now()`;
    for (const { rolname } of left) await owner.unsafe(`DROP ROLE IF EXISTS ${rolname}`).catch(() => {});
}

/** What PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5803): given this, it need not be told the password. */
function verifier(password) {
    const [rounds, salt] = [4096, randomBytes(16)];
    const salted = pbkdf2Sync(password, salt, rounds, 32, "sha256");
    const keyed = (name) => createHmac("sha256", salted).update(name).digest();
    const stored = createHash("sha256").update(keyed("Client Key")).digest("base64");
    return `SCRAM-SHA-256$${rounds}:${salt.toString("base64")}$${stored}:${keyed("Server Key").toString("base64")}`;
}
