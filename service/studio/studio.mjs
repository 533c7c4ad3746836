// Started by ./studio, which says what it is.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { open as openPostgres } from "./postgres.mjs";
import { serve } from "./server.mjs";
import { open as openSqlite } from "./sqlite.mjs";

try {
    if (existsSync(".env")) process.loadEnvFile(".env");
    await run();
    process.exit(0);
} catch (error) {
    console.error(`error: ${error.message}`);
    process.exit(1);
}

async function run() {
    const url = process.env.DATABASE_URL || "sqlite://aura.db";
    const write = process.env.STUDIO_WRITE === "1";
    const database = await choose(url)(url, write);
    try {
        const ended = new Promise((end) => ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.once(signal, end)));
        const server = await serve(database, Number(process.env.STUDIO_PORT ?? 5555));
        console.log(
            write
                ? `WARNING: ${database.name} with secrets, and what you change is changed, past every rule of the service`
                : `${database.name}, read-only, without secrets; what is deleted is shown`,
        );
        console.log(`studio: ${server.address} (end it with Ctrl+C)`);
        show(server.address);
        await ended;
        await server.close();
    } finally {
        await database.close();
    }
}

function choose(url) {
    if (/^postgres(ql)?:/.test(url)) return openPostgres;
    if (url.startsWith("sqlite:")) return openSqlite;
    throw new Error("DATABASE_URL begins with neither postgres: nor sqlite:");
}

/** In the browser of whoever sits here, if somebody does. */
function show(address) {
    const program = process.platform === "darwin" ? "open" : "xdg-open";
    const nobody = process.platform !== "darwin" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
    if (process.env.STUDIO_BROWSER === "none" || nobody) return;
    spawn(program, [address], { stdio: "ignore", detached: true }).on("error", () => {}).unref();
}
