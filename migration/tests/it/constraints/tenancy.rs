//! No row of one application can reference a row of another.

use migration::testing::TestDb;

use crate::world::{Refusal, World};

/// Every composite foreign key that there is, those of tables to come included.
async fn a_reference_across_applications_is_refused(db: TestDb) {
    let world = World::of(db).await;
    let mut tried = 0;
    for (table, definition) in world.catalog().await.tables {
        for key in definition
            .foreign_keys
            .iter()
            .filter(|key| key.columns.len() > 1)
        {
            if table == "audit_details" {
                // Never updated: a new one, of another's event.
                let of_other = "INSERT INTO audit_details (application_id, event_id, detail, salt) VALUES \
                                ({a.applications}, {b.audit_events}, '{}', {hash})";
                assert_eq!(world.refused(of_other).await, Refusal::ForeignKey);
                tried += 1;
                continue;
            }
            let mine = World::row(&table, "a");
            let parent = |owner: &str| {
                let assignments = key.columns.iter().zip(&key.to).skip(1).map(|(column, to)| {
                    let parent = World::row(&key.table, owner);
                    format!("{column} = (SELECT {to} FROM {} WHERE {parent})", key.table)
                });
                let assignments = assignments.collect::<Vec<_>>().join(", ");
                format!("UPDATE {table} SET {assignments} WHERE {mine}")
            };
            assert_eq!(
                world.done(&parent("a")).await,
                1,
                "{}: its own parent",
                key.name
            );
            let refusal = world.refused(&parent("b")).await;
            assert_eq!(
                refusal,
                Refusal::ForeignKey,
                "{}: another's parent",
                key.name
            );
            tried += 1;
        }
    }
    assert!(tried >= 13, "{tried} composite foreign keys: there were 13");
}

/// Where the parent is optional the composite key checks nothing: the direct one must.
async fn a_row_of_no_application_is_refused_though_its_parents_are_null(db: TestDb) {
    let world = World::of(db).await;
    let email = |application: &str| {
        format!(
            "INSERT INTO emails (application_id, id, from_address, subject, body, sent_at) \
             VALUES ({application}, {{1}}, 'x@example.org', '', '', {{2026-01-01T00:00:00}})"
        )
    };
    assert_eq!(world.refused(&email("{99}")).await, Refusal::ForeignKey);
    world.done(&email("{a.applications}")).await;
}

async fn a_row_cannot_move_to_another_application(db: TestDb) {
    let world = World::of(db).await;
    for (table, definition) in world.catalog().await.tables {
        let through_parents = definition
            .foreign_keys
            .iter()
            .any(|key| key.columns.len() > 1);
        if definition.tenant_owned() && through_parents && !table.starts_with("audit_") {
            let row = World::row(&table, "a");
            let refusal = world
                .refused(&format!(
                    "UPDATE {table} SET application_id = {{b.applications}} WHERE {row}"
                ))
                .await;
            assert!(
                matches!(
                    refusal,
                    Refusal::ForeignKey | Refusal::Unique | Refusal::Moved
                ),
                "{table}: {refusal:?}"
            );
        }
    }
}

async fn a_member_of_another_application_gets_no_role_here(db: TestDb) {
    let world = World::of(db).await;
    let grant = |user: &str, role: &str| {
        format!(
            "INSERT INTO membership_roles (application_id, user_id, role_id) VALUES ({{a.applications}}, {user}, {role})"
        )
    };
    assert_eq!(
        world.refused(&grant("{b.users}", "{a.roles}")).await,
        Refusal::ForeignKey
    );
    assert_eq!(
        world.refused(&grant("{a.users}", "{b.roles}")).await,
        Refusal::ForeignKey
    );
}

migration::both_backends!(
    a_reference_across_applications_is_refused,
    a_row_of_no_application_is_refused_though_its_parents_are_null,
    a_row_cannot_move_to_another_application,
    a_member_of_another_application_gets_no_role_here
);
