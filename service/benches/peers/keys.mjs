// What is asked for: computed from a number, the same here as where the benchmark fills its tables (`hot/fill.rs`), so that
// nobody has to read a key first.
import { createHash, randomUUID } from "node:crypto";

const USERS = 100_000;
const APPLICATIONS = 1_000;
const PLACES = 3;
const SESSIONS = 100_000;
const LINKS = 100_000;
/** The client that a page begins after: with those that are deleted, half-way through an application's. */
const LAST_BEFORE_PAGE = 210;

const [USER, APPLICATION, CLIENT, LINK, SESSION] = [1, 2, 4, 5, 6];

const hex = (number, digits) => number.toString(16).padStart(digits, "0");
const id = (kind, number) => `${hex(kind, 8)}-0000-7000-8000-${hex(number, 12)}`;

/** A token as its bearer has it: the id of its row, and its secret. */
function token(kind, number, prefix, name) {
  const row = Buffer.from(id(kind, number).replaceAll("-", ""), "hex");
  const secret = createHash("sha256").update(`${name} ${number}`).digest();
  return `${prefix}_${Buffer.concat([row, secret]).toString("base64url")}`;
}

/** Keys that are text, once they are made. */
const texts = {};
const all = (count, make) => Array.from({ length: count }, (_, number) => make(number));

/** Makes what an operation asks for that takes a while, so that it is there before anything is measured. */
export function prepare(operation) {
  switch (operation) {
    case "a":
      texts.a ??= all(USERS, (number) => `user${number}@example.com`);
      break;
    case "e":
      texts.e ??= all(LINKS, (number) => token(LINK, number, "aura_link", "link"));
      break;
    case "f":
      texts.f ??= all(SESSIONS, (number) => token(SESSION, number, "aura_session", "session"));
      break;
  }
}

/** Numbers at random below a bound, the same in every run (xorshift). */
export function draw(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/**
 * What to ask next, of a prepared operation. `number`: how many were asked before in this window, by all workers. Nothing:
 * the links are used up.
 */
export function ask(operation, below, window, number) {
  switch (operation) {
    case "a":
      return { email: texts.a[below(USERS)] };
    case "b": {
      const user = below(USERS);
      const application = (user * 7 + below(PLACES) * 331) % APPLICATIONS;
      return { user: id(USER, user), application: id(APPLICATION, application) };
    }
    case "c": {
      const application = below(APPLICATIONS);
      const after = id(CLIENT, application + LAST_BEFORE_PAGE * APPLICATIONS);
      return { application: id(APPLICATION, application), after };
    }
    case "d": {
      const application = below(APPLICATIONS);
      return {
        email: `new-${window}-${number}@example.com`,
        application: id(APPLICATION, application),
        // Who owns it, and grants the role.
        admin: id(USER, (application * 143) % APPLICATIONS),
      };
    }
    case "e":
      return number < LINKS ? { token: texts.e[number] } : undefined;
    case "f":
      return { token: texts.f[below(SESSIONS)] };
    default:
      throw new Error(`what is ${operation}?`);
  }
}

/** An id for a new row: a UUID of version 7 (RFC 9562), as its table's others are. */
export function newId() {
  const now = hex(Date.now(), 12);
  return `${now.slice(0, 8)}-${now.slice(8)}-7${randomUUID().slice(15)}`;
}
