//! The record: what was applied must still be what the program has.
use migration::MigratorTrait;
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

/// Where an edit is known to be harmless, that can be said of each migration by name.
async fn a_harmless_change_is_accepted_by_name(db: TestDb) {
    const OTHER: &str = "m20261121_000007_create_verification_tokens";
    let change =
        format!("UPDATE _aura_migrations SET checksum = 'x' WHERE version IN ('{ONE}', '{OTHER}')");
    db.execute(&change).await.unwrap();
    let place = Place::new();
    for command in ["status", "up"] {
        let parts = [ONE, OTHER, "`up --accept-changed NAME`"];
        place.on(db.url(), command).fails_with(3, &parts);
    }
    let accept = |names: &str| place.on(db.url(), &format!("up {names}"));
    accept("--accept-changed 000006")
        .fails(&["takes 000006 as now for what was applied", "say `--yes`"]);
    accept("--accept-changed 99 --yes").fails(&["there is no migration `99`"]);
    assert_eq!(accept("--accept-changed 000006 --dry-run").code, 2);
    // One is not the other.
    let run = accept("--accept-changed 000006 --yes");
    assert!(run.stdout.contains(&format!("{ONE} is taken as it is now")));
    let run = run.fails_with(3, &[OTHER, "was changed"]);
    assert!(!run.stderr.contains(ONE), "{}", run.stderr);
    accept(&format!(
        "--accept-changed {ONE} --accept-changed {OTHER} --yes"
    ))
    .succeeds()
    .says(&[&format!("{OTHER} is taken as it is now"), "nothing to do"]);
    place.on(db.url(), "status").succeeds();
    place.on(db.url(), "down").succeeds();
    let last = migration::Migrator::migrations().pop().unwrap();
    let last = last.name();
    accept(&format!("--accept-changed {last} --yes")).fails(&[last, "is not applied"]);
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
    a_harmless_change_is_accepted_by_name,
    a_changed_migration_is_named,
    a_missing_migration_is_named,
    a_migration_out_of_order_is_named,
    what_another_program_applied_is_adopted,
    status_is_there_for_machines
);
