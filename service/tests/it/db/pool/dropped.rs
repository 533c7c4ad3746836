//! Work that is dropped half-way, at whatever point: nothing of it stays, nobody gets another one's answer, and the
//! connections are used again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use migration::testing::Backend;
use sea_orm::{ConnectionTrait, Statement, Value};
use service::{Db, Error};
use tokio::time::timeout;

use super::{number, on_both, open, server_counts, until};

const WORKERS: i64 = 16;
const ROUNDS: i64 = 200;

#[derive(Default)]
struct Tally {
    done: AtomicU64,
    cut: AtomicU64,
    failed: AtomicU64,
    wrong: AtomicU64,
}

/// Asks for a number and gets that number, or nothing.
async fn echo(db: &Db, number: i64, shape: i64) -> Result<i64, Error> {
    let sql = match shape {
        0 => "SELECT CAST($1 AS bigint)",
        1 => "SELECT CAST($1 AS bigint) + 0",
        _ => "SELECT CAST($1 AS bigint) FROM users UNION ALL SELECT CAST($1 AS bigint)",
    };
    let statement = Statement::from_sql_and_values(db.backend(), sql, [Value::from(number)]);
    let row = db.query_one_raw(statement).await?;
    Ok(row.expect("a row").try_get_by_index(0)?)
}

/// One of several kinds of work. `Ok`: what came is what was asked for.
async fn work(db: &Db, number: i64, kind: i64) -> Result<bool, Error> {
    match kind {
        0..=3 => Ok(echo(db, number, kind % 3).await? == number),
        4 => {
            // Kept as a whole, or not at all.
            db.transaction(async |tx| {
                insert(tx, number, 1).await?;
                let seen = echo(tx, number, 1).await?;
                insert(tx, number, 2).await?;
                Ok(seen == number)
            })
            .await
        }
        5 => {
            db.transaction(async |tx| {
                insert(tx, number, 1).await?;
                tx.transaction(async |tx| insert(tx, number, 2).await)
                    .await?;
                Ok(echo(tx, number, 2).await? == number)
            })
            .await
        }
        _ => {
            // Refused half-way.
            let refused = db
                .transaction(async |tx| {
                    insert(tx, number, 1).await?;
                    insert(tx, number, 1).await
                })
                .await;
            match refused {
                Err(Error::Conflict { .. }) => Ok(true),
                Err(other) => Err(other),
                Ok(()) => Ok(false),
            }
        }
    }
}

async fn insert(db: &Db, number: i64, part: i64) -> Result<(), Error> {
    let sql = "INSERT INTO parts (number, part) VALUES ($1, $2)";
    let values = [Value::from(number), Value::from(part)];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    db.execute_raw(statement).await?;
    Ok(())
}

async fn thousands_of_cuts_leave_nothing_behind_and_no_answer_goes_astray(backend: Backend) {
    let max = 4;
    let (test, db) = open(backend, |config| {
        config
            .max_connections(max)
            .acquire_timeout(Duration::from_secs(20))
    })
    .await;
    let create = "CREATE TABLE parts (number bigint NOT NULL, part bigint NOT NULL, PRIMARY KEY (number, part))";
    test.execute(create).await.expect("made");
    let tally = Arc::new(Tally::default());
    let mut workers = tokio::task::JoinSet::new();
    let start = Instant::now();
    for worker in 0..WORKERS {
        let (db, tally) = (db.clone(), Arc::clone(&tally));
        workers.spawn(async move {
            for round in 0..ROUNDS {
                let number = worker * ROUNDS + round;
                let chance = db.random().bytes::<4>();
                let wait = u64::from(u16::from_le_bytes([chance[0], chance[1]])) % 6000;
                let work = work(&db, number, i64::from(chance[2] % 7));
                let counter = match timeout(Duration::from_micros(wait), work).await {
                    Err(_) => &tally.cut,
                    Ok(Ok(true)) => &tally.done,
                    Ok(Ok(false)) => &tally.wrong,
                    Ok(Err(error)) => {
                        eprintln!("{error:?}");
                        &tally.failed
                    }
                };
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut most = 0;
    if backend == Backend::Postgres {
        while !workers.is_empty() && start.elapsed() < Duration::from_mins(1) {
            most = most.max(server_counts(&test).await);
            while workers.try_join_next().is_some() {}
        }
    }
    workers.join_all().await;
    let [done, cut, failed, wrong] = [&tally.done, &tally.cut, &tally.failed, &tally.wrong]
        .map(|one| one.load(Ordering::Relaxed));
    println!(
        "{backend}: {done} done, {cut} cut, {failed} failed, {wrong} wrong in {:?}; {:?}",
        start.elapsed(),
        db.pool_status()
    );
    assert_eq!((failed, wrong), (0, 0));
    assert!(done > 0 && cut > 0);
    assert!(most <= i64::from(max), "the server saw {most}");
    until("all are back", async || db.pool_status().in_use == 0).await;
    // Both parts of each, or none.
    let halves = "SELECT count(*) FROM (SELECT number FROM parts GROUP BY number HAVING count(*) <> 2) halves";
    assert_eq!(number(&db, halves).await, 0);
    let status = db.pool_status();
    assert!(status.salvaged > 0, "{status:?}");
    // Each still answers right, all at once.
    let asked = (0..64).map(|number| echo(&db, number, number % 3));
    let echoed = futures_util::future::join_all(asked).await;
    for (number, echo) in (0..64).zip(echoed) {
        assert_eq!(echo.expect("answers"), number);
    }
}

async fn impatience_from_the_first_connection_on_still_gets_there(backend: Backend) {
    let (_test, db) = open(backend, |config| {
        config
            .max_connections(2)
            .idle_timeout(Duration::from_millis(100))
    })
    .await;
    until("closed", async || db.pool_status().size == 0).await;
    // Nobody waits as long as connecting takes.
    let mut tries = 0;
    let seen = loop {
        tries += 1;
        assert!(tries < 20_000, "{:?}", db.pool_status());
        if let Ok(seen) = timeout(Duration::from_micros(900), echo(&db, 7, 0)).await {
            break seen;
        }
    };
    assert_eq!(seen.expect("answers"), 7);
    let status = db.pool_status();
    assert!(status.connects <= 4, "each was used: {status:?}");
}

async fn a_savepoint_that_is_dropped_is_undone_and_the_transaction_goes_on(backend: Backend) {
    let (test, db) = open(backend, |config| config.max_connections(1)).await;
    let create = "CREATE TABLE parts (number bigint NOT NULL, part bigint NOT NULL, PRIMARY KEY (number, part))";
    test.execute(create).await.expect("made");
    db.transaction(async |tx| {
        insert(tx, 1, 1).await?;
        let dropped = tx.transaction(async |tx| {
            insert(tx, 2, 1).await?;
            tx.transaction(async |tx| {
                insert(tx, 3, 1).await?;
                std::future::pending::<Result<(), Error>>().await
            })
            .await
        });
        assert!(timeout(Duration::from_millis(200), dropped).await.is_err());
        assert_eq!(number(tx, "SELECT count(*) FROM parts").await, 1);
        tx.transaction(async |tx| insert(tx, 4, 1).await).await
    })
    .await
    .expect("kept");
    assert_eq!(
        number(&db, "SELECT CAST(sum(number) AS bigint) FROM parts").await,
        5
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_is_dropped_inside_a_transaction_is_waited_for_by_the_next() {
    let (_test, db) = open(Backend::Postgres, |config| config.max_connections(1)).await;
    let refused = db
        .transaction(async |tx| {
            let slow = tx.execute_unprepared("SELECT pg_sleep(0.2)");
            assert!(timeout(Duration::from_millis(50), slow).await.is_err());
            assert_eq!(echo(tx, 7, 0).await?, 7);
            // One that is refused after nobody waits for it any more.
            let slow = tx.execute_unprepared("SELECT 1 / (length(pg_sleep(0.2)::text) * 0)");
            assert!(timeout(Duration::from_millis(50), slow).await.is_err());
            Ok::<_, Error>(())
        })
        .await;
    // Nothing could be kept, and that is no success.
    assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
    assert_eq!(echo(&db, 8, 1).await.expect("answers"), 8);
    assert_eq!(db.pool_status().connects, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_statement_that_nobody_waits_for_does_not_run_on() {
    let (test, db) = open(Backend::Postgres, |config| config.max_connections(1)).await;
    let long = db.execute_unprepared("SELECT pg_sleep(60)");
    assert!(timeout(Duration::from_millis(100), long).await.is_err());
    let start = Instant::now();
    assert_eq!(number(&db, "SELECT 1::bigint").await, 1);
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    until("it has ended", async || server_counts(&test).await <= 1).await;
    let status = db.pool_status();
    assert_eq!((status.lost, status.size), (1, 1));
}

on_both!(
    thousands_of_cuts_leave_nothing_behind_and_no_answer_goes_astray,
    impatience_from_the_first_connection_on_still_gets_there,
    a_savepoint_that_is_dropped_is_undone_and_the_transaction_goes_on,
);
