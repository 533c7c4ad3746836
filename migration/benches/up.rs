//! What the migrator costs beside plain `sea-orm-migration`: `cargo bench -p migration --bench up`.
//!
//! The whole history into an empty database, and once more when there is nothing to do; each by both, in turns, on `SQLite` and
//! on a `PostgreSQL` server of the tests. Medians, and what the lock alone takes.

use std::time::{Duration, Instant};

use migration::connect::{ConnectOptions, connect};
use migration::migrate::{self, Options};
use migration::testing::{Backend, TestDb};
use migration::{Migrator, MigratorTrait};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};

const ROUNDS: usize = 9;
/// How often what is quick is measured.
const OFTEN: usize = 40;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut times: [Vec<Duration>; 4] = Default::default();
        let mut lock = Vec::new();
        for _ in 0..ROUNDS {
            let (plain, ours) = (open(backend).await, open(backend).await);
            times[0].push(by_plain(&plain.1).await);
            times[1].push(by_ours(&ours.1).await);
            for _ in 0..=OFTEN / ROUNDS {
                times[2].push(by_plain(&plain.1).await);
                times[3].push(by_ours(&ours.1).await);
            }
            if backend == Backend::Postgres {
                lock.push(locking(&ours.1).await);
            }
        }
        let [plain_empty, ours_empty, plain_again, ours_again] = times.map(median);
        println!("{backend}:");
        line("an empty database", plain_empty, ours_empty);
        line("nothing to do", plain_again, ours_again);
        if !lock.is_empty() {
            println!(
                "  taking and releasing the lock: {:.2} ms",
                millis(median(lock))
            );
        }
    }
}

fn line(what: &str, plain: Duration, ours: Duration) {
    let ratio = ours.as_secs_f64() / plain.as_secs_f64();
    let (plain, ours) = (millis(plain), millis(ours));
    println!("  {what}: sea-orm-migration {plain:.1} ms, ours {ours:.1} ms, ratio {ratio:.2}");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn open(backend: Backend) -> (TestDb, DatabaseConnection) {
    let db = TestDb::empty(backend).await;
    let url = db.url().parse().unwrap();
    let connection = connect(&url, &ConnectOptions::default()).await.unwrap();
    (db, connection)
}

async fn by_plain(db: &DatabaseConnection) -> Duration {
    let started = Instant::now();
    Migrator::up(db, None).await.unwrap();
    started.elapsed()
}

async fn by_ours(db: &DatabaseConnection) -> Duration {
    let started = Instant::now();
    migrate::up::<Migrator>(db, &Options::default(), &mut |_| {})
        .await
        .unwrap();
    started.elapsed()
}

async fn locking(db: &DatabaseConnection) -> Duration {
    let key = "hashtextextended('migrations of ' || current_schema(), 0)";
    let started = Instant::now();
    for function in ["pg_try_advisory_lock", "pg_advisory_unlock"] {
        let sql = format!("SELECT {function}({key})");
        db.execute_unprepared(&sql).await.unwrap();
    }
    started.elapsed()
}
