// SQLite: the file itself, opened read-only, with every statement asked what it is about to do.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { constants, DatabaseSync } from "node:sqlite";
import { createNodeSQLiteExecutor } from "@prisma/studio-core/data/node-sqlite";
import { SECRETS } from "./secrets.mjs";

const HARMLESS = new Set([
    constants.SQLITE_SELECT,
    constants.SQLITE_FUNCTION,
    constants.SQLITE_RECURSIVE,
    constants.SQLITE_TRANSACTION,
    constants.SQLITE_SAVEPOINT,
]);
/** Those that tell how tables are made. */
const TELLING = /^(table_(x?info|list)|index_(x?info|list)|foreign_key_list)$/i;

/**
 * SQLite does not ask about columns that a join merges by their name: FULL JOIN … USING would show what is hidden, the others let it be
 * guessed. Looked for in the whole text, so that no comment or quote hides them.
 */
const MERGING = /\b(full|natural|using)\b/i;

export async function open(url, write) {
    const path = resolve(decodeURIComponent(url.replace(/^sqlite:(\/\/)?/, "").replace(/\?.*$/, "")));
    if (!existsSync(path)) throw new Error(`there is no ${path}: run \`make db-migrate\` or \`make db-seed\` first`);
    const database = new DatabaseSync(path, { readOnly: !write, timeout: 5000 });
    if (!write) database.setAuthorizer(may);
    return {
        backend: "sqlite",
        schema: "main",
        name: path,
        executor: withIds(write ? createNodeSQLiteExecutor(database) : withoutMerging(createNodeSQLiteExecutor(database))),
        close: async () => database.close(),
    };
}

/** Nothing but reading; what is secret reads as NULL. */
function may(action, table, column) {
    if (action === constants.SQLITE_READ) {
        return SECRETS.has(column) ? constants.SQLITE_IGNORE : constants.SQLITE_OK;
    }
    if (action === constants.SQLITE_PRAGMA) {
        return TELLING.test(table) ? constants.SQLITE_OK : constants.SQLITE_DENY;
    }
    return HARMLESS.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY;
}

function withoutMerging({ execute, executeTransaction }) {
    const refused = [new Error("FULL, NATURAL and USING are not offered here: write ON, and a LEFT JOIN")];
    const merges = ({ sql }) => MERGING.test(sql);
    return {
        execute: async (query) => (merges(query) ? refused : execute(query)),
        executeTransaction: async (queries) => (queries.some(merges) ? refused : executeTransaction(queries)),
    };
}

/** Ids are 16 bytes here; people read, write and look for UUIDs. */
function withIds({ execute, executeTransaction }) {
    const asked = (query) => ({ ...query, parameters: query.parameters.map(bytes) });
    const told = (rows) => rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, uuid(value)])));
    return {
        execute: async (query) => {
            const [error, rows] = await execute(asked(query));
            return error ? [error] : [null, told(rows)];
        },
        executeTransaction: async (queries) => {
            const [error, all] = await executeTransaction(queries.map(asked));
            return error ? [error] : [null, all.map(told)];
        },
    };
}

function bytes(value) {
    const written = typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
    return written ? Buffer.from(value.replaceAll("-", ""), "hex") : value;
}

function uuid(value) {
    if (!(value instanceof Uint8Array) || value.length !== 16) return value;
    return Buffer.from(value).toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
