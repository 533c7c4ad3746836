\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET search_path = "public";
DO $$ BEGIN
  IF NOT pg_try_advisory_lock(hashtextextended('migrations of ' || current_schema(), 0)) THEN
    RAISE EXCEPTION 'another migrator is at work';
  END IF;
END $$;
CREATE TABLE IF NOT EXISTS "seaql_migrations" ( "version" varchar NOT NULL PRIMARY KEY, "applied_at" bigint NOT NULL );
DO $$ DECLARE
  role text;
BEGIN
  FOR role IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE n.nspname = current_schema() AND c.relname = 'seaql_migrations' AND pg_has_role(c.relowner, 'USAGE')
      AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %I FROM %s', 'seaql_migrations', role);
  END LOOP;
END $$;
CREATE TABLE IF NOT EXISTS "_aura_migrations" ("version" text NOT NULL PRIMARY KEY, "checksum" text NOT NULL);
DO $$ DECLARE
  role text;
BEGIN
  FOR role IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE n.nspname = current_schema() AND c.relname = '_aura_migrations' AND pg_has_role(c.relowner, 'USAGE')
      AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %I FROM %s', '_aura_migrations', role);
  END LOOP;
END $$;

-- [1/25] m20261121_000001_create_functions
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000001_create_functions', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000001_create_functions', 'fd901308103a3e46787d7154f96389d6dd5cd049937c0a2a60638256ef52d311') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [2/25] m20261121_000002_create_users
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "users" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "email" text NOT NULL,
  "username" text,
  "name" text,
  "given_name" text,
  "family_name" text,
  "picture" text,
  "email_verified_at" timestamptz,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "users_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT "users_username_check" CHECK (length("username") BETWEEN 2 AND 64 AND "username" COLLATE "C" ~ '^[a-z0-9][a-z0-9._-]*$'),
  CONSTRAINT "users_name_check" CHECK (length("name") BETWEEN 1 AND 200),
  CONSTRAINT "users_given_name_check" CHECK (length("given_name") BETWEEN 1 AND 200),
  CONSTRAINT "users_family_name_check" CHECK (length("family_name") BETWEEN 1 AND 200),
  CONSTRAINT "users_picture_check" CHECK (length("picture") BETWEEN 1 AND 2048),
  CONSTRAINT "users_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_reference_table('"users"');
CREATE INDEX "users_deletion_id_idx" ON "users" ("deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "users_deleted_at_idx" ON "users" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "users_email_live_key" ON "users" ("email") WHERE "deleted_at" IS NULL;
CREATE UNIQUE INDEX "users_username_live_key" ON "users" ("username") WHERE "deleted_at" IS NULL;
COMMENT ON TABLE "users" IS 'A global identity: a person or a service that can sign in';
COMMENT ON COLUMN "users"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "users"."email" IS 'Where the user is reached; canonical, unique among live users';
COMMENT ON COLUMN "users"."username" IS 'A name to sign in with; canonical, unique among live users';
COMMENT ON COLUMN "users"."name" IS 'What the user is called, in full';
COMMENT ON COLUMN "users"."given_name" IS 'First name';
COMMENT ON COLUMN "users"."family_name" IS 'Last name';
COMMENT ON COLUMN "users"."picture" IS 'URL of a portrait';
COMMENT ON COLUMN "users"."email_verified_at" IS 'When the user proved to own the e-mail address';
COMMENT ON COLUMN "users"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "users"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "users"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "users"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
CREATE TABLE "user_passwords" (
  "user_id" uuid NOT NULL,
  "password_hash" text NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "user_passwords_pkey" PRIMARY KEY ("user_id"),
  CONSTRAINT "user_passwords_password_hash_check" CHECK (length("password_hash") BETWEEN 1 AND 1024)
);
SELECT create_distributed_table('"user_passwords"', 'user_id', colocate_with => 'none');
ALTER TABLE "user_passwords" ADD CONSTRAINT "user_passwords_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE;
COMMENT ON TABLE "user_passwords" IS 'The password of a user who has one';
COMMENT ON COLUMN "user_passwords"."user_id" IS 'Whose password it is';
COMMENT ON COLUMN "user_passwords"."password_hash" IS 'Hash with its parameters and salt (PHC string), never the password';
COMMENT ON COLUMN "user_passwords"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "user_passwords"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000002_create_users', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000002_create_users', '696b725cddf3f768902c20991843bf519b12fa6e0f26f4dfb487d4568710c27f') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [3/25] m20261121_000003_create_applications
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "applications" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "public_id" text NOT NULL,
  "slug" text NOT NULL,
  "name" text NOT NULL,
  "description" text,
  "created_by" uuid,
  "compute_id" uuid,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "applications_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "applications_public_id_check" CHECK ("public_id" COLLATE "C" ~ '^[A-Za-z0-9]{10,20}$'),
  CONSTRAINT "applications_slug_check" CHECK (length("slug") BETWEEN 1 AND 63 AND "slug" COLLATE "C" ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT "applications_name_check" CHECK (length("name") BETWEEN 1 AND 200),
  CONSTRAINT "applications_description_check" CHECK (length("description") BETWEEN 1 AND 2000),
  CONSTRAINT "applications_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_reference_table('"applications"');
CREATE INDEX "applications_deletion_id_idx" ON "applications" ("deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "applications_deleted_at_idx" ON "applications" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "applications_public_id_key" ON "applications" ("public_id");
CREATE UNIQUE INDEX "applications_slug_live_key" ON "applications" ("slug") WHERE "deleted_at" IS NULL;
COMMENT ON TABLE "applications" IS 'The security boundary: an organization, a workspace, a tenant';
COMMENT ON COLUMN "applications"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "applications"."public_id" IS 'The id to show to the world: 10 to 20 letters and digits, never used again';
COMMENT ON COLUMN "applications"."slug" IS 'The name in addresses; canonical, unique among live applications';
COMMENT ON COLUMN "applications"."name" IS 'What people call it';
COMMENT ON COLUMN "applications"."description" IS 'What it is for';
COMMENT ON COLUMN "applications"."created_by" IS 'The user who made it; no reference, the user may be gone';
COMMENT ON COLUMN "applications"."compute_id" IS 'The compute that serves it, where tenants are placed';
COMMENT ON COLUMN "applications"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "applications"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "applications"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "applications"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000003_create_applications', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000003_create_applications', '3d5b19fef86a3f4aec6daed50776f2bac9499d5dfd0ecb2e4f9e34fee9e852fc') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [4/25] m20261121_000004_create_application_memberships
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "application_memberships" (
  "application_id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "email" text,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "application_memberships_pkey" PRIMARY KEY ("application_id", "user_id"),
  CONSTRAINT "application_memberships_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT "application_memberships_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_distributed_table('"application_memberships"', 'application_id', colocate_with => 'none');
ALTER TABLE "application_memberships" ADD CONSTRAINT "application_memberships_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE CASCADE;
ALTER TABLE "application_memberships" ADD CONSTRAINT "application_memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE;
CREATE INDEX "application_memberships_application_id_deletion_id_idx" ON "application_memberships" ("application_id", "deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "application_memberships_deleted_at_idx" ON "application_memberships" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "application_memberships_user_id_idx" ON "application_memberships" ("user_id");
COMMENT ON TABLE "application_memberships" IS 'A user''s visa to one application';
COMMENT ON COLUMN "application_memberships"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "application_memberships"."user_id" IS 'The member';
COMMENT ON COLUMN "application_memberships"."email" IS 'The address that the member uses in this application, if another';
COMMENT ON COLUMN "application_memberships"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "application_memberships"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "application_memberships"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "application_memberships"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000004_create_application_memberships', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000004_create_application_memberships', '9ce19c7cba3bd77f833dd95d027875b983684d6d121ad565397f2fd69ecf5178') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [5/25] m20261121_000005_create_roles
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "roles" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "key" text NOT NULL,
  "name" text NOT NULL,
  "description" text,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "roles_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "roles_key_check" CHECK (length("key") BETWEEN 1 AND 63 AND "key" COLLATE "C" ~ '^[a-z][a-z0-9_-]*$'),
  CONSTRAINT "roles_name_check" CHECK (length("name") BETWEEN 1 AND 200),
  CONSTRAINT "roles_description_check" CHECK (length("description") BETWEEN 1 AND 2000),
  CONSTRAINT "roles_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_distributed_table('"roles"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "roles" ADD CONSTRAINT "roles_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE CASCADE;
CREATE INDEX "roles_application_id_deletion_id_idx" ON "roles" ("application_id", "deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "roles_deleted_at_idx" ON "roles" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "roles_application_id_key_live_key" ON "roles" ("application_id", "key") WHERE "deleted_at" IS NULL;
COMMENT ON TABLE "roles" IS 'A named set of permissions inside one application';
COMMENT ON COLUMN "roles"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "roles"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "roles"."key" IS 'What code calls it (owner, admin, member, …); unique among live roles of the application';
COMMENT ON COLUMN "roles"."name" IS 'What people call it';
COMMENT ON COLUMN "roles"."description" IS 'What it is for';
COMMENT ON COLUMN "roles"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "roles"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "roles"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "roles"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
CREATE TABLE "role_permissions" (
  "application_id" uuid NOT NULL,
  "role_id" uuid NOT NULL,
  "permission" text NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "role_permissions_pkey" PRIMARY KEY ("application_id", "role_id", "permission"),
  CONSTRAINT "role_permissions_permission_check" CHECK (length("permission") BETWEEN 1 AND 128 AND "permission" COLLATE "C" ~ '^(\*|(\*|[a-z][a-z0-9_]*)\.(\*|[a-z][a-z0-9_]*))$')
);
SELECT create_distributed_table('"role_permissions"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "role_permissions" ADD CONSTRAINT "role_permissions_application_id_role_id_fkey" FOREIGN KEY ("application_id", "role_id") REFERENCES "roles" ("application_id", "id") ON DELETE CASCADE;
COMMENT ON TABLE "role_permissions" IS 'What a role may do';
COMMENT ON COLUMN "role_permissions"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "role_permissions"."role_id" IS 'The role';
COMMENT ON COLUMN "role_permissions"."permission" IS 'resource.action; * stands for any, in either part or alone';
COMMENT ON COLUMN "role_permissions"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "role_permissions"."updated_at" IS 'When the row was last changed, by anyone';
CREATE TABLE "membership_roles" (
  "application_id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "role_id" uuid NOT NULL,
  "granted_by" uuid,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "membership_roles_pkey" PRIMARY KEY ("application_id", "user_id", "role_id")
);
SELECT create_distributed_table('"membership_roles"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "membership_roles" ADD CONSTRAINT "membership_roles_application_id_user_id_fkey" FOREIGN KEY ("application_id", "user_id") REFERENCES "application_memberships" ("application_id", "user_id") ON DELETE CASCADE;
ALTER TABLE "membership_roles" ADD CONSTRAINT "membership_roles_application_id_role_id_fkey" FOREIGN KEY ("application_id", "role_id") REFERENCES "roles" ("application_id", "id") ON DELETE CASCADE;
CREATE INDEX "membership_roles_application_id_role_id_idx" ON "membership_roles" ("application_id", "role_id");
COMMENT ON TABLE "membership_roles" IS 'The roles of a member';
COMMENT ON COLUMN "membership_roles"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "membership_roles"."user_id" IS 'The member';
COMMENT ON COLUMN "membership_roles"."role_id" IS 'The role';
COMMENT ON COLUMN "membership_roles"."granted_by" IS 'The user who granted it; no reference, the user may be gone';
COMMENT ON COLUMN "membership_roles"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "membership_roles"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000005_create_roles', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000005_create_roles', 'ea43767e5a188a71013b1d07ee10fa2d36d67cf7a644a474f7a0205df375cd8f') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [6/25] m20261121_000006_create_clients
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "clients" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "name" text NOT NULL,
  "email" text,
  "phone" text,
  "metadata" jsonb NOT NULL DEFAULT '{}',
  "created_by" uuid,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "clients_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "clients_name_check" CHECK (length("name") BETWEEN 1 AND 200),
  CONSTRAINT "clients_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT "clients_phone_check" CHECK (length("phone") BETWEEN 1 AND 64),
  CONSTRAINT "clients_metadata_check" CHECK (jsonb_typeof("metadata") = 'object'),
  CONSTRAINT "clients_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_distributed_table('"clients"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "clients" ADD CONSTRAINT "clients_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE CASCADE;
ALTER TABLE "clients" ADD CONSTRAINT "clients_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "users" ("id") ON DELETE SET NULL;
CREATE INDEX "clients_application_id_deletion_id_idx" ON "clients" ("application_id", "deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "clients_deleted_at_idx" ON "clients" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "clients_application_id_name_id_idx" ON "clients" ("application_id", "name", "id");
CREATE INDEX "clients_application_id_created_at_id_idx" ON "clients" ("application_id", "created_at", "id");
CREATE INDEX "clients_created_by_idx" ON "clients" ("created_by");
COMMENT ON TABLE "clients" IS 'A customer record of one application';
COMMENT ON COLUMN "clients"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "clients"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "clients"."name" IS 'What the client is called';
COMMENT ON COLUMN "clients"."email" IS 'Where the client is reached; canonical';
COMMENT ON COLUMN "clients"."phone" IS 'As people write it';
COMMENT ON COLUMN "clients"."metadata" IS 'What the application keeps about the client beside the columns';
COMMENT ON COLUMN "clients"."created_by" IS 'The user who made the record; NULL once that user is gone';
COMMENT ON COLUMN "clients"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "clients"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "clients"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "clients"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
CREATE TABLE "client_users" (
  "application_id" uuid NOT NULL,
  "client_id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "client_users_pkey" PRIMARY KEY ("application_id", "client_id", "user_id")
);
SELECT create_distributed_table('"client_users"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "client_users" ADD CONSTRAINT "client_users_application_id_client_id_fkey" FOREIGN KEY ("application_id", "client_id") REFERENCES "clients" ("application_id", "id") ON DELETE CASCADE;
ALTER TABLE "client_users" ADD CONSTRAINT "client_users_application_id_user_id_fkey" FOREIGN KEY ("application_id", "user_id") REFERENCES "application_memberships" ("application_id", "user_id") ON DELETE CASCADE;
CREATE INDEX "client_users_application_id_user_id_idx" ON "client_users" ("application_id", "user_id");
COMMENT ON TABLE "client_users" IS 'Which members look after a client';
COMMENT ON COLUMN "client_users"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "client_users"."client_id" IS 'The client';
COMMENT ON COLUMN "client_users"."user_id" IS 'The member';
COMMENT ON COLUMN "client_users"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "client_users"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000006_create_clients', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000006_create_clients', 'a30444147e1dd3ea58d184b2b6264a9d636a9a961f97294e3b8dbe3339ea0d1b') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [7/25] m20261121_000007_create_verification_tokens
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "verification_tokens" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "purpose" text NOT NULL,
  "secret_hash" bytea NOT NULL,
  "user_id" uuid NOT NULL,
  "email" text,
  "payload" jsonb NOT NULL DEFAULT '{}',
  "expires_at" timestamptz NOT NULL,
  "consumed_at" timestamptz,
  "revoked_at" timestamptz,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "verification_tokens_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "verification_tokens_purpose_check" CHECK ("purpose" IN ('email_verification', 'password_reset', 'magic_link', 'email_change')),
  CONSTRAINT "verification_tokens_secret_hash_check" CHECK (octet_length("secret_hash") = 32),
  CONSTRAINT "verification_tokens_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT "verification_tokens_payload_check" CHECK (jsonb_typeof("payload") = 'object'),
  CONSTRAINT "verification_tokens_email_change_check" CHECK (purpose <> 'email_change' OR email IS NOT NULL),
  CONSTRAINT "verification_tokens_expiry_check" CHECK (expires_at > created_at)
);
SELECT create_distributed_table('"verification_tokens"', 'id', colocate_with => 'none');
ALTER TABLE "verification_tokens" ADD CONSTRAINT "verification_tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE;
CREATE INDEX "verification_tokens_user_id_purpose_idx" ON "verification_tokens" ("user_id", "purpose");
CREATE INDEX "verification_tokens_expires_at_idx" ON "verification_tokens" ("expires_at");
COMMENT ON TABLE "verification_tokens" IS 'A single-use, expiring intent: verify an address, reset a password, sign in by link';
COMMENT ON COLUMN "verification_tokens"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "verification_tokens"."purpose" IS 'What it may be used for, and nothing else';
COMMENT ON COLUMN "verification_tokens"."secret_hash" IS 'SHA-256 of the secret part of the token; the secret is stored nowhere';
COMMENT ON COLUMN "verification_tokens"."user_id" IS 'Whose intent it is';
COMMENT ON COLUMN "verification_tokens"."email" IS 'The address that it was sent to or is about';
COMMENT ON COLUMN "verification_tokens"."payload" IS 'What the purpose needs besides';
COMMENT ON COLUMN "verification_tokens"."expires_at" IS 'From this instant on it is void';
COMMENT ON COLUMN "verification_tokens"."consumed_at" IS 'When it was used; it is then void';
COMMENT ON COLUMN "verification_tokens"."revoked_at" IS 'When it was taken back; it is then void';
COMMENT ON COLUMN "verification_tokens"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "verification_tokens"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000007_create_verification_tokens', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000007_create_verification_tokens', '34538ffaa65d72a646524d73103e293f4a4c9f39940e9b7c545e935810e3da01') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [8/25] m20261121_000008_create_invitations
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "invitations" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "email" text NOT NULL,
  "secret_hash" bytea NOT NULL,
  "invited_by" uuid,
  "expires_at" timestamptz NOT NULL,
  "accepted_at" timestamptz,
  "revoked_at" timestamptz,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "invitations_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "invitations_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT "invitations_secret_hash_check" CHECK (octet_length("secret_hash") = 32),
  CONSTRAINT "invitations_expiry_check" CHECK (expires_at > created_at)
);
SELECT create_distributed_table('"invitations"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE CASCADE;
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_invited_by_fkey" FOREIGN KEY ("invited_by") REFERENCES "users" ("id") ON DELETE SET NULL;
CREATE UNIQUE INDEX "invitations_application_id_email_pending_key" ON "invitations" ("application_id", "email") WHERE "accepted_at" IS NULL AND "revoked_at" IS NULL;
CREATE INDEX "invitations_expires_at_idx" ON "invitations" ("expires_at");
CREATE INDEX "invitations_email_idx" ON "invitations" ("email");
CREATE INDEX "invitations_invited_by_idx" ON "invitations" ("invited_by");
COMMENT ON TABLE "invitations" IS 'An offer of membership, sent by e-mail';
COMMENT ON COLUMN "invitations"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "invitations"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "invitations"."email" IS 'Who is invited; canonical, one pending invitation each';
COMMENT ON COLUMN "invitations"."secret_hash" IS 'SHA-256 of the secret part of the token; the secret is stored nowhere';
COMMENT ON COLUMN "invitations"."invited_by" IS 'The user who invites; NULL once that user is gone';
COMMENT ON COLUMN "invitations"."expires_at" IS 'From this instant on it is void';
COMMENT ON COLUMN "invitations"."accepted_at" IS 'When it was accepted';
COMMENT ON COLUMN "invitations"."revoked_at" IS 'When it was taken back; it is then void';
COMMENT ON COLUMN "invitations"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "invitations"."updated_at" IS 'When the row was last changed, by anyone';
CREATE TABLE "invitation_roles" (
  "application_id" uuid NOT NULL,
  "invitation_id" uuid NOT NULL,
  "role_id" uuid NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "invitation_roles_pkey" PRIMARY KEY ("application_id", "invitation_id", "role_id")
);
SELECT create_distributed_table('"invitation_roles"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "invitation_roles" ADD CONSTRAINT "invitation_roles_application_id_invitation_id_fkey" FOREIGN KEY ("application_id", "invitation_id") REFERENCES "invitations" ("application_id", "id") ON DELETE CASCADE;
ALTER TABLE "invitation_roles" ADD CONSTRAINT "invitation_roles_application_id_role_id_fkey" FOREIGN KEY ("application_id", "role_id") REFERENCES "roles" ("application_id", "id") ON DELETE CASCADE;
CREATE INDEX "invitation_roles_application_id_role_id_idx" ON "invitation_roles" ("application_id", "role_id");
COMMENT ON TABLE "invitation_roles" IS 'The roles that a new member gets by accepting';
COMMENT ON COLUMN "invitation_roles"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "invitation_roles"."invitation_id" IS 'The invitation';
COMMENT ON COLUMN "invitation_roles"."role_id" IS 'The role';
COMMENT ON COLUMN "invitation_roles"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "invitation_roles"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000008_create_invitations', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000008_create_invitations', '57883402328c1cfa0cf48d1854dba04cf68f57b810a338317819c1b6c5f9d6b9') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [9/25] m20261121_000009_create_sessions
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "sessions" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "secret_hash" bytea NOT NULL,
  "user_id" uuid NOT NULL,
  "application_id" uuid,
  "last_seen_at" timestamptz NOT NULL DEFAULT now(),
  "expires_at" timestamptz NOT NULL,
  "revoked_at" timestamptz,
  "ip" text,
  "user_agent" text,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "sessions_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "sessions_secret_hash_check" CHECK (octet_length("secret_hash") = 32),
  CONSTRAINT "sessions_ip_check" CHECK (length("ip") BETWEEN 2 AND 45),
  CONSTRAINT "sessions_user_agent_check" CHECK (length("user_agent") BETWEEN 1 AND 512),
  CONSTRAINT "sessions_expiry_check" CHECK (expires_at > created_at)
);
SELECT create_distributed_table('"sessions"', 'id', colocate_with => 'none');
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE;
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE SET NULL;
CREATE INDEX "sessions_expires_at_idx" ON "sessions" ("expires_at");
CREATE INDEX "sessions_user_id_idx" ON "sessions" ("user_id");
CREATE INDEX "sessions_application_id_idx" ON "sessions" ("application_id");
COMMENT ON TABLE "sessions" IS 'A signed-in user, optionally inside one application';
COMMENT ON COLUMN "sessions"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "sessions"."secret_hash" IS 'SHA-256 of the secret part of the token; the secret is stored nowhere';
COMMENT ON COLUMN "sessions"."user_id" IS 'Who is signed in';
COMMENT ON COLUMN "sessions"."application_id" IS 'The application that is open; NULL: none';
COMMENT ON COLUMN "sessions"."last_seen_at" IS 'When it was last used, to about a minute';
COMMENT ON COLUMN "sessions"."expires_at" IS 'From this instant on it is void, however often it is used';
COMMENT ON COLUMN "sessions"."revoked_at" IS 'When it was ended; it is then void';
COMMENT ON COLUMN "sessions"."ip" IS 'The address that it was opened from';
COMMENT ON COLUMN "sessions"."user_agent" IS 'The program that it was opened with';
COMMENT ON COLUMN "sessions"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "sessions"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000009_create_sessions', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000009_create_sessions', '2df4093eb2f7dcdd16c193af31789bd675f9dd693593af16ff118a52d8f5f033') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [10/25] m20261121_000010_create_domains
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "domains" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "name" text NOT NULL,
  "created_by" uuid,
  "challenge" text NOT NULL,
  "verified_at" timestamptz,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "domains_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "domains_name_check" CHECK (length("name") BETWEEN 3 AND 253 AND "name" COLLATE "C" ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT "domains_challenge_check" CHECK (length("challenge") BETWEEN 16 AND 255),
  CONSTRAINT "domains_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_reference_table('"domains"');
ALTER TABLE "domains" ADD CONSTRAINT "domains_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE CASCADE;
ALTER TABLE "domains" ADD CONSTRAINT "domains_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "users" ("id") ON DELETE SET NULL;
CREATE INDEX "domains_application_id_deletion_id_idx" ON "domains" ("application_id", "deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "domains_deleted_at_idx" ON "domains" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "domains_application_id_name_live_key" ON "domains" ("application_id", "name") WHERE "deleted_at" IS NULL;
CREATE UNIQUE INDEX "domains_name_verified_key" ON "domains" ("name") WHERE "verified_at" IS NOT NULL AND "deleted_at" IS NULL;
CREATE INDEX "domains_created_by_idx" ON "domains" ("created_by");
COMMENT ON TABLE "domains" IS 'A mail domain that an application claims';
COMMENT ON COLUMN "domains"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "domains"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "domains"."name" IS 'The domain; canonical, in ASCII form';
COMMENT ON COLUMN "domains"."created_by" IS 'The user who added it; NULL once that user is gone';
COMMENT ON COLUMN "domains"."challenge" IS 'What the DNS has to say to prove the claim';
COMMENT ON COLUMN "domains"."verified_at" IS 'When the claim was proved; NULL: it is a claim';
COMMENT ON COLUMN "domains"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "domains"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "domains"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "domains"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000010_create_domains', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000010_create_domains', 'e7e2cb2ac534364d2384afe6a955945ca2fe0acb4e8e9004e658751175ae73e7') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [11/25] m20261121_000011_create_mailboxes
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "mailboxes" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "domain_id" uuid NOT NULL,
  "local_part" text NOT NULL,
  "email" text NOT NULL,
  "user_id" uuid,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "mailboxes_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "mailboxes_local_part_check" CHECK ("local_part" = lower("local_part" COLLATE "C") AND length("local_part") BETWEEN 1 AND 64 AND "local_part" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+$'),
  CONSTRAINT "mailboxes_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT "mailboxes_address_check" CHECK (substr(email, 1, length(local_part) + 1) = local_part || '@'),
  CONSTRAINT "mailboxes_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_distributed_table('"mailboxes"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE CASCADE;
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_application_id_domain_id_fkey" FOREIGN KEY ("application_id", "domain_id") REFERENCES "domains" ("application_id", "id");
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_application_id_user_id_fkey" FOREIGN KEY ("application_id", "user_id") REFERENCES "application_memberships" ("application_id", "user_id");
CREATE INDEX "mailboxes_application_id_deletion_id_idx" ON "mailboxes" ("application_id", "deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "mailboxes_deleted_at_idx" ON "mailboxes" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "mailboxes_application_id_email_live_key" ON "mailboxes" ("application_id", "email") WHERE "deleted_at" IS NULL;
CREATE INDEX "mailboxes_application_id_domain_id_idx" ON "mailboxes" ("application_id", "domain_id");
CREATE INDEX "mailboxes_application_id_user_id_idx" ON "mailboxes" ("application_id", "user_id");
COMMENT ON TABLE "mailboxes" IS 'An address that an application receives mail at';
COMMENT ON COLUMN "mailboxes"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "mailboxes"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "mailboxes"."domain_id" IS 'The domain of the address';
COMMENT ON COLUMN "mailboxes"."local_part" IS 'What stands before the @; * catches what no other mailbox does';
COMMENT ON COLUMN "mailboxes"."email" IS 'The whole address; unique among live mailboxes of the application';
COMMENT ON COLUMN "mailboxes"."user_id" IS 'The member whose mailbox it is; NULL: it is shared';
COMMENT ON COLUMN "mailboxes"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "mailboxes"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "mailboxes"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "mailboxes"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000011_create_mailboxes', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000011_create_mailboxes', '4e6f00fdc9d6d2a3d0f41fc1c53d19de632fa007a96ca9359952ebdd113c0ee9') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [12/25] m20261121_000012_create_emails
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "emails" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "mailbox_id" uuid,
  "user_id" uuid,
  "from_address" text NOT NULL,
  "subject" text NOT NULL,
  "body" text NOT NULL,
  "body_html" text,
  "message_id" text,
  "in_reply_to" text,
  "sent_at" timestamptz,
  "received_at" timestamptz,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "deleted_at" timestamptz,
  "deletion_id" uuid,
  CONSTRAINT "emails_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "emails_from_address_check" CHECK ("from_address" = lower("from_address" COLLATE "C") AND length("from_address") BETWEEN 1 AND 320),
  CONSTRAINT "emails_subject_check" CHECK (length("subject") BETWEEN 0 AND 998),
  CONSTRAINT "emails_body_check" CHECK (length("body") BETWEEN 0 AND 1048576),
  CONSTRAINT "emails_body_html_check" CHECK (length("body_html") BETWEEN 0 AND 1048576),
  CONSTRAINT "emails_message_id_check" CHECK (length("message_id") BETWEEN 1 AND 998),
  CONSTRAINT "emails_in_reply_to_check" CHECK (length("in_reply_to") BETWEEN 1 AND 998),
  CONSTRAINT "emails_direction_check" CHECK ((sent_at IS NULL) <> (received_at IS NULL)),
  CONSTRAINT "emails_deletion_check" CHECK (("deleted_at" IS NULL) = ("deletion_id" IS NULL))
);
SELECT create_distributed_table('"emails"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "emails" ADD CONSTRAINT "emails_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications" ("id") ON DELETE CASCADE;
ALTER TABLE "emails" ADD CONSTRAINT "emails_application_id_mailbox_id_fkey" FOREIGN KEY ("application_id", "mailbox_id") REFERENCES "mailboxes" ("application_id", "id");
ALTER TABLE "emails" ADD CONSTRAINT "emails_application_id_user_id_fkey" FOREIGN KEY ("application_id", "user_id") REFERENCES "application_memberships" ("application_id", "user_id");
CREATE INDEX "emails_application_id_deletion_id_idx" ON "emails" ("application_id", "deletion_id") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "emails_deleted_at_idx" ON "emails" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "emails_application_id_mailbox_id_id_idx" ON "emails" ("application_id", "mailbox_id", "id");
CREATE INDEX "emails_application_id_user_id_id_idx" ON "emails" ("application_id", "user_id", "id");
COMMENT ON TABLE "emails" IS 'A message that an application sent or received';
COMMENT ON COLUMN "emails"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "emails"."id" IS 'A UUID: the service makes version 7, ordered by time';
COMMENT ON COLUMN "emails"."mailbox_id" IS 'The mailbox that it lies in';
COMMENT ON COLUMN "emails"."user_id" IS 'The member who sent it or whom it is for';
COMMENT ON COLUMN "emails"."from_address" IS 'Who sent it; lower case';
COMMENT ON COLUMN "emails"."subject" IS 'The subject line';
COMMENT ON COLUMN "emails"."body" IS 'The text';
COMMENT ON COLUMN "emails"."body_html" IS 'The text as HTML, if it came so';
COMMENT ON COLUMN "emails"."message_id" IS 'The Message-ID header (RFC 5322 §3.6.4)';
COMMENT ON COLUMN "emails"."in_reply_to" IS 'The Message-ID that it answers';
COMMENT ON COLUMN "emails"."sent_at" IS 'When it was sent; NULL: it was received';
COMMENT ON COLUMN "emails"."received_at" IS 'When it was received; NULL: it was sent';
COMMENT ON COLUMN "emails"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "emails"."updated_at" IS 'When the row was last changed, by anyone';
COMMENT ON COLUMN "emails"."deleted_at" IS 'When the row was deleted; NULL: it is live';
COMMENT ON COLUMN "emails"."deletion_id" IS 'The deletion that took the row: restoring it brings back exactly its rows';
CREATE TABLE "email_recipients" (
  "application_id" uuid NOT NULL,
  "email_id" uuid NOT NULL,
  "kind" text NOT NULL,
  "address" text NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "email_recipients_pkey" PRIMARY KEY ("application_id", "email_id", "kind", "address"),
  CONSTRAINT "email_recipients_kind_check" CHECK ("kind" IN ('to', 'cc', 'bcc')),
  CONSTRAINT "email_recipients_address_check" CHECK ("address" = lower("address" COLLATE "C") AND length("address") BETWEEN 1 AND 320)
);
SELECT create_distributed_table('"email_recipients"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "email_recipients" ADD CONSTRAINT "email_recipients_application_id_email_id_fkey" FOREIGN KEY ("application_id", "email_id") REFERENCES "emails" ("application_id", "id") ON DELETE CASCADE;
CREATE INDEX "email_recipients_application_id_address_idx" ON "email_recipients" ("application_id", "address");
COMMENT ON TABLE "email_recipients" IS 'Whom a message is addressed to';
COMMENT ON COLUMN "email_recipients"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "email_recipients"."email_id" IS 'The message';
COMMENT ON COLUMN "email_recipients"."kind" IS 'In which header the address stands';
COMMENT ON COLUMN "email_recipients"."address" IS 'The address; lower case';
COMMENT ON COLUMN "email_recipients"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "email_recipients"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000012_create_emails', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000012_create_emails', 'e1905a01a68591044367c0354cefbb65e684b0c365ff688b2f80b6ead4a6521b') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [13/25] m20261121_000013_create_audit_events
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "audit_events" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL,
  "actor_id" uuid,
  "action" text NOT NULL,
  "subject_type" text NOT NULL,
  "subject_id" uuid NOT NULL,
  "detail_hash" bytea NOT NULL,
  "previous_hash" bytea NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "audit_events_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "audit_events_action_check" CHECK (length("action") BETWEEN 1 AND 128 AND "action" COLLATE "C" ~ '^[a-z][a-z_.]*$'),
  CONSTRAINT "audit_events_subject_type_check" CHECK (length("subject_type") BETWEEN 1 AND 64 AND "subject_type" COLLATE "C" ~ '^[a-z][a-z_]*$'),
  CONSTRAINT "audit_events_detail_hash_check" CHECK (octet_length("detail_hash") = 32),
  CONSTRAINT "audit_events_previous_hash_check" CHECK (octet_length("previous_hash") = 32)
);
SELECT create_distributed_table('"audit_events"', 'application_id', colocate_with => 'application_memberships');
CREATE INDEX "audit_events_application_id_subject_type_subject_id_id_idx" ON "audit_events" ("application_id", "subject_type", "subject_id", "id");
CREATE INDEX "audit_events_application_id_actor_id_id_idx" ON "audit_events" ("application_id", "actor_id", "id");
CREATE INDEX "audit_events_application_id_action_id_idx" ON "audit_events" ("application_id", "action", "id");
REVOKE UPDATE, DELETE, TRUNCATE ON "audit_events" FROM CURRENT_USER;
GRANT UPDATE ("application_id") ON "audit_events" TO CURRENT_USER;
COMMENT ON TABLE "audit_events" IS 'An append-only record of what was done, by whom; a hash chain in each application';
COMMENT ON COLUMN "audit_events"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "audit_events"."id" IS 'A UUID, version 7: ordered by time';
COMMENT ON COLUMN "audit_events"."actor_id" IS 'The user who did it; NULL: the system';
COMMENT ON COLUMN "audit_events"."action" IS 'What was done: noun.verb';
COMMENT ON COLUMN "audit_events"."subject_type" IS 'The kind of row that it was done to';
COMMENT ON COLUMN "audit_events"."subject_id" IS 'The row that it was done to';
COMMENT ON COLUMN "audit_events"."detail_hash" IS 'SHA-256 of salt and detail, which can be erased without breaking the chain';
COMMENT ON COLUMN "audit_events"."previous_hash" IS 'SHA-256 of the event before it in the application; zeros for the first';
COMMENT ON COLUMN "audit_events"."created_at" IS 'When the row was made';
CREATE TABLE "audit_details" (
  "application_id" uuid NOT NULL,
  "event_id" uuid NOT NULL,
  "detail" jsonb NOT NULL,
  "salt" bytea NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "audit_details_pkey" PRIMARY KEY ("application_id", "event_id"),
  CONSTRAINT "audit_details_detail_check" CHECK (jsonb_typeof("detail") = 'object'),
  CONSTRAINT "audit_details_salt_check" CHECK (octet_length("salt") BETWEEN 16 AND 64)
);
SELECT create_distributed_table('"audit_details"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "audit_details" ADD CONSTRAINT "audit_details_application_id_event_id_fkey" FOREIGN KEY ("application_id", "event_id") REFERENCES "audit_events" ("application_id", "id") ON DELETE CASCADE;
COMMENT ON TABLE "audit_details" IS 'What an audit event says that can name a person: the part that can be erased';
COMMENT ON COLUMN "audit_details"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "audit_details"."event_id" IS 'The event';
COMMENT ON COLUMN "audit_details"."detail" IS 'Changed fields, old and new; secrets never';
COMMENT ON COLUMN "audit_details"."salt" IS 'Random: without it the hash in the event tells nothing about the detail';
COMMENT ON COLUMN "audit_details"."created_at" IS 'When the row was made';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000013_create_audit_events', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000013_create_audit_events', '5924239b7d8c34488b34bd895c4708356c2d4f8308c6e5dcdd7193657d9b25cb') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [14/25] m20261121_000014_create_sign_in_throttles
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE TABLE "sign_in_throttles" (
  "id" uuid NOT NULL,
  "kind" text NOT NULL,
  "failures" bigint NOT NULL,
  "blocked_until" timestamptz,
  "trusted_until" timestamptz,
  "expires_at" timestamptz NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "sign_in_throttles_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "sign_in_throttles_kind_check" CHECK ("kind" IN ('account', 'source', 'account_source')),
  CONSTRAINT "sign_in_throttles_failures_check" CHECK ("failures" >= 0),
  CONSTRAINT "sign_in_throttles_trust_check" CHECK (trusted_until IS NULL OR kind = 'account_source')
);
SELECT create_distributed_table('"sign_in_throttles"', 'id', colocate_with => 'none');
CREATE INDEX "sign_in_throttles_expires_at_idx" ON "sign_in_throttles" ("expires_at");
COMMENT ON TABLE "sign_in_throttles" IS 'Attempts to sign in with a password, counted to slow down guessing';
COMMENT ON COLUMN "sign_in_throttles"."id" IS 'A UUID, version 8: made of the SHA-256 of what is counted, so that no address stands here';
COMMENT ON COLUMN "sign_in_throttles"."kind" IS 'What is counted: attempts on an account, from a source, on an account from a source';
COMMENT ON COLUMN "sign_in_throttles"."failures" IS 'Attempts that have not succeeded, since it was last forgotten';
COMMENT ON COLUMN "sign_in_throttles"."blocked_until" IS 'No attempt is looked at before; NULL: none is held up';
COMMENT ON COLUMN "sign_in_throttles"."trusted_until" IS 'Until then the source is known to belong to the account: it signed in from there';
COMMENT ON COLUMN "sign_in_throttles"."expires_at" IS 'From this instant on the row is forgotten';
COMMENT ON COLUMN "sign_in_throttles"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "sign_in_throttles"."updated_at" IS 'When the row was last changed, by anyone';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000014_create_sign_in_throttles', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000014_create_sign_in_throttles', 'fe6c4927e7525189584c071a0316550bed66eb10765ac28308e5ace3f03f3118') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [15/25] m20261121_000015_add_sessions_rotated_at
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
ALTER TABLE "sessions" ADD COLUMN "rotated_at" timestamptz;
COMMENT ON COLUMN "sessions"."rotated_at" IS 'When its secret was last replaced; NULL: it is the first';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000015_add_sessions_rotated_at', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000015_add_sessions_rotated_at', '36ada779a031b5bdd5d66e0dd3889503fe45ce0600cc41b4f9da177e0400ec49') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [16/25] m20261121_000016_add_email_threads
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
ALTER TABLE "emails" ADD COLUMN "thread_id" uuid;
COMMENT ON COLUMN "emails"."thread_id" IS 'The conversation: the id of the message that began it';
UPDATE "emails" SET "thread_id" = "id";
DROP INDEX "emails_application_id_mailbox_id_id_idx";
DROP INDEX "emails_application_id_user_id_id_idx";
CREATE INDEX "emails_application_id_mailbox_id_idx" ON "emails" ("application_id", "mailbox_id");
CREATE INDEX "emails_application_id_user_id_idx" ON "emails" ("application_id", "user_id");
CREATE INDEX "emails_application_id_mailbox_id_id_live_idx" ON "emails" ("application_id", "mailbox_id", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "emails_application_id_mailbox_id_id_sent_idx" ON "emails" ("application_id", "mailbox_id", "id") WHERE "deleted_at" IS NULL AND "sent_at" IS NOT NULL;
CREATE INDEX "emails_application_id_mailbox_id_id_received_idx" ON "emails" ("application_id", "mailbox_id", "id") WHERE "deleted_at" IS NULL AND "received_at" IS NOT NULL;
CREATE INDEX "emails_application_id_user_id_id_live_idx" ON "emails" ("application_id", "user_id", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "emails_application_id_thread_id_id_live_idx" ON "emails" ("application_id", "thread_id", "id") WHERE "deleted_at" IS NULL;
CREATE UNIQUE INDEX "emails_application_id_mailbox_id_message_id_live_key" ON "emails" ("application_id", "mailbox_id", "message_id") WHERE "deleted_at" IS NULL;
CREATE UNIQUE INDEX "emails_application_id_message_id_unfiled_key" ON "emails" ("application_id", "message_id") WHERE "deleted_at" IS NULL AND "mailbox_id" IS NULL;
CREATE INDEX "emails_search_idx" ON "emails" USING gin ((replace(' ' || to_tsvector('simple', regexp_replace(left("subject" || ' ' || "body", 32768), '(\S{200})', '\1 ', 'g'))::text, ' ''', ' ''' || right("application_id"::text, 12))::tsvector)) WITH (fastupdate = off);
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000016_add_email_threads', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000016_add_email_threads', 'fccd4d99da0d48b3de75ce373fb96c88c70edd206b64c6eb511837ca2a33b744') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [17/25] m20261121_000017_chain_audit_events
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
-- It refuses to go on where this finds anything:
DO $aura_guard$ BEGIN
  IF EXISTS (
SELECT 1 FROM "audit_events" LIMIT 1
  ) THEN
    RAISE EXCEPTION USING MESSAGE = '`audit_events` has rows, and this migration makes the table anew: move them elsewhere first, nothing here may lose them';
  END IF;
END $aura_guard$;
DROP TABLE "audit_details";
DROP TABLE "audit_events";
CREATE TABLE "audit_chains" (
  "application_id" uuid NOT NULL,
  "lane" bigint NOT NULL,
  "sequence" bigint NOT NULL,
  "previous_hash" bytea NOT NULL,
  "hash" bytea NOT NULL,
  "first_sequence" bigint NOT NULL,
  "first_previous_hash" bytea NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "audit_chains_pkey" PRIMARY KEY ("application_id", "lane"),
  CONSTRAINT "audit_chains_lane_check" CHECK ("lane" BETWEEN 0 AND 63),
  CONSTRAINT "audit_chains_previous_hash_check" CHECK (octet_length("previous_hash") = 32),
  CONSTRAINT "audit_chains_hash_check" CHECK (octet_length("hash") = 32),
  CONSTRAINT "audit_chains_first_previous_hash_check" CHECK (octet_length("first_previous_hash") = 32),
  CONSTRAINT "audit_chains_sequence_check" CHECK (first_sequence BETWEEN 1 AND sequence + 1)
);
SELECT create_distributed_table('"audit_chains"', 'application_id', colocate_with => 'application_memberships');
REVOKE DELETE, TRUNCATE ON "audit_chains" FROM CURRENT_USER;
COMMENT ON TABLE "audit_chains" IS 'The end and the beginning of each chain of audit events: what writers lock, what verifying compares with';
COMMENT ON COLUMN "audit_chains"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "audit_chains"."lane" IS 'Which chain of the application; 0, except for the nil application, which has many so that sign-ups do not wait for each other';
COMMENT ON COLUMN "audit_chains"."sequence" IS 'The number of the last event';
COMMENT ON COLUMN "audit_chains"."previous_hash" IS 'SHA-256 of the event before the last';
COMMENT ON COLUMN "audit_chains"."hash" IS 'SHA-256 of the last event';
COMMENT ON COLUMN "audit_chains"."first_sequence" IS 'The number of the oldest event that is kept: those before it may be removed, and no others';
COMMENT ON COLUMN "audit_chains"."first_previous_hash" IS 'What the oldest event that is kept holds as the hash of the one before it';
COMMENT ON COLUMN "audit_chains"."created_at" IS 'When the row was made';
COMMENT ON COLUMN "audit_chains"."updated_at" IS 'When the row was last changed, by anyone';
CREATE TABLE "audit_events" (
  "application_id" uuid NOT NULL,
  "id" uuid NOT NULL,
  "lane" bigint NOT NULL,
  "sequence" bigint NOT NULL,
  "actor_id" uuid,
  "action" text NOT NULL,
  "subject_type" text NOT NULL,
  "subject_id" uuid NOT NULL,
  "detail_hash" bytea NOT NULL,
  "previous_hash" bytea NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "audit_events_pkey" PRIMARY KEY ("application_id", "id"),
  CONSTRAINT "audit_events_action_check" CHECK (length("action") BETWEEN 1 AND 128 AND "action" COLLATE "C" ~ '^[a-z][a-z_.]*$'),
  CONSTRAINT "audit_events_subject_type_check" CHECK (length("subject_type") BETWEEN 1 AND 64),
  CONSTRAINT "audit_events_detail_hash_check" CHECK (octet_length("detail_hash") = 32),
  CONSTRAINT "audit_events_previous_hash_check" CHECK (octet_length("previous_hash") = 32)
);
SELECT create_distributed_table('"audit_events"', 'application_id', colocate_with => 'application_memberships');
CREATE UNIQUE INDEX "audit_events_application_id_lane_sequence_key" ON "audit_events" ("application_id", "lane", "sequence");
CREATE INDEX "audit_events_application_id_subject_type_subject_id_id_idx" ON "audit_events" ("application_id", "subject_type", "subject_id", "id");
CREATE INDEX "audit_events_application_id_actor_id_id_idx" ON "audit_events" ("application_id", "actor_id", "id");
CREATE INDEX "audit_events_application_id_action_id_idx" ON "audit_events" ("application_id", "action", "id");
REVOKE UPDATE, TRUNCATE ON "audit_events" FROM CURRENT_USER;
GRANT UPDATE ("application_id") ON "audit_events" TO CURRENT_USER;
COMMENT ON TABLE "audit_events" IS 'An append-only record of what was done, by whom; a hash chain in each application';
COMMENT ON COLUMN "audit_events"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "audit_events"."id" IS 'A UUID, version 7: ordered by time';
COMMENT ON COLUMN "audit_events"."lane" IS 'Which chain of the application';
COMMENT ON COLUMN "audit_events"."sequence" IS 'The place in the chain, from 1, without gaps';
COMMENT ON COLUMN "audit_events"."actor_id" IS 'The user who did it; NULL: the system';
COMMENT ON COLUMN "audit_events"."action" IS 'What was done: noun.verb';
COMMENT ON COLUMN "audit_events"."subject_type" IS 'The kind of row that it was done to';
COMMENT ON COLUMN "audit_events"."subject_id" IS 'The row that it was done to';
COMMENT ON COLUMN "audit_events"."detail_hash" IS 'SHA-256 of salt and detail, which can be erased without breaking the chain';
COMMENT ON COLUMN "audit_events"."previous_hash" IS 'SHA-256 of the event before it in the chain; zeros for the first';
COMMENT ON COLUMN "audit_events"."created_at" IS 'When the row was made';
CREATE TABLE "audit_details" (
  "application_id" uuid NOT NULL,
  "event_id" uuid NOT NULL,
  "detail" jsonb NOT NULL,
  "salt" bytea NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "audit_details_pkey" PRIMARY KEY ("application_id", "event_id"),
  CONSTRAINT "audit_details_detail_check" CHECK (jsonb_typeof("detail") = 'object'),
  CONSTRAINT "audit_details_salt_check" CHECK (octet_length("salt") BETWEEN 16 AND 64)
);
SELECT create_distributed_table('"audit_details"', 'application_id', colocate_with => 'application_memberships');
ALTER TABLE "audit_details" ADD CONSTRAINT "audit_details_application_id_event_id_fkey" FOREIGN KEY ("application_id", "event_id") REFERENCES "audit_events" ("application_id", "id") ON DELETE CASCADE;
REVOKE UPDATE, TRUNCATE ON "audit_details" FROM CURRENT_USER;
GRANT UPDATE ("application_id") ON "audit_details" TO CURRENT_USER;
COMMENT ON TABLE "audit_details" IS 'What an audit event says that can name a person: the part that can be erased, but not changed';
COMMENT ON COLUMN "audit_details"."application_id" IS 'The application (tenant) that the row belongs to';
COMMENT ON COLUMN "audit_details"."event_id" IS 'The event';
COMMENT ON COLUMN "audit_details"."detail" IS 'Changed fields, old and new; secrets never';
COMMENT ON COLUMN "audit_details"."salt" IS 'Random: without it the hash in the event tells nothing about the detail';
COMMENT ON COLUMN "audit_details"."created_at" IS 'When the row was made';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000017_chain_audit_events', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000017_chain_audit_events', '3a88e55f0fb690f345b16ec718be476f4afbcd1c4fcf15d01064a58f070b5b35') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [18/25] m20261121_000018_index_what_ended
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
CREATE INDEX "sessions_revoked_at_revoked_idx" ON "sessions" ("revoked_at") WHERE "revoked_at" IS NOT NULL;
CREATE INDEX "verification_tokens_updated_at_ended_idx" ON "verification_tokens" ("updated_at") WHERE "consumed_at" IS NOT NULL OR "revoked_at" IS NOT NULL;
CREATE INDEX "invitations_updated_at_ended_idx" ON "invitations" ("updated_at") WHERE "accepted_at" IS NOT NULL OR "revoked_at" IS NOT NULL;
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000018_index_what_ended', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000018_index_what_ended', 'a2d762c910426b346b772d2149f4bc4bb71421232b298a0a6e7c8be97d03b44e') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [19/25] m20261121_000019_isolate
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
-- It refuses to go on where this finds anything:
DO $aura_guard$ BEGIN
  IF EXISTS (
WITH role AS (SELECT n.kind, n.attributes, n.name, r.oid, coalesce(r.rolcanlogin OR r.rolsuper OR r.rolbypassrls, false) AS unfit, n.place
FROM (
  SELECT k.kind, k.attributes, k.place, coalesce(b.name, p.prefix || '_' || k.kind) AS name
  FROM (VALUES ('service', 'NOLOGIN NOINHERIT', 1), ('runtime', 'NOLOGIN', 2), ('guest', 'NOLOGIN', 3), ('reader', 'NOLOGIN', 4))
    AS k (kind, attributes, place)
  LEFT JOIN LATERAL (
    SELECT o.rolname::text AS name FROM pg_catalog.pg_policy AS y
    JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles)
    WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = k.kind
  ) AS b ON true
  CROSS JOIN (
    SELECT coalesce(d.service, nullif(current_setting('aura.role_prefix', true), ''), CASE WHEN octet_length(d.name) <= 55 THEN d.name ELSE (
      SELECT left(d.name, l.length) FROM generate_series(length(d.name), 1, -1) AS l (length)
      WHERE octet_length(left(d.name, l.length)) <= 46 LIMIT 1
    ) || '_' || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 8) END) AS prefix
    FROM (SELECT CASE WHEN current_database() LIKE 'pg\_%' THEN 'aura_' ELSE '' END || current_database(), (
      SELECT left(o.rolname, -8) FROM pg_catalog.pg_policy AS y
      JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
      JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\_service'
      WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service'
    )) AS d (name, service)
  ) AS p
) AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = n.name
ORDER BY n.place), fit AS (SELECT name, oid, kind, place FROM role WHERE oid IS NOT NULL AND NOT unfit)
         SELECT r.name, m.rolname::text AS member FROM fit AS r
         JOIN pg_catalog.pg_auth_members AS a ON a.roleid = r.oid JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
         WHERE (coalesce(current_setting('aura.role_prefix', true), '') = '' OR current_setting('aura.role_prefix_is_default', true) = 'on') AND NOT m.rolsuper AND m.rolname NOT IN (current_user, session_user)
           AND NOT EXISTS (SELECT FROM fit AS f WHERE f.oid = m.oid)
           AND NOT EXISTS (SELECT FROM fit AS f JOIN pg_catalog.pg_policy AS y ON y.polname = f.kind AND f.oid = ANY (y.polroles)
             JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
             WHERE s.nspname = current_schema() AND c.relname = 'users')
         GROUP BY r.place, r.name, m.rolname ORDER BY r.place, m.rolname
  ) THEN
    RAISE EXCEPTION USING MESSAGE = 'there are roles already that this database would use, with members that it has not made members. Where these are meant, say so with --role-prefix; where not, choose another prefix, or take the members out';
  END IF;
END $aura_guard$;
DO $aura$
DECLARE
  role record;
  step record;
BEGIN
  FOR role IN SELECT n.kind, n.attributes, n.name, r.oid, coalesce(r.rolcanlogin OR r.rolsuper OR r.rolbypassrls, false) AS unfit, n.place
FROM (
  SELECT k.kind, k.attributes, k.place, coalesce(b.name, p.prefix || '_' || k.kind) AS name
  FROM (VALUES ('service', 'NOLOGIN NOINHERIT', 1), ('runtime', 'NOLOGIN', 2), ('guest', 'NOLOGIN', 3), ('reader', 'NOLOGIN', 4))
    AS k (kind, attributes, place)
  LEFT JOIN LATERAL (
    SELECT o.rolname::text AS name FROM pg_catalog.pg_policy AS y
    JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles)
    WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = k.kind
  ) AS b ON true
  CROSS JOIN (
    SELECT coalesce(d.service, nullif(current_setting('aura.role_prefix', true), ''), CASE WHEN octet_length(d.name) <= 55 THEN d.name ELSE (
      SELECT left(d.name, l.length) FROM generate_series(length(d.name), 1, -1) AS l (length)
      WHERE octet_length(left(d.name, l.length)) <= 46 LIMIT 1
    ) || '_' || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 8) END) AS prefix
    FROM (SELECT CASE WHEN current_database() LIKE 'pg\_%' THEN 'aura_' ELSE '' END || current_database(), (
      SELECT left(o.rolname, -8) FROM pg_catalog.pg_policy AS y
      JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
      JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\_service'
      WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service'
    )) AS d (name, service)
  ) AS p
) AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = n.name
ORDER BY n.place LOOP
    IF octet_length(role.name) > 63 OR role.name LIKE 'pg\_%' THEN
      RAISE EXCEPTION 'no role can be called "%": choose another aura.role_prefix', role.name;
    END IF;
  END LOOP;
  FOR step IN WITH role AS (
SELECT n.kind, n.attributes, n.name, r.oid, coalesce(r.rolcanlogin OR r.rolsuper OR r.rolbypassrls, false) AS unfit, n.place
FROM (
  SELECT k.kind, k.attributes, k.place, coalesce(b.name, p.prefix || '_' || k.kind) AS name
  FROM (VALUES ('service', 'NOLOGIN NOINHERIT', 1), ('runtime', 'NOLOGIN', 2), ('guest', 'NOLOGIN', 3), ('reader', 'NOLOGIN', 4))
    AS k (kind, attributes, place)
  LEFT JOIN LATERAL (
    SELECT o.rolname::text AS name FROM pg_catalog.pg_policy AS y
    JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles)
    WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = k.kind
  ) AS b ON true
  CROSS JOIN (
    SELECT coalesce(d.service, nullif(current_setting('aura.role_prefix', true), ''), CASE WHEN octet_length(d.name) <= 55 THEN d.name ELSE (
      SELECT left(d.name, l.length) FROM generate_series(length(d.name), 1, -1) AS l (length)
      WHERE octet_length(left(d.name, l.length)) <= 46 LIMIT 1
    ) || '_' || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 8) END) AS prefix
    FROM (SELECT CASE WHEN current_database() LIKE 'pg\_%' THEN 'aura_' ELSE '' END || current_database(), (
      SELECT left(o.rolname, -8) FROM pg_catalog.pg_policy AS y
      JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
      JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\_service'
      WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service'
    )) AS d (name, service)
  ) AS p
) AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = n.name
ORDER BY n.place
)
SELECT m.statement FROM (
  SELECT place, format('CREATE ROLE %I %s', name, attributes) AS statement FROM role WHERE oid IS NULL
  UNION ALL
  SELECT 5, format('COMMENT ON ROLE %I IS %L', name, shobj_description(oid, 'pg_authid')) FROM role
  WHERE kind = 'service' AND NOT unfit
  UNION ALL
  SELECT 10, format('GRANT %I TO %I', r.name, s.name) FROM role AS r, role AS s
  WHERE r.kind = 'runtime' AND s.kind = 'service' AND NOT r.unfit AND NOT s.unfit
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS a WHERE a.roleid = r.oid AND a.member = s.oid)
  UNION ALL
  SELECT 11, format('GRANT %I TO %I', name, current_user) FROM role
  WHERE kind = 'service' AND NOT unfit AND NOT coalesce(pg_has_role(oid, 'USAGE'), false)
  UNION ALL
  SELECT 12, format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), name) FROM role
  WHERE kind IN ('service', 'runtime') AND NOT unfit
    AND NOT coalesce(has_schema_privilege(oid, current_schema()::text, 'USAGE'), false)
  UNION ALL
  SELECT 13, format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())
  WHERE has_database_privilege('public', current_database()::text, 'TEMPORARY')
  UNION ALL
  SELECT 14, format('GRANT CREATE ON SCHEMA %I TO %I', current_schema(), current_user) FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname = current_schema() AND has_schema_privilege('public', n.nspname::text, 'CREATE')
    AND NOT pg_has_role(n.nspowner, 'USAGE') AND NOT EXISTS (SELECT FROM aclexplode(n.nspacl) AS a
      WHERE a.privilege_type = 'CREATE' AND a.grantee <> 0 AND pg_has_role(a.grantee, 'USAGE'))
  UNION ALL
  SELECT 15, format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', current_schema())
  WHERE has_schema_privilege('public', current_schema()::text, 'CREATE')
) AS m ORDER BY m.place, m.statement LOOP
    FOR try IN 1..20 LOOP
      BEGIN
        PERFORM set_config('citus.enable_ddl_propagation', CASE WHEN step.statement LIKE 'COMMENT %' THEN 'off' ELSE 'on' END, true);
        EXECUTE step.statement;
        PERFORM set_config('citus.enable_ddl_propagation', 'on', true);
        EXIT;
      EXCEPTION
        WHEN insufficient_privilege OR duplicate_object OR unique_violation OR undefined_object THEN
          EXIT;
        WHEN internal_error OR lock_not_available THEN
          PERFORM pg_sleep(0.05);
      END;
    END LOOP;
  END LOOP;
END $aura$;
DO $aura$
DECLARE
  present jsonb;
  item record;
  target text;
BEGIN
  SELECT coalesce(jsonb_object_agg(r.kind, r.name), '{}') INTO present FROM (
SELECT n.kind, n.attributes, n.name, r.oid, coalesce(r.rolcanlogin OR r.rolsuper OR r.rolbypassrls, false) AS unfit, n.place
FROM (
  SELECT k.kind, k.attributes, k.place, coalesce(b.name, p.prefix || '_' || k.kind) AS name
  FROM (VALUES ('service', 'NOLOGIN NOINHERIT', 1), ('runtime', 'NOLOGIN', 2), ('guest', 'NOLOGIN', 3), ('reader', 'NOLOGIN', 4))
    AS k (kind, attributes, place)
  LEFT JOIN LATERAL (
    SELECT o.rolname::text AS name FROM pg_catalog.pg_policy AS y
    JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles)
    WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = k.kind
  ) AS b ON true
  CROSS JOIN (
    SELECT coalesce(d.service, nullif(current_setting('aura.role_prefix', true), ''), CASE WHEN octet_length(d.name) <= 55 THEN d.name ELSE (
      SELECT left(d.name, l.length) FROM generate_series(length(d.name), 1, -1) AS l (length)
      WHERE octet_length(left(d.name, l.length)) <= 46 LIMIT 1
    ) || '_' || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 8) END) AS prefix
    FROM (SELECT CASE WHEN current_database() LIKE 'pg\_%' THEN 'aura_' ELSE '' END || current_database(), (
      SELECT left(o.rolname, -8) FROM pg_catalog.pg_policy AS y
      JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
      JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\_service'
      WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service'
    )) AS d (name, service)
  ) AS p
) AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = n.name
ORDER BY n.place
  ) AS r WHERE r.oid IS NOT NULL AND NOT r.unfit;
  FOR item IN SELECT t.name, t.rows, k.kind, k.command, quote_ident(t.name)::regclass AS place FROM (VALUES
    ('users', 'true'),
    ('user_passwords', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN false ELSE true END'),
    ('applications', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('application_memberships', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('roles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('role_permissions', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('membership_roles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('clients', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('client_users', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('verification_tokens', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN false ELSE true END'),
    ('sign_in_throttles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN false ELSE true END'),
    ('invitations', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('invitation_roles', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('sessions', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid OR application_id IS NULL ELSE true END'),
    ('domains', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('mailboxes', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('emails', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('email_recipients', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('audit_chains', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('audit_events', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END'),
    ('audit_details', 'CASE WHEN current_setting(''app.application_id'', true) <> '''' THEN application_id = nullif(current_setting(''app.application_id'', true), '''')::uuid ELSE true END')
  ) AS t (name, rows) CROSS JOIN (VALUES ('owner', 'ALL'), ('service', 'ALL'), ('reader', 'SELECT')) AS k (kind, command) LOOP
    IF item.kind = 'owner' AND NOT (
      SELECT relrowsecurity AND relforcerowsecurity FROM pg_catalog.pg_class WHERE oid = item.place) THEN
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', item.name);
    END IF;
    target := CASE item.kind WHEN 'owner' THEN (SELECT pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = item.place)
      ELSE present ->> item.kind END;
    CONTINUE WHEN target IS NULL;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_roles AS r ON p.polroles = ARRAY[r.oid]
      WHERE p.polrelid = item.place AND p.polname = item.kind AND r.rolname = target) THEN
      EXECUTE format('DROP POLICY IF EXISTS %I ON %I', item.kind, item.name);
      EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %I USING (%s)', item.kind, item.name, item.command, target, item.rows);
    END IF;
    CONTINUE WHEN item.kind <> 'service' OR EXISTS (SELECT FROM pg_catalog.pg_class AS c, aclexplode(c.relacl) AS a
      WHERE c.oid = item.place AND a.grantee = quote_ident(target)::regrole);
    EXECUTE format('GRANT %s ON %I TO %I', (
      SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
      FROM pg_catalog.pg_class AS c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
      WHERE c.oid = item.place AND a.grantee = c.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    ), item.name, target);
  END LOOP;
END $aura$;
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000019_isolate', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000019_isolate', 'f89761d40765eccf5abb1bf84cf2bac3aecbe18b4f66cccbded9dc41d71416c8') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [20/25] m20261121_000020_raise_wall
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000020_raise_wall', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000020_raise_wall', 'ea3754e077c547bf66424d642ad2de25ff168e8e3e6b7ced82c141cb15beb9ae') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [21/25] m20261121_000021_show_to_reader
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
DO $aura$
DECLARE
  tables text := quote_ident(current_schema());
  wall text := quote_ident(CASE WHEN current_schema() = 'public' THEN 'aura_wall' WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 THEN 'aura_' || md5(current_schema()) || '_wall' ELSE current_schema() || '_wall' END);
  reader text := quote_ident(CASE WHEN current_schema() = 'public' THEN 'aura_reader' WHEN current_schema() = 'aura' OR octet_length(current_schema()) > 56 THEN 'aura_' || md5(current_schema()) || '_reader' ELSE current_schema() || '_reader' END);
  service text;
  guest text;
  reader_role text;
  statement text;
  item record;
BEGIN
  SELECT min(quote_ident(r.name)) FILTER (WHERE r.kind = 'service'), min(quote_ident(r.name)) FILTER (WHERE r.kind = 'guest'),
    min(quote_ident(r.name)) FILTER (WHERE r.kind = 'reader')
  INTO service, guest, reader_role FROM (
SELECT n.kind, n.attributes, n.name, r.oid, coalesce(r.rolcanlogin OR r.rolsuper OR r.rolbypassrls, false) AS unfit, n.place
FROM (
  SELECT k.kind, k.attributes, k.place, coalesce(b.name, p.prefix || '_' || k.kind) AS name
  FROM (VALUES ('service', 'NOLOGIN NOINHERIT', 1), ('runtime', 'NOLOGIN', 2), ('guest', 'NOLOGIN', 3), ('reader', 'NOLOGIN', 4))
    AS k (kind, attributes, place)
  LEFT JOIN LATERAL (
    SELECT o.rolname::text AS name FROM pg_catalog.pg_policy AS y
    JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles)
    WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = k.kind
  ) AS b ON true
  CROSS JOIN (
    SELECT coalesce(d.service, nullif(current_setting('aura.role_prefix', true), ''), CASE WHEN octet_length(d.name) <= 55 THEN d.name ELSE (
      SELECT left(d.name, l.length) FROM generate_series(length(d.name), 1, -1) AS l (length)
      WHERE octet_length(left(d.name, l.length)) <= 46 LIMIT 1
    ) || '_' || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 8) END) AS prefix
    FROM (SELECT CASE WHEN current_database() LIKE 'pg\_%' THEN 'aura_' ELSE '' END || current_database(), (
      SELECT left(o.rolname, -8) FROM pg_catalog.pg_policy AS y
      JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
      JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\_service'
      WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service'
    )) AS d (name, service)
  ) AS p
) AS n
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = n.name
ORDER BY n.place
  ) AS r WHERE r.oid IS NOT NULL AND NOT r.unfit;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = reader) THEN
    IF NOT has_database_privilege(current_database()::text, 'CREATE') THEN
      RETURN;
    END IF;
    EXECUTE 'CREATE SCHEMA ' || reader;
  ELSIF NOT (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = reader) THEN
    RAISE EXCEPTION 'the schema % belongs to somebody else: rename it, or give it to this login', reader
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('COMMENT ON SCHEMA %s IS %L', reader, 'The tables as reports see them: without secrets');
  FOR item IN
    SELECT quote_ident(c.relname) AS name, string_agg(CASE WHEN a.attname IN ('secret_hash', 'password_hash', 'challenge')
      THEN CASE WHEN a.atttypid IN ('text'::regtype, 'bytea'::regtype) THEN '''''::' ELSE 'NULL::' END
        || format_type(a.atttypid, a.atttypmod) || ' AS ' || quote_ident(a.attname)
      ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum) AS columns,
      string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attname NOT IN ('secret_hash', 'password_hash', 'challenge')) AS open
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') 
      AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'reader')
    GROUP BY c.relname ORDER BY c.relname
  LOOP
    statement := format('VIEW %s.%s WITH (security_barrier) AS SELECT %s FROM %s.%2$s', reader, item.name, item.columns, tables);
    BEGIN
      EXECUTE 'CREATE OR REPLACE ' || statement;
    EXCEPTION WHEN invalid_table_definition THEN
      EXECUTE format('DROP VIEW %s.%s', reader, item.name);
      EXECUTE 'CREATE ' || statement;
    END;
    IF reader_role IS NOT NULL THEN
      EXECUTE format('GRANT SELECT (%s) ON %s TO %s', item.open, item.name, reader_role);
    END IF;
  END LOOP;
  FOR statement IN
    WITH s AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace WHERE quote_ident(nspname) = reader),
    granted AS (
      SELECT 'SCHEMA ' || quote_ident(nspname) AS object, nspowner AS owner, (aclexplode(nspacl)).grantee FROM s
      UNION
      SELECT 'TABLE ' || quote_ident(s.nspname) || '.' || quote_ident(c.relname), c.relowner, (aclexplode(c.relacl)).grantee
      FROM pg_catalog.pg_class AS c JOIN s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')
      UNION
      SELECT 'FUNCTION ' || quote_ident(s.nspname) || '.' || quote_ident(p.proname)
        || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner,
        (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).grantee
      FROM pg_catalog.pg_proc AS p JOIN s ON s.oid = p.pronamespace
    )
    SELECT 'REVOKE ALL ON ' || object || ' FROM '
      || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
    FROM granted WHERE grantee <> owner
  LOOP
    EXECUTE statement;
  END LOOP;
  IF reader_role IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', tables, reader_role);
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', reader, reader_role);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s', reader, reader_role);
  END IF;
END $aura$;
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000021_show_to_reader', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000021_show_to_reader', '6d30cde305b6b11d29166128c8087d1c10aaaf6ee87edec47834a4a8f96d5c60') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [22/25] m20261121_000022_share_with_supabase
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000022_share_with_supabase', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000022_share_with_supabase', '4e350b9f381e9b1419de835b288972c9349a42078a7627924d1f2c09c7ece24d') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [23/25] m20261121_000023_add_email_documents
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
DROP INDEX "emails_search_idx";
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261121_000023_add_email_documents', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261121_000023_add_email_documents', 'b8af914b2695b2467c5c76e9aff4093c356f5012da9b5e5340a304002365c219') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [24/25] m20261122_000024_quicken_email_checks
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
ALTER TABLE "users" DROP CONSTRAINT "users_email_check";
ALTER TABLE "users" ADD CONSTRAINT "users_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@[a-z0-9]+((\.|-+)[a-z0-9]+)*$' AND (length("email") <= 65 OR "email" COLLATE "C" !~ '@(.*\.)?[^.]{64}')) NOT VALID;
ALTER TABLE "application_memberships" DROP CONSTRAINT "application_memberships_email_check";
ALTER TABLE "application_memberships" ADD CONSTRAINT "application_memberships_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@[a-z0-9]+((\.|-+)[a-z0-9]+)*$' AND (length("email") <= 65 OR "email" COLLATE "C" !~ '@(.*\.)?[^.]{64}')) NOT VALID;
ALTER TABLE "clients" DROP CONSTRAINT "clients_email_check";
ALTER TABLE "clients" ADD CONSTRAINT "clients_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@[a-z0-9]+((\.|-+)[a-z0-9]+)*$' AND (length("email") <= 65 OR "email" COLLATE "C" !~ '@(.*\.)?[^.]{64}')) NOT VALID;
ALTER TABLE "verification_tokens" DROP CONSTRAINT "verification_tokens_email_check";
ALTER TABLE "verification_tokens" ADD CONSTRAINT "verification_tokens_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@[a-z0-9]+((\.|-+)[a-z0-9]+)*$' AND (length("email") <= 65 OR "email" COLLATE "C" !~ '@(.*\.)?[^.]{64}')) NOT VALID;
ALTER TABLE "invitations" DROP CONSTRAINT "invitations_email_check";
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@[a-z0-9]+((\.|-+)[a-z0-9]+)*$' AND (length("email") <= 65 OR "email" COLLATE "C" !~ '@(.*\.)?[^.]{64}')) NOT VALID;
ALTER TABLE "mailboxes" DROP CONSTRAINT "mailboxes_email_check";
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_email_check" CHECK ("email" = lower("email" COLLATE "C") AND length("email") BETWEEN 3 AND 254 AND "email" COLLATE "C" ~ '^[^@\x01-\x20\x7f]+@[a-z0-9]+((\.|-+)[a-z0-9]+)*$' AND (length("email") <= 65 OR "email" COLLATE "C" !~ '@(.*\.)?[^.]{64}')) NOT VALID;
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261122_000024_quicken_email_checks', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261122_000024_quicken_email_checks', 'b7d7238d21db4e313758d58a64101288ca62746b59ff5d70584fbafa817f99b8') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

-- [25/25] m20261122_000025_validate_email_checks
BEGIN;
SET LOCAL lock_timeout = 5000;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
ALTER TABLE "users" VALIDATE CONSTRAINT "users_email_check";
ALTER TABLE "application_memberships" VALIDATE CONSTRAINT "application_memberships_email_check";
ALTER TABLE "clients" VALIDATE CONSTRAINT "clients_email_check";
ALTER TABLE "verification_tokens" VALIDATE CONSTRAINT "verification_tokens_email_check";
ALTER TABLE "invitations" VALIDATE CONSTRAINT "invitations_email_check";
ALTER TABLE "mailboxes" VALIDATE CONSTRAINT "mailboxes_email_check";
INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20261122_000025_validate_email_checks', floor(extract(epoch FROM clock_timestamp()))::bigint);
INSERT INTO "_aura_migrations" ("version", "checksum") VALUES ('m20261122_000025_validate_email_checks', '28cd4daedf414c5e11bec931f7d12c85807f1248b41349bbb6121de675647241') ON CONFLICT ("version") DO UPDATE SET "checksum" = excluded."checksum";
COMMIT;

SELECT pg_advisory_unlock(hashtextextended('migrations of ' || current_schema(), 0));
