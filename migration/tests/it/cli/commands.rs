//! The commands and what they print, on both backends.
use std::process::Stdio;

use migration::testing::{Backend, TestDb};
use migration::{Migrator, MigratorTrait};
use sea_orm_migration::sea_orm::ConnectionTrait;

use super::{Place, catalog, known, text};

async fn up_applies_everything_once(db: TestDb) {
    let all = known();
    let db = TestDb::empty(db.backend()).await;
    let place = Place::new();
    place.on(db.url(), "up").succeeds().says(&[
        &format!("[ 1/{all}] applying m20261121_000001_create_functions ... "),
        &format!("applied {all}, 0 pending\n"),
    ]);
    let connection = db.connect().await;
    assert_eq!(
        Migrator::get_pending_migrations(&connection)
            .await
            .unwrap()
            .len(),
        0
    );
    let before = catalog(&connection).await;
    place
        .on(db.url(), "up")
        .succeeds()
        .says(&["nothing to do, 0 pending\n"]);
    // No subcommand means up.
    place
        .on(db.url(), "")
        .succeeds()
        .says(&["nothing to do, 0 pending\n"]);
    assert_eq!(catalog(&connection).await, before);
}
migration::both_backends!(up_applies_everything_once);

async fn the_summary_names_the_database_without_its_password(db: TestDb) {
    let shown = match db.path() {
        Some(path) => format!("sqlite://{}", path.display()),
        None => ":***@".to_owned(),
    };
    let run = Place::new().on(db.url(), "up").succeeds();
    let last = run.stdout.lines().last().unwrap();
    assert!(
        last.contains(&shown) && last.ends_with("nothing to do, 0 pending"),
        "{last}"
    );
}
migration::both_backends!(the_summary_names_the_database_without_its_password);

async fn steps_up_and_down(db: TestDb) {
    let all = known();
    let place = Place::new();
    place
        .on(db.url(), "down")
        .succeeds()
        .says(&["reverted 1, 1 pending\n"]);
    place
        .on(db.url(), "down -n 2 --yes")
        .succeeds()
        .says(&["[2/2] reverting ", "reverted 2, 3 pending\n"]);
    place
        .on(db.url(), "up -n 1")
        .succeeds()
        .says(&["[1/1] applying ", "applied 1, 2 pending\n"]);
    place
        .on(db.url(), "up --num 99")
        .succeeds()
        .says(&["applied 2, 0 pending\n"]);
    let pending = format!("reverted {all}, {all} pending\n");
    place
        .on(db.url(), "down -n 99 --yes")
        .succeeds()
        .says(&[&pending]);
    let pending = format!("nothing to revert, {all} pending\n");
    place.on(db.url(), "down").succeeds().says(&[&pending]);
}
migration::both_backends!(steps_up_and_down);

async fn reset_leaves_nothing_and_refresh_everything(db: TestDb) {
    let all = known();
    let place = Place::new();
    let connection = db.connect().await;
    let full = catalog(&connection).await;
    place
        .on(db.url(), "refresh --yes")
        .succeeds()
        .says(&[&format!("reverted {all}, applied {all}, 0 pending\n")]);
    assert_eq!(catalog(&connection).await, full);
    place
        .on(db.url(), "reset --yes")
        .succeeds()
        .says(&[&format!("reverted {all}, {all} pending\n")]);
    assert_eq!(catalog(&connection).await, "");
    place
        .on(db.url(), "reset --yes")
        .succeeds()
        .says(&["nothing to revert, "]);
    assert_eq!(catalog(&connection).await, "");
}
migration::both_backends!(reset_leaves_nothing_and_refresh_everything);

async fn status_shows_each_migration_and_makes_nothing(db: TestDb) {
    let all = known();
    let place = Place::new();
    place.on(db.url(), "down").succeeds();
    let run = place.on(db.url(), "status").gives(2);
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), all + 2, "{lines:?}");
    assert!(lines[1].contains("_create_functions ") && lines[1].contains("  applied  20"));
    assert!(lines[1].ends_with(" UTC"));
    assert!(lines[all].ends_with("  pending"), "{}", lines[all]);
    assert!(lines[all + 1].ends_with(&format!("{} applied, 1 pending", all - 1)));

    let empty = TestDb::empty(db.backend()).await;
    place
        .on(empty.url(), "status")
        .gives(2)
        .says(&[&format!("0 applied, {all} pending\n")]);
    match empty.path() {
        Some(path) => assert!(!path.exists()),
        None => assert_eq!(catalog(&empty.connect().await).await, ""),
    }
}
migration::both_backends!(status_shows_each_migration_and_makes_nothing);

async fn a_newer_database_is_left_alone(db: TestDb) {
    db.execute("INSERT INTO seaql_migrations VALUES ('m99990101_000000_later', 253370764800)")
        .await
        .unwrap();
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    let place = Place::new();
    for command in ["up", "down", "refresh --yes", "reset --yes"] {
        let parts = [
            "migrated by a newer version",
            "m99990101_000000_later",
            "upgrade",
        ];
        place.on(db.url(), command).fails_with(3, &parts);
    }
    place
        .on(db.url(), "status")
        .fails_with(3, &["m99990101_000000_later", "upgrade"])
        .says(&["m99990101_000000_later", "newer  9999-01-01 00:00:00 UTC"]);
    assert_eq!(catalog(&connection).await, before);
}
migration::both_backends!(a_newer_database_is_left_alone);

async fn the_record_is_the_one_of_plain_sea_orm(db: TestDb) {
    // The bench migrates with SeaORM's own executor, so that this record is SeaORM's.
    let theirs = catalog(&db.connect().await).await;
    let ours = TestDb::empty(db.backend()).await;
    Place::new().on(ours.url(), "up").succeeds();
    let connection = ours.connect().await;
    assert_eq!(catalog(&connection).await, theirs);
    Migrator::down(&connection, None).await.unwrap();
    let left = text(
        &connection,
        "SELECT CAST(count(*) AS text) FROM seaql_migrations",
    )
    .await;
    assert_eq!(left, "0");
}
migration::both_backends!(the_record_is_the_one_of_plain_sea_orm);

async fn a_closed_standard_output_does_not_stop_it(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let place = Place::new();
    let mut child = place
        .command()
        .env("DATABASE_URL", db.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
    let connection = db.connect().await;
    assert_eq!(
        Migrator::get_pending_migrations(&connection)
            .await
            .unwrap()
            .len(),
        0
    );
}
migration::both_backends!(a_closed_standard_output_does_not_stop_it);

async fn verbose_shows_the_statements(db: TestDb) {
    let run = Place::new().on(db.url(), "reset --yes -v");
    assert_eq!(run.code, 0, "{}", run.stderr);
    // As DEBUG shows it, the quotes in it are escaped.
    let statement = r#"DROP TABLE \"users\""#;
    assert!(run.stderr.contains(statement), "{}", run.stderr);
    let all = known();
    assert!(
        run.stdout
            .contains(&format!("reverted {all}, {all} pending\n")),
        "{}",
        run.stdout
    );
}
migration::both_backends!(verbose_shows_the_statements);

#[tokio::test]
async fn sqlite_is_left_in_wal_mode_with_nothing_beside_the_file() {
    let db = TestDb::empty(Backend::Sqlite).await;
    Place::new().on(db.url(), "up").succeeds();
    let path = db.path().unwrap();
    let wal = path.with_file_name(format!("{}-wal", path.file_name().unwrap().display()));
    assert!(!wal.exists());
    let connection = db.connect().await;
    assert_eq!(text(&connection, "PRAGMA journal_mode").await, "wal");
    connection
        .execute_unprepared("PRAGMA integrity_check")
        .await
        .unwrap();
}

#[test]
fn what_is_not_understood_is_a_usage_error() {
    let place = Place::new();
    for args in [
        "upp",
        "up -n 0",
        "up -n -1",
        "up -n many",
        "down --all",
        "generate",
        "--connect-timeout 0",
        "--lock-timeout soon",
        "fresh --database aura",
        "sql --backend mysql",
    ] {
        let run = place.run(args);
        assert_eq!(run.code, 2, "{args}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.starts_with("error: "), "{args}: {}", run.stderr);
    }
    assert!(!place.path("aura.db").exists());
}

#[test]
fn help_does_not_show_the_url() {
    let place = Place::new();
    let run = place
        .on("postgres://ann:s3cret@localhost/app", "--help")
        .succeeds();
    for command in [
        "up", "down", "status", "sql", "check", "baseline", "fresh", "refresh", "reset", "generate",
    ] {
        assert!(
            run.stdout.contains(&format!("\n  {command} ")),
            "{}",
            run.stdout
        );
    }
    assert!(!run.stdout.contains("ann"), "{}", run.stdout);
    place.run("--version").succeeds().says(&["migration "]);
}
