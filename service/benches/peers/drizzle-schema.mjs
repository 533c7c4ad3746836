// The tables that the operations need, with all their columns, as Drizzle's users declare them.
import { customType, jsonb, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { newId } from "./keys.mjs";

const bytea = customType({ dataType: () => "bytea" });
const at = () => timestamp({ withTimezone: true });

const made = { createdAt: at().notNull(), updatedAt: at().notNull() };
const deleted = { deletedAt: at(), deletionId: uuid() };

// Drizzle takes a column's name from its key; the casing is set where it connects.
export const users = pgTable("users", {
  id: uuid().primaryKey().$defaultFn(newId),
  email: text().notNull(),
  username: text(),
  name: text(),
  givenName: text(),
  familyName: text(),
  picture: text(),
  emailVerifiedAt: at(),
  ...made,
  ...deleted,
});

export const applications = pgTable("applications", {
  id: uuid().primaryKey().$defaultFn(newId),
  publicId: text().notNull(),
  slug: text().notNull(),
  name: text().notNull(),
  description: text(),
  createdBy: uuid(),
  computeId: uuid(),
  ...made,
  ...deleted,
});

export const memberships = pgTable(
  "application_memberships",
  { applicationId: uuid().notNull(), userId: uuid().notNull(), email: text(), ...made, ...deleted },
  (table) => [primaryKey({ columns: [table.applicationId, table.userId] })],
);

export const roles = pgTable(
  "roles",
  {
    applicationId: uuid().notNull(),
    id: uuid().notNull().$defaultFn(newId),
    key: text().notNull(),
    name: text().notNull(),
    description: text(),
    ...made,
    ...deleted,
  },
  (table) => [primaryKey({ columns: [table.applicationId, table.id] })],
);

export const rolePermissions = pgTable(
  "role_permissions",
  { applicationId: uuid().notNull(), roleId: uuid().notNull(), permission: text().notNull(), ...made },
  (table) => [primaryKey({ columns: [table.applicationId, table.roleId, table.permission] })],
);

export const membershipRoles = pgTable(
  "membership_roles",
  {
    applicationId: uuid().notNull(),
    userId: uuid().notNull(),
    roleId: uuid().notNull(),
    grantedBy: uuid(),
    ...made,
  },
  (table) => [primaryKey({ columns: [table.applicationId, table.userId, table.roleId] })],
);

export const clients = pgTable(
  "clients",
  {
    applicationId: uuid().notNull(),
    id: uuid().notNull().$defaultFn(newId),
    name: text().notNull(),
    email: text(),
    phone: text(),
    metadata: jsonb().notNull(),
    createdBy: uuid(),
    ...made,
    ...deleted,
  },
  (table) => [primaryKey({ columns: [table.applicationId, table.id] })],
);

export const sessions = pgTable("sessions", {
  id: uuid().primaryKey().$defaultFn(newId),
  secretHash: bytea().notNull(),
  userId: uuid().notNull(),
  applicationId: uuid(),
  lastSeenAt: at().notNull(),
  expiresAt: at().notNull(),
  revokedAt: at(),
  ip: text(),
  userAgent: text(),
  ...made,
  rotatedAt: at(),
});

export const verificationTokens = pgTable("verification_tokens", {
  id: uuid().primaryKey().$defaultFn(newId),
  purpose: text().notNull(),
  secretHash: bytea().notNull(),
  userId: uuid().notNull(),
  email: text(),
  payload: jsonb().notNull(),
  expiresAt: at().notNull(),
  consumedAt: at(),
  revokedAt: at(),
  ...made,
});
