//! A schema that is not there, or closed to the login, is not taken for an empty one, nor for another.

use migration::testing::{Backend, TestDb};

use super::{Place, text};

#[tokio::test]
async fn a_schema_that_is_not_there_is_named_and_not_made() {
    let db = TestDb::new(Backend::Postgres).await;
    let place = Place::new();
    for command in [
        "check",
        "baseline",
        "down",
        "reset --yes",
        "roles",
        "rotate-key",
    ] {
        place
            .on(db.url(), &format!("-s typo {command}"))
            .fails(&["the database has no schema `typo`", "`up` makes it"]);
    }
    let made = "SELECT count(*)::text FROM pg_namespace WHERE nspname = 'typo'";
    assert_eq!(text(&db.connect().await, made).await, "0");

    // What makes it, and what shows what that would do.
    place.on(db.url(), "-s typo status").gives(2);
    place.on(db.url(), "-s typo up --dry-run").succeeds();
    place.on(db.url(), "-s typo up").succeeds();
    place.on(db.url(), "-s typo check").succeeds();
    place.on(db.url(), "-s fresh fresh --yes").succeeds();
}

#[tokio::test]
async fn a_schema_that_is_closed_is_not_an_empty_one() {
    let db = TestDb::empty(Backend::Postgres).await;
    let place = Place::new();
    place.on(db.url(), "-s app up").succeeds();
    let login = db.create_login().await;
    for command in ["status", "check", "baseline", "up", "down", "reset --yes"] {
        place
            .on(&login.url, &format!("-s app {command}"))
            .fails(&["permission denied for schema app", "grant this login"]);
    }
}
