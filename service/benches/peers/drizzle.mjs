// Drizzle's query builder in its ordinary form, nothing prepared: `node drizzle.mjs postgres` on postgres.js,
// `node drizzle.mjs pg` on node-postgres.
import { and, asc, eq, getTableColumns, gt, isNotNull, isNull } from "drizzle-orm";
import {
  applications,
  clients,
  membershipRoles,
  memberships,
  rolePermissions,
  roles,
  sessions,
  users,
  verificationTokens,
} from "./drizzle-schema.mjs";
import { CONNECTIONS, serve, url } from "./serve.mjs";
import { IDLE, ROLE, access, matches, read } from "./token.mjs";

const PAGE = 50;

/** On one of the two drivers, which is the only one that is loaded. */
async function connect(driver) {
  if (driver === "pg") {
    const [{ drizzle }, { default: pg }] = await Promise.all([import("drizzle-orm/node-postgres"), import("pg")]);
    return drizzle({ client: new pg.Pool({ connectionString: url, max: CONNECTIONS }), casing: "snake_case" });
  }
  const [{ drizzle }, { default: postgres }] = await Promise.all([
    import("drizzle-orm/postgres-js"),
    import("postgres"),
  ]);
  return drizzle({ client: postgres(url, { max: CONNECTIONS }), casing: "snake_case" });
}

const db = await connect(process.argv[2]);

/** The roles of a member and what they allow, and when each was given; nothing for who is none. */
async function given(application, user) {
  const rows = await db
    .select({ role: roles.key, permission: rolePermissions.permission, at: membershipRoles.createdAt })
    .from(memberships)
    .innerJoin(users, and(eq(users.id, memberships.userId), isNull(users.deletedAt)))
    .innerJoin(applications, and(eq(applications.id, memberships.applicationId), isNull(applications.deletedAt)))
    .leftJoin(
      membershipRoles,
      and(
        eq(membershipRoles.applicationId, memberships.applicationId),
        eq(membershipRoles.userId, memberships.userId),
      ),
    )
    .leftJoin(
      roles,
      and(
        eq(roles.applicationId, membershipRoles.applicationId),
        eq(roles.id, membershipRoles.roleId),
        isNull(roles.deletedAt),
      ),
    )
    .leftJoin(
      rolePermissions,
      and(eq(rolePermissions.applicationId, roles.applicationId), eq(rolePermissions.roleId, roles.id)),
    )
    .where(
      and(
        eq(memberships.applicationId, application),
        eq(memberships.userId, user),
        isNull(memberships.deletedAt),
      ),
    );
  if (rows.length === 0) {
    return undefined;
  }
  const there = (name) => rows.map((row) => row[name]).filter((value) => value !== null);
  return { access: access(there("role"), there("permission")), times: there("at") };
}

await serve({
  async a({ email }) {
    const [user] = await db
      .select()
      .from(users)
      .where(and(eq(users.email, email), isNull(users.deletedAt)))
      .limit(1);
    return user;
  },

  async b({ user, application }) {
    return (await given(application, user))?.access;
  },

  async c({ application, after }) {
    const found = await db
      .select()
      .from(clients)
      .where(and(eq(clients.applicationId, application), isNull(clients.deletedAt), gt(clients.id, after)))
      .orderBy(asc(clients.id))
      .limit(PAGE + 1);
    return { clients: found.slice(0, PAGE), more: found.length > PAGE };
  },

  d({ email, application, admin }) {
    const now = new Date();
    const made = { createdAt: now, updatedAt: now };
    return db.transaction(async (transaction) => {
      const [user] = await transaction.insert(users).values({ email, ...made }).returning();
      const [role] = await transaction
        .select(getTableColumns(roles))
        .from(roles)
        .innerJoin(applications, and(eq(applications.id, roles.applicationId), isNull(applications.deletedAt)))
        .where(and(eq(roles.applicationId, application), eq(roles.key, ROLE), isNull(roles.deletedAt)));
      if (role === undefined) {
        throw new Error("no such application or role");
      }
      const member = { applicationId: application, userId: user.id, ...made };
      await transaction.insert(memberships).values(member);
      await transaction.insert(membershipRoles).values({ ...member, roleId: role.id, grantedBy: admin });
      return { user, roles: [role.key] };
    });
  },

  async e({ token }) {
    const known = read("aura_link", token);
    if (known === undefined) {
      return undefined;
    }
    const now = new Date();
    const [user] = await db
      .update(verificationTokens)
      .set({ consumedAt: now, updatedAt: now })
      .from(users)
      .where(
        and(
          eq(verificationTokens.id, known.id),
          eq(verificationTokens.purpose, "magic_link"),
          eq(verificationTokens.secretHash, known.hash),
          isNull(verificationTokens.consumedAt),
          isNull(verificationTokens.revokedAt),
          gt(verificationTokens.expiresAt, now),
          eq(users.id, verificationTokens.userId),
          eq(users.email, verificationTokens.email),
          isNotNull(users.emailVerifiedAt),
          isNull(users.deletedAt),
        ),
      )
      .returning(getTableColumns(users));
    return user;
  },

  async f({ token }) {
    const known = read("aura_session", token);
    if (known === undefined) {
      return undefined;
    }
    const now = new Date();
    const [found] = await db
      .select({ session: sessions, user: users, application: applications })
      .from(sessions)
      .innerJoin(users, and(eq(users.id, sessions.userId), isNull(users.deletedAt)))
      .leftJoin(
        memberships,
        and(
          eq(memberships.applicationId, sessions.applicationId),
          eq(memberships.userId, sessions.userId),
          isNull(memberships.deletedAt),
        ),
      )
      .leftJoin(applications, and(eq(applications.id, memberships.applicationId), isNull(applications.deletedAt)))
      .where(
        and(
          eq(sessions.id, known.id),
          isNull(sessions.revokedAt),
          gt(sessions.expiresAt, now),
          gt(sessions.lastSeenAt, new Date(now - IDLE)),
        ),
      );
    if (found === undefined || !matches(known.hash, found.session.secretHash)) {
      return undefined;
    }
    const { session, user, application } = found;
    const member = application && (await given(application.id, user.id));
    const since = session.rotatedAt ?? session.createdAt;
    return {
      session: { ...session, applicationId: application?.id },
      user,
      application,
      access: member?.access,
      rotationDue: member?.times.some((at) => at > since) ?? false,
    };
  },
});
