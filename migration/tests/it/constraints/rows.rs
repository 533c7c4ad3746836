//! Rules over several columns of a row.

use migration::testing::TestDb;

use crate::world::{Refusal, World};

async fn deleted_at_and_deletion_id_come_together(db: TestDb) {
    let world = World::of(db).await;
    let mut tried = 0;
    for (table, definition) in world.catalog().await.tables {
        if definition.column("deleted_at").is_none() {
            continue;
        }
        let row = World::row(&table, "a");
        let update = |what: &str| format!("UPDATE {table} SET {what} WHERE {row}");
        let check = Refusal::Check(format!("{table}_deletion_check"));
        let (at, by) = ("deleted_at = {2026-02-03T04:05:06}", "deletion_id = {9}");
        assert_eq!(world.refused(&update(at)).await, check);
        assert_eq!(world.refused(&update(by)).await, check);
        assert_eq!(world.done(&update(&format!("{at}, {by}"))).await, 1);
        assert_eq!(world.refused(&update("deleted_at = NULL")).await, check);
        assert_eq!(world.refused(&update("deletion_id = NULL")).await, check);
        world
            .done(&update("deleted_at = NULL, deletion_id = NULL"))
            .await;
        tried += 1;
    }
    assert!(tried >= 8, "{tried} soft-deletable tables: there were 8");
}

async fn an_email_was_either_sent_or_received(db: TestDb) {
    let world = World::of(db).await;
    let row = World::row("emails", "a");
    let update = |what: &str| format!("UPDATE emails SET {what} WHERE {row}");
    let check = Refusal::Check("emails_direction_check".to_owned());
    assert_eq!(
        world
            .refused(&update("received_at = {2026-02-03T04:05:06}"))
            .await,
        check
    );
    assert_eq!(world.refused(&update("sent_at = NULL")).await, check);
    world
        .done(&update(
            "sent_at = NULL, received_at = {2026-02-03T04:05:06}",
        ))
        .await;
}

async fn what_expires_does_so_after_it_was_made(db: TestDb) {
    let world = World::of(db).await;
    for table in ["verification_tokens", "invitations", "sessions"] {
        let row = World::row(table, "a");
        let update = |expires: &str| {
            format!(
                "UPDATE {table} SET created_at = {{2026-02-03T04:05:06}}, expires_at = {{{expires}}} WHERE {row}"
            )
        };
        let check = Refusal::Check(format!("{table}_expiry_check"));
        assert_eq!(world.refused(&update("2026-02-03T04:05:06")).await, check);
        assert_eq!(world.refused(&update("2026-02-03T04:05:05")).await, check);
        // As text a fraction must not sort before the full second.
        world.done(&update("2026-02-03T04:05:06.001")).await;
        world.done(&update("2026-02-03T04:05:07")).await;
    }
}

async fn a_change_of_address_names_the_address(db: TestDb) {
    let world = World::of(db).await;
    let row = World::row("verification_tokens", "a");
    let check = Refusal::Check("verification_tokens_email_change_check".to_owned());
    let without = format!("UPDATE verification_tokens SET email = NULL WHERE {row}");
    assert_eq!(world.refused(&without).await, check);
    world
        .done(&format!(
            "UPDATE verification_tokens SET purpose = 'magic_link', email = NULL WHERE {row}"
        ))
        .await;
}

async fn a_mailbox_has_the_address_of_its_local_part(db: TestDb) {
    let world = World::of(db).await;
    let row = World::row("mailboxes", "a");
    let set = |local: &str, email: &str| {
        format!("UPDATE mailboxes SET local_part = '{local}', email = '{email}' WHERE {row}")
    };
    let check = Refusal::Check("mailboxes_address_check".to_owned());
    for (local, email) in [
        ("info", "sales@example.org"),
        ("info", "information@example.org"),
        ("information", "info@example.org"),
    ] {
        assert_eq!(
            world.refused(&set(local, email)).await,
            check,
            "{local}, {email}"
        );
    }
    world.done(&set("sales", "sales@example.org")).await;
    world.done(&set("*", "*@example.org")).await;
}

/// Every column that is not nullable, in every table.
async fn a_required_column_cannot_be_null(db: TestDb) {
    let world = World::of(db).await;
    for (table, definition) in world.catalog().await.tables {
        let row = World::row(&table, "a");
        for column in &definition.columns {
            let set = format!("UPDATE {table} SET {} = NULL WHERE {row}", column.name);
            let verdict = world.run(&set).await;
            let right = match &verdict {
                Ok(rows) => column.nullable && *rows == 1,
                Err(Refusal::NotNull | Refusal::Moved) => !column.nullable,
                // A rule over several columns.
                Err(Refusal::Check(_)) => column.nullable,
                Err(refusal) => *refusal == Refusal::AppendOnly && table.starts_with("audit_"),
            };
            assert!(right, "{table}.{}: {verdict:?}", column.name);
        }
    }
}

migration::both_backends!(
    deleted_at_and_deletion_id_come_together,
    an_email_was_either_sent_or_received,
    what_expires_does_so_after_it_was_made,
    a_change_of_address_names_the_address,
    a_mailbox_has_the_address_of_its_local_part,
    a_required_column_cannot_be_null
);
