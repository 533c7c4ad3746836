//! What must not be there twice, among live rows, in one application or at all.

use std::collections::BTreeSet;

use migration::testing::TestDb;

use crate::world::{Refusal, World};

/// Each live-unique index, the table, and a second row that agrees with application A's in its columns alone.
const LIVE: [(&str, &str, &str); 7] = [
    (
        "users_email_live_key",
        "users",
        "(id, email) VALUES ({1}, 'a@example.org')",
    ),
    (
        "users_username_live_key",
        "users",
        "(id, email, username) VALUES ({1}, 'other@example.org', 'a1')",
    ),
    (
        "applications_slug_live_key",
        "applications",
        "(id, public_id, slug, name) VALUES ({1}, 'other56789', 'app-a', 'Other')",
    ),
    (
        "roles_application_id_key_live_key",
        "roles",
        "(application_id, id, key, name) VALUES ({a.applications}, {1}, 'editor', 'Other')",
    ),
    (
        "domains_application_id_name_live_key",
        "domains",
        "(application_id, id, name, challenge) VALUES ({a.applications}, {1}, 'example.org', 'aura-challenge-9876')",
    ),
    (
        "mailboxes_application_id_email_live_key",
        "mailboxes",
        "(application_id, id, domain_id, local_part, email) VALUES \
         ({a.applications}, {1}, {a.domains}, 'info', 'info@example.org')",
    ),
    (
        "emails_application_id_mailbox_id_message_id_live_key",
        "emails",
        "(application_id, id, mailbox_id, from_address, subject, body, message_id, received_at) VALUES \
         ({a.applications}, {1}, {a.mailboxes}, 'b@example.org', '', '', 'a1@example.org', {2026-01-01T00:00:00})",
    ),
];

const DELETED: &str = "deleted_at = {2026-02-03T04:05:06}, deletion_id = {9}";
const LIVE_AGAIN: &str = "deleted_at = NULL, deletion_id = NULL";

async fn two_live_rows_cannot_share_a_name_and_a_deleted_one_frees_it(db: TestDb) {
    let world = World::of(db).await;
    for (index, table, row) in LIVE {
        let first = World::row(table, "a");
        let second = format!("INSERT INTO {table} {row}");
        assert_eq!(world.refused(&second).await, Refusal::Unique, "{index}");
        world
            .done(&format!("UPDATE {table} SET {DELETED} WHERE {first}"))
            .await;
        world.done(&second).await;
        let restore =
            format!("UPDATE {table} SET {LIVE_AGAIN} WHERE {first} AND deletion_id = {{9}}");
        assert_eq!(
            world.refused(&restore).await,
            Refusal::Unique,
            "{index}: restored"
        );
        // A second deleted one of the name is as good as none.
        world
            .done(&format!("UPDATE {table} SET {DELETED} WHERE id = {{1}}"))
            .await;
        world
            .done(&format!("DELETE FROM {table} WHERE id = {{1}}"))
            .await;
        world.done(&restore).await;
    }
}

async fn every_live_unique_index_is_tried(db: TestDb) {
    let world = World::of(db).await;
    let there: BTreeSet<_> = world
        .catalog()
        .await
        .tables
        .values()
        .flat_map(|table| table.indexes.clone())
        .filter(|index| index.unique)
        .map(|index| index.name)
        .collect();
    let tried = LIVE.map(|(index, ..)| index).into_iter().chain([
        "applications_public_id_key",
        "audit_events_application_id_lane_sequence_key",
        "domains_name_verified_key",
        "emails_application_id_message_id_unfiled_key",
        "invitations_application_id_email_pending_key",
    ]);
    let tried: BTreeSet<_> = tried.map(str::to_owned).collect();
    assert_eq!(
        there, tried,
        "a unique index without a test here, or a test without its index"
    );
}

async fn a_public_id_never_comes_back(db: TestDb) {
    let world = World::of(db).await;
    world
        .done(&format!(
            "UPDATE applications SET {DELETED} WHERE id = {{a.applications}}"
        ))
        .await;
    let again = "INSERT INTO applications (id, public_id, slug, name) VALUES ({1}, 'a123456789', 'other', 'Other')";
    assert_eq!(world.refused(again).await, Refusal::Unique);
}

async fn a_domain_has_one_verified_owner_in_the_whole_database(db: TestDb) {
    let world = World::of(db).await;
    let verify = |owner: &str| {
        let row = World::row("domains", owner);
        format!("UPDATE domains SET verified_at = {{2026-02-03T04:05:06}} WHERE {row}")
    };
    world.done(&verify("a")).await;
    assert_eq!(world.refused(&verify("b")).await, Refusal::Unique);
    world
        .done(&format!(
            "UPDATE domains SET {DELETED} WHERE application_id = {{a.applications}}"
        ))
        .await;
    world.done(&verify("b")).await;
    let restore =
        format!("UPDATE domains SET {LIVE_AGAIN} WHERE application_id = {{a.applications}}");
    assert_eq!(world.refused(&restore).await, Refusal::Unique);
}

async fn an_address_has_one_pending_invitation_in_an_application(db: TestDb) {
    let world = World::of(db).await;
    let invite = |id: u8| {
        format!(
            "INSERT INTO invitations (application_id, id, email, secret_hash, expires_at) VALUES \
             ({{a.applications}}, {{{id}}}, 'guest@example.org', {{hash}}, {{2099-01-01T00:00:00}})"
        )
    };
    assert_eq!(world.refused(&invite(1)).await, Refusal::Unique);
    for (id, end) in [(1, "accepted_at"), (2, "revoked_at")] {
        world
            .done(&format!(
                "UPDATE invitations SET {end} = {{2026-02-03T04:05:06}} WHERE {} AND accepted_at IS NULL AND revoked_at IS NULL",
                World::row("invitations", "a")
            ))
            .await;
        world.done(&invite(id)).await;
        assert_eq!(
            world.refused(&invite(3)).await,
            Refusal::Unique,
            "after {end}"
        );
    }
}

/// A message in no mailbox is there once as well; without a Message-ID nothing is the same.
async fn a_message_in_no_mailbox_is_recorded_once(db: TestDb) {
    let world = World::of(db).await;
    let record = |id: u8, application: &str, message_id: &str| {
        format!(
            "INSERT INTO emails (application_id, id, from_address, subject, body, message_id, sent_at) VALUES \
             ({{{application}.applications}}, {{{id}}}, 'info@example.org', '', '', {message_id}, {{2026-01-01T00:00:00}})"
        )
    };
    // As the one in a mailbox.
    world.done(&record(1, "a", "'a1@example.org'")).await;
    let again = record(2, "a", "'a1@example.org'");
    assert_eq!(world.refused(&again).await, Refusal::Unique);
    world.done(&record(2, "b", "'a1@example.org'")).await;
    world.done(&record(3, "a", "NULL")).await;
    world.done(&record(4, "a", "NULL")).await;
    world
        .done(&format!("UPDATE emails SET {DELETED} WHERE id = {{1}}"))
        .await;
    world.done(&record(5, "a", "'a1@example.org'")).await;
}

async fn a_user_is_a_member_once_and_has_a_role_once(db: TestDb) {
    let world = World::of(db).await;
    for again in [
        "INSERT INTO application_memberships (application_id, user_id) VALUES ({a.applications}, {a.users})",
        "INSERT INTO membership_roles (application_id, user_id, role_id) VALUES ({a.applications}, {a.users}, {a.roles})",
        "INSERT INTO role_permissions (application_id, role_id, permission) VALUES ({a.applications}, {a.roles}, 'clients.read')",
    ] {
        assert_eq!(world.refused(again).await, Refusal::Unique);
    }
}

migration::both_backends!(
    two_live_rows_cannot_share_a_name_and_a_deleted_one_frees_it,
    every_live_unique_index_is_tried,
    a_public_id_never_comes_back,
    a_domain_has_one_verified_owner_in_the_whole_database,
    an_address_has_one_pending_invitation_in_an_application,
    a_message_in_no_mailbox_is_recorded_once,
    a_user_is_a_member_once_and_has_a_role_once
);
