//! Files that cannot be migrated.
use std::{
    fs,
    os::unix::{fs::MetadataExt, fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::ConnectionTrait;

use super::{Place, Run};

/// The user `nobody`.
const NOBODY: u32 = 65534;

fn url(path: &Path, mode: &str) -> String {
    format!("sqlite://{}?mode={mode}", path.display())
}

#[test]
fn a_file_that_is_not_writable_is_read_only() {
    let place = Place::new();
    let binary = place.path("migrator");
    fs::copy(env!("CARGO_BIN_EXE_migration"), &binary).unwrap();
    let path = place.path("aura.db");
    // In SQLite's default mode, and in the one that the migrator leaves it in.
    for prepare in ["empty", "up -n 1"] {
        if prepare == "empty" {
            place.write("aura.db", "");
        } else {
            place.run(prepare).succeeds();
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        fs::set_permissions(place.dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let before = fs::read(&path).unwrap();
        let mut command = place.command_of(&binary);
        // Permissions do not stop root.
        if fs::metadata(&path).unwrap().uid() == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
        Run::of(&mut command).fails(&["the database is read-only", "make it writable"]);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn a_url_that_says_read_only_is_read_only() {
    let db = TestDb::new(Backend::Sqlite).await;
    let place = Place::new();
    let path = db.path().unwrap();
    // Nothing to do needs no writing.
    place.on(&url(path, "ro"), "up").succeeds();
    place.on(&url(path, "ro"), "status").succeeds();
    place
        .on(&url(path, "ro"), "down")
        .fails(&["the database is read-only"]);

    let empty = place.write("empty.db", "");
    place
        .on(&url(&empty, "ro"), "up")
        .fails(&["the database is read-only"]);
    assert_eq!(fs::read(&empty).unwrap(), b"");
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let place = Place::new();
    let text = "Dear diary, ".repeat(500);
    let path = place.write("diary.txt", &text);
    for command in ["up", "down", "status", "fresh --yes"] {
        place
            .on(&url(&path, "rwc"), command)
            .fails(&["diary.txt: the file is not a SQLite database"]);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(fs::read_dir(place.dir.path()).unwrap().count(), 1);
}

#[test]
fn a_path_that_cannot_be_opened_is_explained() {
    let place = Place::new();
    let dir = place.path("");
    place
        .on("sqlite://no/such/place/a.db?mode=rwc", "up")
        .fails(&["cannot open", "there is no directory", "no/such/place"]);
    place
        .on(&url(&dir, "rwc"), "up")
        .fails(&["cannot open", "it is a directory"]);
    place
        .on("sqlite://a.db", "up")
        .fails(&["cannot open", "there is no such file", "?mode=rwc"]);
    place
        .on("sqlite://a.db", "status")
        .fails(&["cannot open", "there is no such file"]);
    assert_eq!(fs::read_dir(place.dir.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_not_there_is_not_as_it_should_be() {
    let place = Place::new();
    let path = place.path("mistyped.db");
    for command in ["check", "baseline"] {
        place
            .on(&url(&path, "rwc"), command)
            .fails(&["mistyped.db: there is no such file yet"]);
    }
    assert!(!path.exists());
}

/// Another process writes: once to a file in `SQLite`'s default mode, where nobody may even read
/// meanwhile, once to a migrated one.
#[tokio::test]
async fn a_locked_file_is_waited_for_and_then_given_up() {
    let place = Place::new();
    let fresh = TestDb::empty(Backend::Sqlite).await;
    let migrated = TestDb::empty(Backend::Sqlite).await;
    place.on(migrated.url(), "up -n 2").succeeds();
    for db in [fresh, migrated] {
        let holder = db.connect().await;
        holder.execute_unprepared("BEGIN EXCLUSIVE").await.unwrap();
        holder
            .execute_unprepared("CREATE TABLE held (id integer)")
            .await
            .unwrap();
        let started = Instant::now();
        place
            .on(db.url(), "up --lock-timeout 0.3")
            .fails_with(4, &["locked by another process", "--lock-timeout"]);
        let waited = started.elapsed();
        assert!(waited >= Duration::from_millis(300), "{waited:?}");
        assert!(waited < Duration::from_secs(4), "{waited:?}");

        let mut command = place.command();
        command.env("DATABASE_URL", db.url()).stdout(Stdio::null());
        let mut waiting = command.spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        holder.execute_unprepared("COMMIT").await.unwrap();
        assert!(waiting.wait().unwrap().success());
    }
}
