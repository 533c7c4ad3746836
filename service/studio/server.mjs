// The web server: the page, and what the page asks of the database. On loopback, under an address that nobody can guess, so
// that neither other users of the machine nor other pages in the browser come in.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { serializeError } from "@prisma/studio-core/data/bff";

const HEADERS = {
    "Cache-Control": "no-store",
    // Nothing goes out: Prisma Studio counts its use otherwise.
    "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
};

/**
 * Serves `database` until `close` is called. `port` 0 is any that is free, and so is one that is taken.
 *
 * @returns {Promise<{ address: string, close: () => Promise<void> }>}
 */
export async function serve(database, port) {
    const prefix = `/${randomBytes(16).toString("base64url")}/`;
    const answers = {
        [`GET ${prefix}`]: async () => ["text/html; charset=utf-8", html(prefix, database)],
        [`GET ${prefix}page.js`]: async () => ["text/javascript", await readFile(new URL("page/page.js", import.meta.url))],
        [`GET ${prefix}page.css`]: async () => ["text/css", await readFile(new URL("page/page.css", import.meta.url))],
        [`POST ${prefix}query`]: async (request) => {
            const asked = JSON.parse(await text(request));
            return ["application/json", JSON.stringify(await answer(database.executor, asked), plain)];
        },
    };
    const server = createServer(async (request, response) => {
        try {
            const found = answers[`${request.method} ${request.url.split("?")[0]}`];
            if (!found) return response.writeHead(404, HEADERS).end();
            const [type, body] = await found(request);
            response.writeHead(200, { ...HEADERS, "Content-Type": type }).end(body);
        } catch {
            response.writeHead(400, HEADERS).end();
        }
    });
    await listen(server, port);
    return {
        address: `http://127.0.0.1:${server.address().port}${prefix}`,
        close: () =>
            new Promise((closed) => {
                server.close(closed);
                server.closeAllConnections();
            }),
    };
}

function listen(server, port) {
    return new Promise((listening, failed) => {
        server.once("error", (error) => {
            if (error.code !== "EADDRINUSE" || port === 0) return failed(error);
            server.listen(0, "127.0.0.1", listening);
        });
        server.listen(port, "127.0.0.1", listening);
    });
}

async function text(request) {
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts).toString();
}

/** What Prisma Studio asks: one query, two of which the second may fail, some in a transaction, or whether SQL is valid. */
async function answer(executor, asked) {
    const told = ([error, ...found]) => (error ? [serializeError(error)] : [null, ...found]);
    switch (asked.procedure) {
        case "query":
            return told(await executor.execute(asked.query, { schema: asked.schema }));
        case "transaction":
            return told(await executor.executeTransaction(asked.queries, { schema: asked.schema }));
        case "sequence": {
            const first = told(await executor.execute(asked.sequence[0]));
            return first[0] ? [first] : [first, told(await executor.execute(asked.sequence[1]))];
        }
        case "sql-lint":
            if (executor.lintSql) return told(await executor.lintSql(asked));
        // fall through
        default:
            return [serializeError(new Error("not offered here"))];
    }
}

/** Bytes as PostgreSQL writes them; integers beyond 2^53 as text. */
function plain(_key, value) {
    if (typeof value === "bigint") return value.toString();
    if (value?.type === "Buffer") return `\\x${Buffer.from(value.data).toString("hex")}`;
    if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
    return value;
}

function html(prefix, { backend, schema, tables }) {
    const quoted = (value) => value.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    const behind = tables ? ` data-tables="${quoted(tables)}"` : "";
    return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><base href="${prefix}"><title>Studio</title><link rel="stylesheet" href="page.css">
<style>html, body, #root { height: 100%; margin: 0 }</style></head>
<body><div id="root" data-backend="${backend}" data-schema="${quoted(schema)}"${behind}></div>
<script type="module" src="page.js"></script></body>
</html>`;
}
