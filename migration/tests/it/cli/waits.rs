//! Waiting: for another migrator, and for the locks of an application.
use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::time::sleep;

use super::{Place, Run, known, text};

const TAKE: &str =
    "SELECT pg_advisory_lock(hashtextextended('migrations of ' || current_schema(), 0))";
/// In every table that migrations made.
const READ_ALL: &str = "DO $$ DECLARE tables text := (SELECT string_agg(oid::regclass::text, ', ') FROM pg_class \
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname !~ '_migrations$'); \
    BEGIN EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS SHARE MODE'; END $$";

/// Another migrator, as far as anybody can see; gone when it is dropped or ended.
enum Other {
    Server {
        pid: String,
        _session: DatabaseConnection,
    },
    File {
        _locked: File,
    },
}

impl Other {
    async fn at(db: &TestDb) -> Self {
        if let Some(path) = db.path() {
            let path = format!("{}-migrate", path.display());
            let mut file = File::create(path).unwrap();
            file.lock().unwrap();
            write!(file, "4242\ndeploy-7\n2026-11-21T10:00:00+00:00\n").unwrap();
            return Self::File { _locked: file };
        }
        let connection = super::pinned(db.url(), "deploy-7").await;
        connection.execute_unprepared(TAKE).await.unwrap();
        let pid = text(&connection, "SELECT pg_backend_pid()::text").await;
        Self::Server {
            pid,
            _session: connection,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Server { pid, .. } => format!("another migrator (pid {pid}, deploy-7, since 20"),
            Self::File { .. } => {
                "another migrator (pid 4242, deploy-7, since 2026-11-21 10:00:00 UTC)".to_owned()
            }
        }
    }

    /// As when it is killed.
    async fn end(self, db: &TestDb) {
        if let Self::Server { pid, .. } = &self {
            let end = format!("SELECT pg_terminate_backend({pid})");
            db.connect().await.execute_unprepared(&end).await.unwrap();
        }
    }
}

async fn the_other_migrator_is_named_and_given_time(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    // So that there is a file to lock.
    Place::new().on(db.url(), "up -n 1").succeeds();
    let other = Other::at(&db).await;
    let name = other.name();
    let started = Instant::now();
    let url = db.url().to_owned();
    let parts = [
        name.clone(),
        "still at work after 0.4 s".to_owned(),
        "--lock-timeout".to_owned(),
    ];
    let run = tokio::task::spawn_blocking(move || Place::new().on(&url, "up --lock-timeout 0.4"));
    run.await
        .unwrap()
        .fails_with(4, &parts.each_ref().map(String::as_str))
        .says(&[&format!("waiting for {name}")]);
    assert!(started.elapsed() >= Duration::from_millis(400));

    // What is up to date waits for nobody, and nobody waits to look.
    let url = db.url().to_owned();
    let look = tokio::task::spawn_blocking(move || Place::new().on(&url, "status"));
    look.await.unwrap().gives(2);

    let waiting = start(&db, "up");
    sleep(Duration::from_millis(500)).await;
    other.end(&db).await;
    let all = format!("applied {}, 0 pending", known() - 1);
    finish(waiting)
        .succeeds()
        .says(&["waiting for another migrator", &all]);
    if let Some(path) = db.path() {
        let beside = format!("{}-migrate", path.display());
        assert!(
            !std::path::Path::new(&beside).exists(),
            "{beside} is left behind"
        );
    }
}

/// What lies where the lock would is nobody's to empty.
#[cfg(unix)]
#[tokio::test]
async fn no_other_file_is_written_into_as_the_lock() {
    use std::fs;
    use std::os::unix::fs::symlink;

    let db = TestDb::new(Backend::Sqlite).await;
    let (place, path) = (Place::new(), db.path().unwrap());
    let lock = format!("{}-migrate", path.display());
    let theirs = place.write("theirs.txt", "precious");
    let refuse = || {
        for command in ["down", "reset --yes", "fresh --yes"] {
            place
                .on(db.url(), command)
                .fails(&["-migrate: migrators lock this file", "remove it"]);
        }
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "precious");
        fs::remove_file(&lock).unwrap();
    };
    symlink(&theirs, &lock).unwrap();
    refuse();
    symlink(place.path("missing.txt"), &lock).unwrap();
    refuse();
    assert!(!place.path("missing.txt").exists());
    // Across file systems there are no hard links.
    if fs::hard_link(&theirs, &lock).is_ok() {
        refuse();
    }
    place.on(db.url(), "down").succeeds();
}

/// One that is killed at work takes its turn with it.
async fn the_turn_goes_with_a_killed_migrator(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let place = Place::new();
    place.on(db.url(), "up -n 3").succeeds();
    // Something stands in its way once it has its turn.
    let holder = super::pinned(db.url(), "an application").await;
    let lock = match db.backend() {
        Backend::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        Backend::Postgres => {
            format!("BEGIN; {READ_ALL}; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        }
    };
    holder.execute_unprepared(&lock).await.unwrap();
    let mut first = start(&db, "up");
    sleep(Duration::from_millis(700)).await;
    assert!(
        first.try_wait().unwrap().is_none(),
        "it found no lock in its way"
    );
    let second = start(&db, "up");
    sleep(Duration::from_millis(700)).await;
    first.kill().unwrap();
    first.wait().unwrap();
    holder.execute_unprepared("COMMIT").await.unwrap();
    let run = finish(second).succeeds();
    run.says(&[
        "waiting for another migrator (pid ",
        "aura-migration",
        ", 0 pending",
    ]);
    place.on(db.url(), "status").succeeds();
}

migration::both_backends!(
    the_other_migrator_is_named_and_given_time,
    the_turn_goes_with_a_killed_migrator
);

/// A transaction of the application that takes its time: the migration waits for it in short turns, and nobody has to
/// wait behind the migration.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_queues_behind_a_migration_that_waits() {
    let db = TestDb::empty(Backend::Postgres).await;
    // The next one changes a table.
    Place::new().on(db.url(), "up -n 15").succeeds();
    let holder = super::pinned(db.url(), "an application").await;
    holder
        .execute_unprepared(&format!("BEGIN; {READ_ALL}"))
        .await
        .unwrap();
    let waiting = start(&db, "up -n 1 --table-lock-timeout 0.2");
    let reader = db.connect().await;
    let started = Instant::now();
    let mut slowest = Duration::ZERO;
    while started.elapsed() < Duration::from_secs(3) {
        let asked = Instant::now();
        // Every table, so that the one which the migration is about is among them.
        reader
            .execute_unprepared(&format!("BEGIN; {READ_ALL}; COMMIT"))
            .await
            .unwrap();
        slowest = slowest.max(asked.elapsed());
        sleep(Duration::from_millis(5)).await;
    }
    holder.execute_unprepared("COMMIT").await.unwrap();
    finish(waiting)
        .succeeds()
        .says(&["locked by another process, again in ", "applied 1, "]);
    assert!(
        slowest < Duration::from_millis(1500),
        "somebody waited for {slowest:?}"
    );
}

#[tokio::test]
async fn a_statement_is_given_as_long_as_is_said() {
    let db = TestDb::empty(Backend::Postgres).await;
    Place::new()
        .on(db.url(), "up --statement-timeout 0.001")
        .fails(&["canceling statement due to statement timeout"]);
    Place::new()
        .on(db.url(), "up --statement-timeout 60")
        .succeeds();
}

fn start(db: &TestDb, args: &str) -> Child {
    let mut command = Place::new().command();
    command
        .current_dir(std::env::temp_dir())
        .env("DATABASE_URL", db.url())
        .args(args.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn finish(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
