//! Work that met a deadlock or another transaction is done again, as often as it was allowed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use migration::testing::{Backend, TestDb};
use sea_orm::ConnectionTrait;
use service::{Config, Db, Error, TransactionOptions};
use tokio::sync::Barrier;

use super::{number, on_both, open};

async fn accounts(backend: Backend) -> (TestDb, Db) {
    let (test, db) = open(backend, |config| config).await;
    let create = "CREATE TABLE accounts (id bigint PRIMARY KEY, cents bigint NOT NULL)";
    test.execute(create).await.expect("made");
    let fill = "INSERT INTO accounts VALUES (1, 1000), (2, 1000)";
    test.execute(fill).await.expect("filled");
    (test, db)
}

async fn take(db: &Db, id: i64) -> Result<(), Error> {
    let sql = format!("UPDATE accounts SET cents = cents - 1 WHERE id = {id}");
    db.execute_unprepared(&sql).await?;
    Ok(())
}

fn attempts(attempts: u32) -> TransactionOptions {
    TransactionOptions {
        attempts,
        ..TransactionOptions::default()
    }
}

/// Two that lock the same rows in different order, so that each waits for the other the first time.
async fn cross(db: &Db, allowed: u32) -> (Vec<Result<(), Error>>, u32) {
    let (both, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let mut crossing = tokio::task::JoinSet::new();
    for (first, second) in [(1, 2), (2, 1)] {
        let (db, both, tries) = (db.clone(), Arc::clone(&both), Arc::clone(&tries));
        crossing.spawn(async move {
            db.transaction_with(attempts(allowed), async move |tx| {
                take(tx, first).await?;
                if tries.fetch_add(1, Ordering::Relaxed) < 2 {
                    both.wait().await;
                }
                take(tx, second).await
            })
            .await
        });
    }
    let done = crossing.join_all().await;
    (done, tries.load(Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_cured_by_doing_one_of_both_again() {
    let (_test, db) = accounts(Backend::Postgres).await;
    let (done, tries) = cross(&db, 3).await;
    for one in done {
        one.expect("both are done");
    }
    assert_eq!(tries, 3, "one of them twice");
    assert_eq!(
        number(&db, "SELECT sum(cents)::bigint FROM accounts").await,
        1996
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_leave_to_do_it_again_a_deadlock_is_an_error() {
    let (_test, db) = accounts(Backend::Postgres).await;
    let (done, tries) = cross(&db, 1).await;
    assert_eq!(tries, 2);
    assert_eq!(
        done.iter().filter(|one| one.is_err()).count(),
        1,
        "{done:?}"
    );
    assert_eq!(
        number(&db, "SELECT sum(cents)::bigint FROM accounts").await,
        1998
    );
}

/// Each reads the sum, and takes one where it is above a bound: without isolation it would fall below.
async fn those_who_depend_on_what_they_read_do_not_spoil_it(backend: Backend) {
    let (_test, db) = accounts(backend).await;
    let tries = Arc::new(AtomicU32::new(0));
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..8_i64 {
        let (db, tries) = (db.clone(), Arc::clone(&tries));
        workers.spawn(async move {
            for _ in 0..5 {
                let tries = Arc::clone(&tries);
                let options = TransactionOptions::serializable(50);
                db.transaction_with(options, async move |tx| {
                    tries.fetch_add(1, Ordering::Relaxed);
                    let sql = "SELECT CAST(sum(cents) AS bigint) FROM accounts";
                    if number(tx, sql).await > 1980 {
                        take(tx, 1 + worker % 2).await?;
                    }
                    Ok::<_, Error>(())
                })
                .await
                .expect("done in the end");
            }
        });
    }
    workers.join_all().await;
    let sum = "SELECT CAST(sum(cents) AS bigint) FROM accounts";
    assert_eq!(number(&db, sum).await, 1980);
    println!(
        "{backend}: 40 units of work in {} tries",
        tries.load(Ordering::Relaxed)
    );
    if backend == Backend::Postgres {
        assert!(tries.load(Ordering::Relaxed) > 40, "some met");
    }
}

async fn the_last_error_is_the_one_that_is_returned(backend: Backend) {
    let (_test, db) = open(backend, |config| config).await;
    let tries = AtomicU32::new(0);
    let refused = db
        .transaction_with(attempts(5), async |tx| {
            tries.fetch_add(1, Ordering::Relaxed);
            number(tx, "SELECT CAST(1 AS bigint)").await;
            Err::<(), _>(Error::invalid("test", "fails"))
        })
        .await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "test"));
    assert_eq!(
        tries.load(Ordering::Relaxed),
        1,
        "no conflict, no second try"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_process_is_writing_to_is_tried_again() {
    let (test, _) = accounts(Backend::Sqlite).await;
    // As two processes: each with a queue of its own.
    let quick = || Config::new(test.url()).acquire_timeout(Duration::from_millis(50));
    let db = crate::rules::connect(quick()).await.expect("connects");
    let other = crate::rules::connect(quick()).await.expect("connects");
    let holds = tokio::spawn(async move {
        other
            .transaction(async |tx| {
                take(tx, 1).await?;
                tokio::time::sleep(Duration::from_millis(300)).await;
                Ok::<_, Error>(())
            })
            .await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let refused = db.transaction(async |tx| take(tx, 2).await).await;
    assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
    let again = db.transaction_with(attempts(30), async |tx| take(tx, 2).await);
    again.await.expect("done in the end");
    holds.await.expect("no panic").expect("kept");
    let sum = "SELECT CAST(sum(cents) AS bigint) FROM accounts";
    assert_eq!(number(&db, sum).await, 1998);
}

on_both!(
    those_who_depend_on_what_they_read_do_not_spoil_it,
    the_last_error_is_the_one_that_is_returned,
);
