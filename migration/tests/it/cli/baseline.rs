//! `baseline`: a database that has the schema is taken over.
use migration::testing::TestDb;

use super::{Place, catalog, known};

async fn forget(db: &TestDb) {
    for table in ["seaql_migrations", "_aura_migrations"] {
        db.execute(&format!("DROP TABLE {table}")).await.unwrap();
    }
}

async fn a_database_that_has_the_schema_is_adopted(db: TestDb) {
    forget(&db).await;
    let place = Place::new();
    place.on(db.url(), "status").gives(2);
    let recorded = format!("recorded {} migrations", known());
    place.on(db.url(), "baseline").succeeds().says(&[&recorded]);
    place.on(db.url(), "status").succeeds();
    place.on(db.url(), "up").succeeds().says(&["nothing to do"]);
    place
        .on(db.url(), "baseline")
        .succeeds()
        .says(&["recorded 0 migrations"]);
}

async fn one_that_has_it_in_part_is_adopted_in_part(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let place = Place::new();
    place.on(db.url(), "up -n 12").succeeds();
    forget(&db).await;
    // All of it is more than it has.
    let run = place.on(db.url(), "baseline");
    assert_eq!(run.code, 1, "{}", run.stdout);
    place.on(db.url(), "status").gives(2).says(&["0 applied, "]);
    place
        .on(db.url(), "baseline --to 000012_create_emails")
        .succeeds()
        .says(&["recorded 12 migrations"]);
    let rest = format!("applied {}, 0 pending", known() - 12);
    place.on(db.url(), "up").succeeds().says(&[&rest]);
    place.on(db.url(), "check").succeeds();
    place
        .on(db.url(), "baseline --to nothing")
        .fails(&["there is no migration `nothing`"]);
}

async fn one_that_differs_is_not_adopted(db: TestDb) {
    forget(&db).await;
    db.execute("DROP INDEX users_email_live_key").await.unwrap();
    let before = catalog(&db.connect().await).await;
    Place::new()
        .on(db.url(), "baseline")
        .fails(&["is not as its migrations make it: table users differ"])
        .says(&["- index ", "users_email_live_key"]);
    assert_eq!(catalog(&db.connect().await).await, before);
}

/// Whoever runs `up` instead is told.
async fn what_is_there_without_a_record_is_no_riddle(db: TestDb) {
    forget(&db).await;
    let place = Place::new();
    let parts = [
        "already exists",
        "no record says that this migration made it: `baseline` adopts",
        "is as it was before it",
    ];
    place.on(db.url(), "up").fails(&parts);
}

migration::both_backends!(
    what_is_there_without_a_record_is_no_riddle,
    a_database_that_has_the_schema_is_adopted,
    one_that_has_it_in_part_is_adopted_in_part,
    one_that_differs_is_not_adopted
);
