//! What the guest may do, and that it is no more.

use migration::isolation::Role;
use migration::schema::{self, Column, OnDelete, Table};
use sea_orm_migration::SchemaManager;

use super::{DENIED, Stage, ask, refused, value};

/// Every right of the guest on a table of ours, by table: `r`ead, `a`dd, `w`rite; all columns where none are named.
const RIGHTS: &[&str] = &[
    "application_memberships r",
    "applications r(created_at deleted_at deletion_id description id name public_id slug updated_at)",
    "audit_chains r",
    "audit_details r",
    "audit_events r",
    "client_users ra w(created_at updated_at)",
    "clients r a(application_id created_at deleted_at deletion_id email id metadata name phone updated_at) \
     w(created_at deleted_at deletion_id email metadata name phone updated_at)",
    "domains r(application_id created_at created_by deleted_at deletion_id id name updated_at verified_at)",
    "email_recipients ra w(created_at updated_at)",
    "emails ra w(body body_html created_at deleted_at deletion_id from_address in_reply_to mailbox_id message_id \
     received_at sent_at subject thread_id updated_at user_id)",
    "invitation_roles r",
    "invitations r(accepted_at application_id created_at email expires_at id invited_by revoked_at updated_at)",
    "mailboxes ra w(created_at deleted_at deletion_id domain_id email local_part updated_at user_id)",
    "membership_roles r",
    "role_permissions r",
    "roles r",
    "users r(deleted_at family_name given_name id name picture)",
];

#[tokio::test]
async fn the_guest_has_these_rights_and_no_others() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let guest = stage.roles.name(Role::Guest);
    let sql = format!(
        "WITH g AS (SELECT oid FROM pg_roles WHERE rolname = '{guest}'),
         whole AS (
           SELECT c.relname::text AS name, string_agg(left(lower(a.privilege_type), 1), '' ORDER BY a.privilege_type <> 'SELECT') AS rights
           FROM pg_class c, aclexplode(c.relacl) a, g WHERE a.grantee = g.oid GROUP BY 1),
         part AS (
           SELECT c.relname::text AS name, a.privilege_type AS what, string_agg(t.attname, ' ' ORDER BY t.attname) AS columns
           FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid, aclexplode(t.attacl) a, g
           WHERE a.grantee = g.oid GROUP BY 1, 2)
         SELECT n.name || coalesce(' ' || replace(replace(w.rights, 's', 'r'), 'i', 'a'), '')
           || coalesce((SELECT string_agg(' ' || CASE what WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w'
                ELSE what END || '(' || columns || ')', '' ORDER BY what) FROM part p WHERE p.name = n.name), '')
         FROM (SELECT name FROM whole UNION SELECT name FROM part) n LEFT JOIN whole w USING (name) ORDER BY 1"
    );
    let found = ask(stage.world.url(), &sql).await.unwrap().concat();
    assert_eq!(found, RIGHTS);
}

/// Whatever is of ours: the schema, the one of the wall, the one of the reader.
#[tokio::test]
async fn the_guest_calls_nothing_of_ours_but_the_verifier() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let all = "SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace::regnamespace::text \
               IN ('public', 'aura_wall', 'aura_reader')";
    let mine = format!(
        "{all} AND has_function_privilege('{}', p.oid, 'EXECUTE')",
        stage.guest.name
    );
    assert!(ask(stage.world.url(), all).await.unwrap().len() > 5);
    assert_eq!(
        ask(stage.world.url(), &mine).await.unwrap().concat(),
        ["aura_wall.signed()"]
    );
    // And that by the policies alone, not by name.
    for call in [
        "SELECT aura_wall.signed()",
        "SELECT aura_wall.sign(gen_random_uuid(), 1)",
        "SELECT * FROM aura_wall.keys",
        "SELECT aura_wall.add_key()",
        "SELECT * FROM aura_reader.users",
        "SELECT aura_wall.block('', 1)",
    ] {
        refused(&ask(&stage.guest.url, call).await, DENIED, call);
    }
}

#[tokio::test]
async fn nobody_but_the_owner_sees_the_key() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    for login in [&stage.service, &stage.guest, &stage.runtime, &stage.reader] {
        refused(
            &ask(&login.url, "SELECT * FROM aura_wall.keys").await,
            DENIED,
            &login.name,
        );
    }
    // Even a grant by mistake opens nothing.
    let grant = format!(
        "GRANT USAGE ON SCHEMA aura_wall TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA aura_wall TO {}, {}",
        stage.service.name, stage.guest.name
    );
    ask(stage.world.url(), &grant).await.unwrap();
    for login in [&stage.service, &stage.guest] {
        let count = "SELECT count(*) FROM aura_wall.keys";
        assert_eq!(value(&login.url, count).await, "0");
    }
    refused(
        &ask(
            &stage.guest.url,
            "INSERT INTO aura_wall.keys (inner_block, outer_block) SELECT decode(repeat('00', 64), 'hex'), decode(repeat('00', 64), 'hex')",
        )
        .await,
        DENIED,
        "a key of one's own",
    );
}

#[tokio::test]
async fn only_the_service_signs() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    assert!(stage.signed("a").await.len() > 64);
    for login in [&stage.guest, &stage.runtime, &stage.reader] {
        refused(
            &ask(&login.url, "SELECT aura_wall.sign(gen_random_uuid(), 1)").await,
            DENIED,
            &login.name,
        );
    }
}

#[tokio::test]
async fn the_guest_works_in_its_tenant_and_sees_no_other() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let tables = stage.world.catalog().await.tables;
    let mut seen = 0;
    for (name, table) in &tables {
        let column = match name.as_str() {
            "applications" | "users" => "id",
            _ if table.tenant_owned() => "application_id",
            // Nothing in it is the guest's.
            _ => {
                let found = stage.as_guest("a", &format!("SELECT 1 FROM {name}")).await;
                refused(&found, DENIED, name);
                continue;
            }
        };
        let owner = if name == "users" {
            "users"
        } else {
            "applications"
        };
        let sql = format!("SELECT count(*), bool_and({column} = {{a.{owner}}}) FROM {name}");
        let found = stage.as_guest("a", &sql).await.unwrap();
        assert_eq!(found, [["1", "t"]], "{name}");
        let nobody = ask(
            &stage.guest.url,
            &format!("SELECT count({column}) FROM {name}"),
        )
        .await;
        assert_eq!(nobody.unwrap(), [["0"]], "{name} with no tenant");
        seen += 1;
    }
    assert_eq!(seen, RIGHTS.len());
    for work in [
        "INSERT INTO clients (application_id, name) VALUES ({a.applications}, 'New')",
        "UPDATE clients SET name = 'Other', updated_at = now() RETURNING name",
        "UPDATE clients SET deleted_at = now(), deletion_id = gen_random_uuid()",
        "INSERT INTO emails (application_id, mailbox_id, from_address, subject, body, received_at) \
         VALUES ({a.applications}, {a.mailboxes}, 'x@example.org', 'Hi', 'There', now())",
        "INSERT INTO email_recipients (application_id, email_id, kind, address) \
         VALUES ({a.applications}, {a.emails}, 'cc', 'x@example.org')",
        "SELECT u.name FROM users u JOIN application_memberships m ON m.user_id = u.id",
    ] {
        stage
            .as_guest("a", work)
            .await
            .unwrap_or_else(|problem| panic!("{work}: {problem}"));
    }
}

#[tokio::test]
async fn the_guest_writes_nothing_of_others_and_nothing_that_gives_access() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    for sql in [
        "INSERT INTO clients (application_id, name) VALUES ({b.applications}, 'New')",
        "UPDATE clients SET application_id = {b.applications}",
        "UPDATE clients SET id = gen_random_uuid()",
        // Whether it is refused by the reference would tell whether there is such a user.
        "UPDATE clients SET created_by = {b.users}",
        "INSERT INTO clients (application_id, name, created_by) VALUES ({a.applications}, 'New', {b.users})",
        "DELETE FROM clients",
        "DELETE FROM client_users",
        "TRUNCATE clients CASCADE",
        "LOCK TABLE clients IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE client_users IN SHARE MODE",
        "INSERT INTO application_memberships (application_id, user_id) VALUES ({a.applications}, {b.users})",
        "UPDATE application_memberships SET user_id = {b.users}",
        "UPDATE application_memberships SET deleted_at = NULL",
        "INSERT INTO membership_roles (application_id, user_id, role_id) VALUES ({a.applications}, {a.users}, {a.roles})",
        "INSERT INTO role_permissions (application_id, role_id, permission) VALUES ({a.applications}, {a.roles}, '*')",
        "UPDATE roles SET key = 'owner'",
        "UPDATE invitations SET email = 'me@example.org'",
        "INSERT INTO invitation_roles (application_id, invitation_id, role_id) VALUES ({a.applications}, {a.invitations}, {a.roles})",
        "UPDATE domains SET verified_at = now()",
        "INSERT INTO domains (application_id, name, challenge) VALUES ({a.applications}, 'other.org', 'aura-challenge')",
        "UPDATE applications SET slug = 'mine'",
        "UPDATE users SET email = 'me@example.org'",
        "INSERT INTO audit_events SELECT * FROM audit_events",
        "SELECT email FROM users",
        "SELECT secret_hash FROM invitations",
        "SELECT challenge FROM domains",
        "SELECT * FROM invitations",
        "SELECT password_hash FROM user_passwords",
        "SELECT secret_hash FROM sessions",
        "SELECT version FROM seaql_migrations",
    ] {
        refused(&stage.as_guest("a", sql).await, DENIED, sql);
    }
    // Set beside the signed one, the floor's tenant takes away and gives nothing.
    let both = "SET LOCAL app.application_id = '00000000-0000-0000-0000-000000000000'; SELECT count(*) FROM clients";
    assert_eq!(stage.as_guest("a", both).await.unwrap(), [["0"]]);
}

/// Where a role that was granted too much is given to the login as well, the restrictive policies hold.
#[tokio::test]
async fn a_role_too_many_does_not_open_the_wall() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let admin = stage.world.admin_url();
    let grant = format!(
        "GRANT \"{}\" TO {}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}",
        stage.roles.name(Role::Service),
        stage.guest.name,
        stage.guest.name
    );
    ask(admin, &grant).await.unwrap();
    assert_eq!(
        stage
            .as_guest("a", "SELECT count(*), min(name) FROM clients")
            .await
            .unwrap(),
        [["1", "Client"]]
    );
    for table in [
        "sessions",
        "user_passwords",
        "verification_tokens",
        "sign_in_throttles",
    ] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(
            stage.as_guest("a", &count).await.unwrap(),
            [["0"]],
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_table_of_an_application_is_behind_the_wall_too() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let notes = Table::new("notes", "What members write down")
        .tenant_owned()
        .column(Column::uuid("client_id", "About whom"))
        .column(Column::text("body", "The note").length(1, 100))
        .column(Column::text("challenge", "A secret").length(1, 100).null())
        .references(
            &["application_id", "client_id"],
            "clients",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
        .timestamps();
    let manager = SchemaManager::new(&stage.world.db);
    notes.create(&manager).await.unwrap();
    refused(
        &stage.as_guest("a", "SELECT body FROM notes").await,
        DENIED,
        "before",
    );
    schema::isolate(&manager, "notes").await.unwrap();
    for application in ["a", "b"] {
        stage
            .world
            .done(&format!(
                "INSERT INTO notes (application_id, client_id, body, challenge) \
                 VALUES ({{{application}.applications}}, {{{application}.clients}}, 'of {application}', 'hidden')"
            ))
            .await;
    }
    assert_eq!(
        stage.as_guest("a", "SELECT body FROM notes").await.unwrap(),
        [["of a"]]
    );
    for sql in [
        "SELECT challenge FROM notes",
        "DELETE FROM notes",
        "UPDATE notes SET application_id = {b.applications}",
    ] {
        refused(&stage.as_guest("a", sql).await, DENIED, sql);
    }
    let reader = "SELECT body, challenge FROM aura_reader.notes ORDER BY body";
    assert_eq!(
        ask(&stage.reader.url, reader).await.unwrap(),
        [["of a", ""], ["of b", ""]]
    );
    schema::lift_isolation(&manager, "notes").await.unwrap();
    notes.drop(&manager).await.unwrap();
}
