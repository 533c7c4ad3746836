// What the studio promises, tried in headless Chromium on a migrated and seeded database: `node test.mjs <name> [picture]`.
// The users show, deleted ones too; no secret shows; nothing can be changed; nobody comes in without the address.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [name, picture] = process.argv.slice(2);
const executablePath = [process.env.TEST_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    (path) => path && existsSync(path),
);
assert(executablePath, "no Chromium: set TEST_CHROMIUM, or apt-get install chromium");

const studio = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", new URL("studio.mjs", import.meta.url).pathname], {
    env: { ...process.env, STUDIO_BROWSER: "none", STUDIO_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
});
const profile = mkdtempSync(join(tmpdir(), "aura-studio-"));
try {
    const address = await started(studio);
    await strangersAreKeptOut(address);
    await nothingCanBeChanged(address);
    await secretsAreBlank(address);
    await pageShowsUsers(address);
} finally {
    studio.kill("SIGTERM");
    if (studio.exitCode === null) await once(studio, "exit");
    rmSync(profile, { recursive: true, force: true });
}
assert.equal(studio.exitCode, 0, "the studio ends in order");
console.log(`studio on ${name}: as promised`);

async function started(process) {
    let said = "";
    for await (const part of process.stdout) {
        said += part;
        const found = /studio: (\S+)/.exec(said);
        if (found) return found[1];
    }
    throw new Error(`the studio did not start: ${said}`);
}

async function strangersAreKeptOut(address) {
    const { origin } = new URL(address);
    assert.match(origin, /^http:\/\/127\.0\.0\.1:/);
    for (const path of ["/", "/query", "/page.js", `${new URL(address).pathname}../query`]) {
        const answer = await fetch(new URL(path, origin), { method: path.endsWith("query") ? "POST" : "GET" });
        assert.equal(answer.status, 404, path);
    }
}

/** What Prisma Studio's page sends. */
async function ask(address, sql, parameters = []) {
    const body = JSON.stringify({ procedure: "query", query: { sql, parameters } });
    const [error, rows] = await (await fetch(new URL("query", address), { method: "POST", body })).json();
    if (error) throw new Error(error.message || error.name || JSON.stringify(error));
    return rows;
}

async function nothingCanBeChanged(address) {
    const read = await ask(address, "SELECT count(*) AS n FROM users");
    assert(Number(read[0].n) >= 12, "the seeded users");
    const writes = [
        "UPDATE users SET name = 'changed'",
        "DELETE FROM users",
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('x', 0)",
        "DROP TABLE users",
        "CREATE TABLE more (id INTEGER)",
        ...(name === "sqlite"
            ? [
                  "PRAGMA writable_schema = ON",
                  "PRAGMA user_version = 7",
                  `ATTACH DATABASE '${profile}/other.db' AS other`,
                  `VACUUM INTO '${profile}/copy.db'`,
                  "SELECT * FROM user_passwords AS a FULL JOIN (SELECT 'x' AS password_hash) AS b USING (password_hash)",
                  "SELECT * FROM user_passwords AS a NATURAL/**/FULL JOIN (SELECT 'x' AS password_hash) AS b",
                  "SELECT count(*) FROM user_passwords JOIN (SELECT 'x' AS password_hash) USING(password_hash)",
              ]
            : [
                  "SELECT * FROM public.user_passwords",
                  "SELECT * FROM aura_wall.keys",
                  "SET ROLE aura_service",
                  "UPDATE public.users SET name = 'changed'",
                  "SET default_transaction_read_only = off; UPDATE users SET name = 'changed'",
                  "CREATE TEMPORARY TABLE more (id INTEGER)",
              ]),
    ];
    for (const sql of writes) await assert.rejects(ask(address, sql), `was not refused: ${sql}`);
    const after = await ask(address, "SELECT count(*) AS n FROM users WHERE name = 'changed'");
    assert.equal(Number(after[0].n), 0);
}

async function secretsAreBlank(address) {
    const columns =
        name === "sqlite"
            ? await ask(
                  address,
                  `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'`,
              )
            : await ask(
                  address,
                  `SELECT c.relname AS "table", a.attname AS "column" FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
                   WHERE c.relnamespace = 'aura_reader'::regnamespace AND a.attnum > 0`,
              );
    const secret = columns.filter(({ column }) => /secret|password|challenge/.test(column));
    assert.deepEqual([...new Set(secret.map(({ column }) => column))].sort(), ["challenge", "password_hash", "secret_hash"]);
    let rows = 0;
    for (const { table, column } of secret) {
        const found = await ask(address, `SELECT ${column} AS secret FROM ${table}`);
        rows += found.length;
        for (const { secret } of found) assert([null, "", "\\x"].includes(secret), `${table}.${column} shows ${secret}`);
    }
    assert(rows > 0, "no row with a secret to look at: the test needs one");
}

async function pageShowsUsers(address) {
    const quiet = ["disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"];
    const args = [...(process.getuid() === 0 ? ["--no-sandbox"] : []), ...quiet.map((flag) => `--${flag}`)];
    const browser = await chromium.launchPersistentContext(profile, { executablePath, args, viewport: { width: 1440, height: 640 } });
    try {
        const page = await browser.newPage();
        const elsewhere = [];
        const failed = [];
        page.on("request", (request) => request.url().startsWith(address) || elsewhere.push(request.url()));
        page.on("response", (response) => response.ok() || failed.push(response.url()));
        page.on("pageerror", (error) => failed.push(error.message));
        await page.goto(address);
        // Deleted, and shown.
        await page.getByText("luca.bianchi@example.com").waitFor({ timeout: 60_000 });
        await page.getByText("ada.lindqvist@example.com").waitFor();
        if (picture) await page.screenshot({ path: picture });
        await page.getByText("user_passwords", { exact: true }).click();
        await page.getByText("password_hash").first().waitFor();
        await page.waitForTimeout(1000);
        assert.doesNotMatch(await page.locator("body").innerText(), /\$argon2|\$2[aby]\$/);
        assert.deepEqual(failed, []);
        // Whatever the page wants from elsewhere (it would count its use) is refused by its policy before it goes out.
        for (const url of elsewhere) assert.match(url, /^(blob:|data:|https:\/\/checkpoint\.prisma\.io\/)/);
    } finally {
        await browser.close();
    }
}
