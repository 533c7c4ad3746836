//! kill -9 at any moment: the next `up` goes on from there.
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use migration::connect::{ConnectOptions, connect};
use migration::migrate::{self, Options};
use migration::schema::TableIndex;
use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::prelude::*;
use tokio::time::sleep;

use super::{Place, Run, known, text};

const MOMENTS: u32 = 50;
/// On Citus, where it takes as much longer as there are shards.
const MOMENTS_ON_CITUS: u32 = 15;
/// Tells the test program to be the migrator that is killed.
const URL: &str = "AURA_TEST_KILLED_URL";

async fn killed_at_fifty_moments_it_completes(db: TestDb) {
    let backend = db.backend();
    let place = Place::new();
    // On PostgreSQL each goes into a schema of its own, which is made sooner than a database.
    let shared = TestDb::empty(backend).await;
    let run = |db: &TestDb, schema: &str, args: &[&str]| {
        let mut command = place.command();
        command.env("DATABASE_URL", db.url()).args(args);
        if backend == Backend::Postgres {
            command.args(["--database-schema", schema]);
        }
        command
    };
    let started = Instant::now();
    Run::of(&mut run(&shared, "whole", &["up"])).succeeds();
    let whole = started.elapsed();
    let mut broken_off = 0;
    let moments = if backend == Backend::Postgres && on_citus() {
        MOMENTS_ON_CITUS
    } else {
        MOMENTS
    };
    for moment in 0..moments {
        let own = TestDb::empty(backend).await;
        let db = if backend == Backend::Postgres {
            &shared
        } else {
            &own
        };
        let schema = format!("s{moment}");
        let mut command = run(db, &schema, &["up"]);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        sleep(whole.mul_f64(random())).await;
        broken_off += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        Run::of(&mut run(db, &schema, &["up"]))
            .succeeds()
            .says(&[", 0 pending"]);
        Run::of(&mut run(db, &schema, &["status"])).succeeds();
        if moment % 10 == 0 {
            Run::of(&mut run(db, &schema, &["check"])).succeeds();
        }
    }
    assert!(
        broken_off > moments / 3,
        "only {broken_off} of {moments} were at work when they were killed"
    );
}
migration::both_backends!(killed_at_fifty_moments_it_completes);

/// From 0 to 1.
fn random() -> f64 {
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .subsec_nanos();
    f64::from(nanos / 7 % 1000) / 1000.0
}

/// A table, then an index of it, built outside a transaction.
struct Large;

struct Rows;
struct Concurrently;

impl MigratorTrait for Large {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Rows), Box::new(Concurrently)]
    }
}

impl MigrationName for Rows {
    fn name(&self) -> &'static str {
        "m1_rows"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Rows {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rows = "CREATE TABLE \"rows\" (\"id\" integer)";
        manager
            .get_connection()
            .execute_unprepared(rows)
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rows = "DROP TABLE \"rows\"";
        manager
            .get_connection()
            .execute_unprepared(rows)
            .await
            .map(drop)
    }
}

impl MigrationName for Concurrently {
    fn name(&self) -> &'static str {
        "m2_concurrently"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Concurrently {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index().create_concurrently(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index().drop_concurrently(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}

fn index() -> TableIndex {
    TableIndex::new("rows", &["id"]).unique()
}

async fn up(url: &str, limit: Option<u32>) -> Result<migrate::Report, migration::error::Error> {
    let db = connect(&url.parse().unwrap(), &ConnectOptions::default()).await?;
    let options = Options {
        limit,
        lock_timeout: Duration::from_secs(30),
        ..Options::default()
    };
    let done = migrate::up::<Large>(&db, &options, &mut |_| {}).await;
    db.close().await?;
    done
}

/// The process that [`a_concurrent_index_is_built_anew`] kills; of itself it does nothing.
#[tokio::test]
async fn the_one_that_is_killed() {
    if let Ok(url) = std::env::var(URL) {
        up(&url, None).await.unwrap();
    }
}

fn migrator(url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cli::killed::the_one_that_is_killed"])
        .env(URL, url)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

const VALID: &str = "SELECT coalesce(string_agg(indexrelid::regclass || ' ' || indisvalid, ','), '') FROM pg_index \
                     WHERE indrelid = 'rows'::regclass";

#[tokio::test]
async fn a_concurrent_index_is_built_anew() {
    let db = TestDb::empty(Backend::Postgres).await;
    up(db.url(), Some(1)).await.unwrap();
    let watcher = db.connect().await;
    let rows = "INSERT INTO rows SELECT n FROM generate_series(1, 300000) AS n";
    watcher.execute_unprepared(rows).await.unwrap();

    // It waits for a transaction that is older: there it is killed, with the index half made.
    let older = super::pinned(db.url(), "an application").await;
    older
        .execute_unprepared("BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO rows VALUES (0)")
        .await
        .unwrap();
    let mut child = migrator(db.url());
    let begun = Instant::now();
    while text(&watcher, VALID).await.is_empty() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "the index is not begun"
        );
        sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(text(&watcher, VALID).await, "rows_id_key false");
    older.execute_unprepared("COMMIT").await.unwrap();
    let report = up(db.url(), None).await.unwrap();
    assert_eq!((report.applied, report.pending), (1, 0));
    assert_eq!(text(&watcher, VALID).await, "rows_id_key true");

    // One that failed of itself: two rows are the same.
    let options = Options {
        limit: Some(1),
        ..Options::default()
    };
    migrate::down::<Large>(&watcher, &options, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(text(&watcher, VALID).await, "");
    watcher
        .execute_unprepared("INSERT INTO rows VALUES (7)")
        .await
        .unwrap();
    let error = up(db.url(), None).await.unwrap_err().to_string();
    assert!(error.contains("could not create unique index"), "{error}");
    assert_eq!(text(&watcher, VALID).await, "rows_id_key false");
    let twice = "DELETE FROM rows WHERE id = 7; INSERT INTO rows VALUES (7)";
    watcher.execute_unprepared(twice).await.unwrap();
    up(db.url(), None).await.unwrap();
    assert_eq!(text(&watcher, VALID).await, "rows_id_key true");

    // And where it was whole, but not yet recorded.
    let forget = "DELETE FROM seaql_migrations WHERE version = 'm2_concurrently'";
    watcher.execute_unprepared(forget).await.unwrap();
    up(db.url(), None).await.unwrap();
    assert_eq!(text(&watcher, VALID).await, "rows_id_key true");
}

/// While it is built, others write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_concurrent_index_keeps_nobody_out() {
    let db = TestDb::empty(Backend::Postgres).await;
    up(db.url(), Some(1)).await.unwrap();
    let older = super::pinned(db.url(), "an application").await;
    older
        .execute_unprepared("BEGIN; INSERT INTO rows VALUES (-1)")
        .await
        .unwrap();
    let url = db.url().to_owned();
    let building = tokio::spawn(async move { up(&url, None).await });
    let writer = db.connect().await;
    let started = Instant::now();
    let mut written = 0;
    // Longer than any lock timeout would let it wait.
    while started.elapsed() < Duration::from_secs(6) {
        let insert = format!("INSERT INTO rows VALUES ({written})");
        let asked = Instant::now();
        writer.execute_unprepared(&insert).await.unwrap();
        assert!(
            asked.elapsed() < Duration::from_secs(2),
            "{:?}",
            asked.elapsed()
        );
        written += 1;
        sleep(Duration::from_millis(5)).await;
    }
    assert!(!building.is_finished() && written > 50, "{written}");
    older.execute_unprepared("COMMIT").await.unwrap();
    assert_eq!(building.await.unwrap().unwrap().pending, 0);
    assert_eq!(text(&writer, VALID).await, "rows_id_key true");
}

/// On `SQLite` it is an index like any other.
#[tokio::test]
async fn on_sqlite_it_is_a_plain_index() {
    let db = TestDb::empty(Backend::Sqlite).await;
    assert_eq!(up(db.url(), None).await.unwrap().applied, 2);
    let connection = db.connect().await;
    migrate::down::<Large>(&connection, &Options::default(), &mut |_| {})
        .await
        .unwrap();
    assert!(known() > 2);
}
