// Prisma Client, as its users write it, on its adapter for node-postgres.
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import { CONNECTIONS, serve, url } from "./serve.mjs";
import { IDLE, ROLE, access, matches, read } from "./token.mjs";

const PAGE = 50;

const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: CONNECTIONS }) });

/** The live roles of a membership, with what they allow. */
const withRoles = {
  where: { role: { deletedAt: null } },
  include: { role: { include: { permissions: true } } },
};

const accessOf = (membership) =>
  access(
    membership.roles.map(({ role }) => role.key),
    membership.roles.flatMap(({ role }) => role.permissions.map(({ permission }) => permission)),
  );

await serve({
  a: ({ email }) => db.user.findFirst({ where: { email, deletedAt: null } }),

  async b({ user, application }) {
    const membership = await db.membership.findUnique({
      where: {
        applicationId_userId: { applicationId: application, userId: user },
        deletedAt: null,
        user: { deletedAt: null },
        application: { deletedAt: null },
      },
      include: { roles: withRoles },
    });
    return membership && accessOf(membership);
  },

  async c({ application, after }) {
    const found = await db.client.findMany({
      where: { applicationId: application, deletedAt: null, id: { gt: after } },
      orderBy: { id: "asc" },
      take: PAGE + 1,
    });
    return { clients: found.slice(0, PAGE), more: found.length > PAGE };
  },

  d({ email, application, admin }) {
    const now = new Date();
    const made = { createdAt: now, updatedAt: now };
    return db.$transaction(async (transaction) => {
      const user = await transaction.user.create({ data: { email, ...made } });
      const role = await transaction.role.findFirstOrThrow({
        where: { applicationId: application, key: ROLE, deletedAt: null, application: { deletedAt: null } },
      });
      const member = { applicationId: application, userId: user.id, ...made };
      await transaction.membership.create({ data: member });
      await transaction.membershipRole.create({ data: { ...member, roleId: role.id, grantedBy: admin } });
      return { user, roles: [role.key] };
    });
  },

  async e({ token }) {
    const known = read("aura_link", token);
    if (known === undefined) {
      return undefined;
    }
    const now = new Date();
    const live = { purpose: "magic_link", consumedAt: null, revokedAt: null, expiresAt: { gt: now } };
    const found = await db.verificationToken.findUnique({
      where: { id: known.id, ...live, user: { deletedAt: null, emailVerifiedAt: { not: null } } },
      include: { user: true },
    });
    if (found === null || !matches(known.hash, found.secretHash) || found.email !== found.user.email) {
      return undefined;
    }
    // Whoever is first has changed it; all others, nothing.
    const { count } = await db.verificationToken.updateMany({
      where: { id: known.id, ...live },
      data: { consumedAt: now, updatedAt: now },
    });
    return count === 1 ? found.user : undefined;
  },

  async f({ token }) {
    const known = read("aura_session", token);
    if (known === undefined) {
      return undefined;
    }
    const now = new Date();
    const found = await db.session.findUnique({
      where: {
        id: known.id,
        revokedAt: null,
        expiresAt: { gt: now },
        lastSeenAt: { gt: new Date(now - IDLE) },
        user: { deletedAt: null },
      },
      include: { user: true, membership: { include: { application: true, roles: withRoles } } },
    });
    if (found === null || !matches(known.hash, found.secretHash)) {
      return undefined;
    }
    const { user, membership, ...session } = found;
    const entered = membership?.deletedAt === null && membership.application.deletedAt === null;
    const since = session.rotatedAt ?? session.createdAt;
    return {
      session: { ...session, applicationId: entered ? session.applicationId : null },
      user,
      application: entered ? membership.application : null,
      access: entered ? accessOf(membership) : null,
      rotationDue: entered && membership.roles.some((given) => given.createdAt > since),
    };
  },
});
