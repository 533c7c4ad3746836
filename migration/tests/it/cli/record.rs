//! The record: what was applied must still be what the program has.
use migration::testing::TestDb;

use super::{Place, catalog, known};

/// Of the middle of the history.
const ONE: &str = "m20261121_000006_create_clients";

async fn a_changed_migration_is_named(db: TestDb) {
    let place = Place::new();
    place.on(db.url(), "status").succeeds();
    let change =
        format!("UPDATE _aura_migrations SET checksum = 'another' WHERE version = '{ONE}'");
    db.execute(&change).await.unwrap();
    for command in ["status", "up", "up --dry-run"] {
        let parts = [
            ONE,
            "was changed after it was applied",
            "write a new migration",
        ];
        place.on(db.url(), command).fails_with(3, &parts);
    }
    place.on(db.url(), "status").says(&["  changed  20"]);
    // It is as good a schema as before: `baseline` looks, and takes it for right.
    place
        .on(db.url(), "baseline")
        .succeeds()
        .says(&["recorded 0 migrations"]);
    place.on(db.url(), "status").succeeds();
}

async fn a_missing_migration_is_named(db: TestDb) {
    let lost = "m20261121_000006_lost";
    let add = format!("INSERT INTO seaql_migrations VALUES ('{lost}', 1000000000)");
    db.execute(&add).await.unwrap();
    let place = Place::new();
    for command in ["status", "up", "down"] {
        let parts = [lost, "is applied, but this program lacks it"];
        place.on(db.url(), command).fails_with(3, &parts);
    }
    place
        .on(db.url(), "status")
        .says(&["missing  2001-09-09 01:46:40 UTC"]);
}

async fn a_migration_out_of_order_is_named(db: TestDb) {
    for table in ["seaql_migrations", "_aura_migrations"] {
        let forget = format!("DELETE FROM {table} WHERE version = '{ONE}'");
        db.execute(&forget).await.unwrap();
    }
    let place = Place::new();
    let before = catalog(&db.connect().await).await;
    for command in ["status", "up"] {
        let parts = [ONE, "is not applied, but a later one is", "--out-of-order"];
        place.on(db.url(), command).fails_with(3, &parts);
    }
    place
        .on(db.url(), "status")
        .says(&["  out of order\n", ", 1 pending"]);
    assert_eq!(catalog(&db.connect().await).await, before);
}

/// What plain `SeaORM` applied has no checksum; the next `up` keeps those of today.
async fn what_another_program_applied_is_adopted(db: TestDb) {
    db.execute("DROP TABLE _aura_migrations").await.unwrap();
    let place = Place::new();
    let without = format!("{} without a checksum to compare", known());
    place.on(db.url(), "status").succeeds().says(&[&without]);
    place.on(db.url(), "up").succeeds().says(&["nothing to do"]);
    let run = place.on(db.url(), "status").succeeds();
    assert!(!run.stdout.contains("checksum"), "{}", run.stdout);
}

async fn status_is_there_for_machines(db: TestDb) {
    let place = Place::new();
    place.on(db.url(), "down").succeeds();
    db.execute(&format!(
        "UPDATE _aura_migrations SET checksum = 'x' WHERE version = '{ONE}'"
    ))
    .await
    .unwrap();
    let run = place.on(db.url(), "status --json");
    assert_eq!(run.code, 3, "{}", run.stderr);
    let status: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(status["applied"], known() - 1);
    assert_eq!(status["pending"], 1);
    let problem = status["problems"][0].as_str().unwrap();
    assert!(problem.contains(ONE), "{problem}");
    let migrations = status["migrations"].as_array().unwrap();
    assert_eq!(migrations.len(), known());
    assert_eq!(migrations[0]["state"], "applied");
    assert!(migrations[0]["applied_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(migrations[5]["state"], "changed");
    let last = migrations.last().unwrap();
    assert_eq!(
        (&last["state"], last["applied_at"].is_null()),
        (&"pending".into(), true)
    );
}

migration::both_backends!(
    a_changed_migration_is_named,
    a_missing_migration_is_named,
    a_migration_out_of_order_is_named,
    what_another_program_applied_is_adopted,
    status_is_there_for_machines
);
