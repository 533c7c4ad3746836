// What each stack of Node does the same way, since no ORM does it: reading a token, and what roles allow.
import { createHash, timingSafeEqual } from "node:crypto";

/** How long a session lasts without being used, as the service has it by default. */
export const IDLE = 7 * 24 * 60 * 60 * 1000;
/** The role that who signs up gets. */
export const ROLE = "member";

/** The row that a token names, and the hash that the row must hold; nothing for what is no such token. */
export function read(prefix, token) {
  const body = Buffer.from(token.slice(prefix.length + 1), "base64url");
  if (!token.startsWith(`${prefix}_`) || body.length !== 48) {
    return undefined;
  }
  const row = body.toString("hex", 0, 16);
  const id = `${row.slice(0, 8)}-${row.slice(8, 12)}-${row.slice(12, 16)}-${row.slice(16, 20)}-${row.slice(20)}`;
  return { id, hash: createHash("sha256").update(body.subarray(16)).digest() };
}

/** Whether a row holds that hash, in a time that tells nothing of it. */
export const matches = (hash, held) => held.length === hash.length && timingSafeEqual(hash, held);

/** Roles and permissions, each once and in order. */
export const access = (roles, permissions) => ({
  roles: [...new Set(roles)].sort(),
  permissions: [...new Set(permissions)].sort(),
});
