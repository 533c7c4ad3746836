//! `aura seed`, as a process.

use std::process::{Command, Output};

use entity::{application_memberships, applications, client_users, clients, roles, users};
use migration::testing::TestDb;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

fn seed(url: &str) -> Output {
    let empty = tempfile::tempdir().expect("a folder");
    Command::new(env!("CARGO_BIN_EXE_aura"))
        .arg("seed")
        .env_remove("DATABASE_SCHEMA")
        .env("DATABASE_URL", url)
        .current_dir(empty.path())
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

migration::both_backends! {
    async fn seeding_twice_is_seeding_once(db: TestDb) {
        let first = seed(db.url());
        assert!(first.status.success(), "{}", text(&first.stderr));
        assert!(text(&first.stdout).contains("seeded 3 applications, 12 users, 30 clients"));
        let connection = db.connect().await;
        let counts = async || {
            [
                applications::Entity::find().count(&connection).await.expect("a count"),
                users::Entity::find().count(&connection).await.expect("a count"),
                application_memberships::Entity::find().count(&connection).await.expect("a count"),
                roles::Entity::find().count(&connection).await.expect("a count"),
                clients::Entity::find().count(&connection).await.expect("a count"),
                client_users::Entity::find().count(&connection).await.expect("a count"),
            ]
        };
        let seeded = counts().await;
        assert_eq!(seeded[..5], [3, 12, 21, 12, 30]);
        assert!(seeded[5] > 20, "{} assignments", seeded[5]);
        let deleted = users::Entity::find().filter(users::Column::DeletedAt.is_not_null());
        assert_eq!(deleted.count(&connection).await, Ok(1));
        let deleted = clients::Entity::find().filter(clients::Column::DeletedAt.is_not_null());
        assert_eq!(deleted.count(&connection).await, Ok(3));

        let second = seed(db.url());
        assert!(second.status.success(), "{}", text(&second.stderr));
        assert_eq!(text(&second.stdout), "seeded already: nothing changed\n");
        let said = text(&second.stderr);
        assert!(said.starts_with("database: ") && said.lines().count() == 1, "{said}");
        let place = db.url().rsplit_once('@').map_or("sqlite://", |(_, place)| place.split('?').next().unwrap_or(place));
        assert!(said.contains(place) && !said.contains('@'), "{said}");
        assert_eq!(counts().await, seeded);
    }
}

async fn a_database_without_the_schema_is_told_what_to_run(backend: migration::testing::Backend) {
    let db = TestDb::empty(backend).await;
    let output = seed(db.url());
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("cargo run -p migration -- up"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.starts_with("database: "), "{said}");
}

#[test]
fn a_broken_env_file_is_an_error_that_does_not_quote_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "DATABASE_URL=postgres://user:s3cret with spaces@host/database\n";
    std::fs::write(folder.path().join(".env"), line).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_aura"))
        .arg("seed")
        .env_remove("DATABASE_URL")
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.starts_with("error: .env has a line"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    assert!(!folder.path().join("aura.db").exists());
}

#[tokio::test]
async fn an_empty_sqlite_database_is_told_what_to_run() {
    a_database_without_the_schema_is_told_what_to_run(migration::testing::Backend::Sqlite).await;
}

#[tokio::test]
async fn an_empty_postgres_database_is_told_what_to_run() {
    a_database_without_the_schema_is_told_what_to_run(migration::testing::Backend::Postgres).await;
}
