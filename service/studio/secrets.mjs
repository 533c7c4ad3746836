/** Columns that are shown blank: those that the reader's views of PostgreSQL leave blank too. */
export const SECRETS = new Set(["secret_hash", "password_hash", "challenge"]);
