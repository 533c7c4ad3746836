// The line protocol between the benchmark and a stack. On standard input, one request a line:
//
//   ask ID OPERATION KEYS                       answers once; KEYS are JSON
//   prepare ID OPERATION                        makes the keys of windows
//   run ID OPERATION WORKERS WARM_MS MEASURE_MS WINDOW   measures a window
//
// and on standard output one line of JSON for each, `{"id", "answer"}`, `{"id", "window"}` or `{"id", "error"}`, in the order
// in which they are done. The server's URL is in the environment, where no other user of the machine reads it.
import { createInterface } from "node:readline";
import { prepare } from "./keys.mjs";
import { measure } from "./measure.mjs";

/** The server. */
export const url = process.env.PEER_DATABASE_URL;
/** Connections of a stack. */
export const CONNECTIONS = 16;

/** Answers for a stack, an object of operations `a` to `f`, until the benchmark goes. */
export async function serve(stack) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, id, operation, ...rest] = line.split(" ");
    // Not waited for: many may be asked at once.
    done(stack, command, operation, rest).then(
      (said) => say({ id: Number(id), ...said }),
      (error) => say({ id: Number(id), error: String(error?.cause ?? error) }),
    );
  }
  process.exit(0);
}

async function done(stack, command, operation, rest) {
  switch (command) {
    case "ask":
      return { answer: plain(await stack[operation](JSON.parse(rest.join(" ")))) };
    case "prepare":
      return { prepared: prepare(operation) ?? null };
    case "run":
      return { window: await measure(stack[operation], operation, ...rest.map(Number)) };
    default:
      throw new Error(`what is ${command}?`);
  }
}

const say = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);

/** An answer as JSON that Rust reads: columns by the names that the database has for them, and bytes as numbers. */
function plain(value) {
  if (value instanceof Date || value === null || typeof value !== "object") {
    return value ?? null;
  }
  if (value instanceof Uint8Array || Array.isArray(value)) {
    return Array.from(value, plain);
  }
  const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snake(name), plain(inner)]));
}
