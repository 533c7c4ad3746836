//! What a deletion for good takes with it, leaves, and is refused by.

use migration::testing::TestDb;

use crate::world::{Refusal, World};

async fn an_application_takes_everything_that_it_owns_and_nothing_else(db: TestDb) {
    let world = World::of(db).await;
    world
        .done("DELETE FROM applications WHERE id = {a.applications}")
        .await;
    for table in world.catalog().await.tables.keys() {
        let left = world.count(table, &World::row(table, "a")).await;
        let expected = match table.as_str() {
            // Users and who signs in are global, and what was done stays on record.
            "users"
            | "user_passwords"
            | "verification_tokens"
            | "sessions"
            | "sign_in_throttles"
            | "audit_chains"
            | "audit_events"
            | "audit_details" => 1,
            _ => 0,
        };
        assert_eq!(left, expected, "A's row in {table}");
        let others = world.count(table, &World::row(table, "b")).await;
        assert_eq!(others, 1, "B's row in {table}");
    }
    let open = world
        .count("sessions", "id = {a.sessions} AND application_id IS NULL")
        .await;
    assert_eq!(open, 1, "the session goes on without an application");
}

async fn a_user_with_mail_stays_until_the_mail_is_let_go(db: TestDb) {
    let world = World::of(db).await;
    let delete = "DELETE FROM users WHERE id = {a.users}";
    let set = |table: &str, user: &str| {
        let row = World::row(table, "a");
        format!("UPDATE {table} SET user_id = {user} WHERE {row}")
    };
    // Each by itself is enough to refuse it: no email keeps the mailbox.
    world.done("UPDATE emails SET mailbox_id = NULL").await;
    for (kept, let_go) in [("mailboxes", "emails"), ("emails", "mailboxes")] {
        world.done(&set(kept, "{a.users}")).await;
        world.done(&set(let_go, "NULL")).await;
        assert_eq!(
            world.refused(delete).await,
            Refusal::ForeignKey,
            "with {kept}"
        );
    }
    world.done(&set("emails", "NULL")).await;
    world.done(delete).await;
}

async fn a_user_takes_what_is_personal_and_leaves_what_belongs_to_applications(db: TestDb) {
    let world = World::of(db).await;
    for table in ["mailboxes", "emails"] {
        world
            .done(&format!(
                "UPDATE {table} SET user_id = NULL WHERE {}",
                World::row(table, "a")
            ))
            .await;
    }
    world.done("DELETE FROM users WHERE id = {a.users}").await;
    for table in [
        "users",
        "user_passwords",
        "application_memberships",
        "membership_roles",
        "client_users",
        "verification_tokens",
        "sessions",
    ] {
        assert_eq!(
            world.count(table, &World::row(table, "a")).await,
            0,
            "{table}"
        );
        assert_eq!(
            world.count(table, &World::row(table, "b")).await,
            1,
            "{table} of B"
        );
    }
    for (table, who) in [
        ("clients", "created_by"),
        ("domains", "created_by"),
        ("invitations", "invited_by"),
    ] {
        let row = World::row(table, "a");
        assert_eq!(
            world
                .count(table, &format!("{row} AND {who} IS NULL"))
                .await,
            1,
            "{table}.{who}"
        );
        let other = World::row(table, "b");
        assert_eq!(
            world
                .count(table, &format!("{other} AND {who} IS NULL"))
                .await,
            0,
            "{table}.{who} of B"
        );
    }
    // A plain uuid: who made it stays known, whether the user is there or not.
    let made_by = "id = {a.applications} AND created_by = {a.users}";
    assert_eq!(world.count("applications", made_by).await, 1);
}

async fn what_others_need_cannot_be_deleted_before_them(db: TestDb) {
    let world = World::of(db).await;
    let delete = |table: &str| format!("DELETE FROM {table} WHERE {}", World::row(table, "a"));
    let mailboxes = world.refused(&delete("mailboxes")).await;
    assert_eq!(mailboxes, Refusal::ForeignKey, "it has an email");
    let row = World::row("emails", "a");
    world
        .done(&format!("UPDATE emails SET mailbox_id = NULL WHERE {row}"))
        .await;
    let domains = world.refused(&delete("domains")).await;
    assert_eq!(domains, Refusal::ForeignKey, "it has a mailbox");
    world.done(&delete("mailboxes")).await;
    world.done(&delete("domains")).await;
    assert_eq!(world.count("emails", &row).await, 1);
}

/// A parent, and what goes with it.
async fn parts_go_with_what_they_are_parts_of(db: TestDb) {
    let world = World::of(db).await;
    for (parent, parts) in [
        ("emails", &["email_recipients"][..]),
        ("invitations", &["invitation_roles"]),
        ("clients", &["client_users"]),
        ("roles", &["role_permissions", "membership_roles"]),
    ] {
        world
            .done(&format!(
                "DELETE FROM {parent} WHERE {}",
                World::row(parent, "a")
            ))
            .await;
        for part in parts {
            assert_eq!(
                world.count(part, &World::row(part, "a")).await,
                0,
                "{part} of {parent}"
            );
            assert_eq!(
                world.count(part, &World::row(part, "b")).await,
                1,
                "{part} of B's {parent}"
            );
        }
    }
    assert_eq!(
        world
            .count("application_memberships", "user_id = {a.users}")
            .await,
        1
    );
}

migration::both_backends!(
    an_application_takes_everything_that_it_owns_and_nothing_else,
    a_user_with_mail_stays_until_the_mail_is_let_go,
    a_user_takes_what_is_personal_and_leaves_what_belongs_to_applications,
    what_others_need_cannot_be_deleted_before_them,
    parts_go_with_what_they_are_parts_of
);
