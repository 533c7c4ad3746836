//! What was done stays as it was written.

use migration::testing::{Backend, TestDb, not_on_citus, on_citus};

use crate::world::{Refusal, World};

const COLUMNS: &str = "application_id, id, lane, sequence, action, subject_type, subject_id, detail_hash, previous_hash";

fn event(id: &str, action: &str) -> String {
    format!(
        "INTO audit_events ({COLUMNS}) VALUES ({{a.applications}}, {id}, 0, 2, '{action}', 'clients', {{1}}, {{hash}}, {{hash}})"
    )
}

async fn an_event_can_be_added_and_neither_changed_nor_removed(db: TestDb) {
    let world = World::of(db).await;
    world
        .done(&format!("INSERT {}", event("{1}", "clients.update")))
        .await;
    let before = contents(&world).await;
    let mut attempts = vec![
        "UPDATE audit_events SET action = 'nothing.done'".to_owned(),
        "UPDATE audit_events SET action = action WHERE id = {1}".to_owned(),
        "DELETE FROM audit_events WHERE id = {1}".to_owned(),
        "DELETE FROM audit_events".to_owned(),
        format!(
            "INSERT {} ON CONFLICT (application_id, id) DO UPDATE SET action = excluded.action",
            event("{1}", "nothing.done")
        ),
    ];
    match world.backend {
        Backend::Postgres => {
            attempts.push("TRUNCATE audit_events CASCADE".to_owned());
            attempts.push(
                "WITH gone AS (DELETE FROM audit_events RETURNING 1) SELECT * FROM gone".to_owned(),
            );
        }
        Backend::Sqlite => {
            attempts.push(format!("REPLACE {}", event("{1}", "nothing.done")));
            attempts.push(format!(
                "INSERT OR REPLACE {}",
                event("{1}", "nothing.done")
            ));
            attempts.push("UPDATE OR REPLACE audit_events SET action = 'nothing.done'".to_owned());
        }
    }
    // There no right tells what may go from the rest: the owner and the service may delete, and verifying finds it out.
    attempts.retain(|attempt| !on_citus() || !attempt.contains("DELETE"));
    for attempt in attempts {
        assert_eq!(
            world.refused(&attempt).await,
            Refusal::AppendOnly,
            "{attempt}"
        );
    }
    assert_eq!(contents(&world).await, before);
}

/// An ordinary table has a hidden `rowid`, by which REPLACE takes the place of a row that has another key.
#[tokio::test]
async fn an_event_is_not_replaced_by_its_hidden_number() {
    let world = World::of(TestDb::new(Backend::Sqlite).await).await;
    let before = contents(&world).await;
    for hidden in ["rowid", "oid", "_rowid_"] {
        let attempt = event("{1}", "nothing.done")
            .replace("(application_id", &format!("({hidden}, application_id"))
            .replace("({a.applications}", "(1, {a.applications}");
        let refusal = world.refused(&format!("INSERT OR REPLACE {attempt}")).await;
        assert!(matches!(refusal, Refusal::Other(_)), "{refusal:?}");
    }
    assert_eq!(contents(&world).await, before);
}

async fn the_detail_of_an_event_can_be_erased(db: TestDb) {
    let world = World::of(db).await;
    let row = World::row("audit_details", "a");
    assert_eq!(
        world
            .done(&format!("DELETE FROM audit_details WHERE {row}"))
            .await,
        1
    );
    assert_eq!(world.count("audit_events", &row).await, 1);
}

async fn an_event_goes_once_its_chain_begins_after_it(db: TestDb) {
    if not_on_citus("no right tells the events that a chain has retired from the rest") {
        return;
    }
    let world = World::of(db).await;
    world
        .done(&format!("INSERT {}", event("{1}", "clients.update")))
        .await;
    world
        .done("UPDATE audit_chains SET sequence = 2, first_sequence = 2 WHERE application_id = {a.applications}")
        .await;
    let last = world
        .refused("DELETE FROM audit_events WHERE id = {1}")
        .await;
    assert_eq!(last, Refusal::AppendOnly);
    let others = world
        .refused("DELETE FROM audit_events WHERE sequence = 1")
        .await;
    assert_eq!(
        others,
        Refusal::AppendOnly,
        "those of another application stay"
    );
    let own = "DELETE FROM audit_events WHERE sequence = 1 AND application_id = {a.applications}";
    assert_eq!(world.done(own).await, 1);
    for back in [
        "UPDATE audit_chains SET first_sequence = 1 WHERE application_id = {a.applications}",
        "UPDATE audit_chains SET sequence = 1 WHERE application_id = {a.applications}",
        "UPDATE audit_chains SET lane = 1",
        "DELETE FROM audit_chains",
    ] {
        assert_eq!(world.refused(back).await, Refusal::AppendOnly, "{back}");
    }
    let beyond =
        "UPDATE audit_chains SET first_sequence = 9 WHERE application_id = {a.applications}";
    let refused = world.refused(beyond).await;
    assert_eq!(
        refused,
        Refusal::Check("audit_chains_sequence_check".into())
    );
}

async fn a_place_in_a_chain_is_taken_once(db: TestDb) {
    let world = World::of(db).await;
    let again = event("{1}", "clients.update").replace("0, 2,", "0, 1,");
    assert_eq!(
        world.refused(&format!("INSERT {again}")).await,
        Refusal::Unique
    );
}

async fn a_detail_is_written_once(db: TestDb) {
    let world = World::of(db).await;
    let refused = world
        .refused("UPDATE audit_details SET detail = detail")
        .await;
    assert_eq!(refused, Refusal::AppendOnly);
}

async fn an_event_of_no_application_is_kept_under_the_nil_uuid(db: TestDb) {
    let world = World::of(db).await;
    let event = event("{1}", "users.create").replace("{a.applications}", "{0}");
    world.done(&format!("INSERT {event}")).await;
}

async fn a_detail_belongs_to_an_event(db: TestDb) {
    let world = World::of(db).await;
    let detail = "INSERT INTO audit_details (application_id, event_id, detail, salt) VALUES ({a.applications}, {77}, '{}', {hash})";
    assert_eq!(world.refused(detail).await, Refusal::ForeignKey);
}

migration::both_backends!(
    an_event_can_be_added_and_neither_changed_nor_removed,
    the_detail_of_an_event_can_be_erased,
    an_event_goes_once_its_chain_begins_after_it,
    a_place_in_a_chain_is_taken_once,
    a_detail_is_written_once,
    an_event_of_no_application_is_kept_under_the_nil_uuid,
    a_detail_belongs_to_an_event
);

async fn contents(world: &World) -> Vec<String> {
    let hex = match world.backend {
        Backend::Sqlite => "hex(id)",
        Backend::Postgres => "id::text",
    };
    let rows = world
        .rows(&format!(
            "SELECT {hex} || ' ' || action AS event FROM audit_events ORDER BY 1"
        ))
        .await;
    rows.iter()
        .map(|row| row.try_get("", "event").unwrap())
        .collect()
}
