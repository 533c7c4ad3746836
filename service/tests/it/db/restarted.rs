//! The server goes and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use migration::testing::{OwnServer, ServerSetup, Stop};
use service::{Config, Db};
use tokio::task::JoinSet;

use super::asking::{ask, book, ledger, whole_bookings};

/// Calls at once.
const WORKERS: i64 = 8;

/// A call: when it began and ended, and what became of it.
struct Call {
    began: Instant,
    ended: Instant,
    failed: Option<String>,
}

async fn connect(server: &OwnServer) -> Db {
    let config = Config::new(server.url())
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(2));
    crate::rules::connect(config).await.expect("connects")
}

/// Statements and transactions, one after the other, until `until`.
async fn work(db: Db, next: Arc<AtomicI64>, until: Arc<tokio::sync::Notify>) -> Vec<Call> {
    let mut calls = vec![];
    let stop = until.notified();
    tokio::pin!(stop);
    stop.as_mut().enable();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let done = if n % 5 == 0 {
            book(&db, n).await
        } else {
            ask(&db, n).await.map_err(Into::into)
        };
        calls.push(Call {
            began,
            ended: Instant::now(),
            failed: done.err().map(|error| error.to_string()),
        });
        // While there is no server every call fails at once.
        let pause =
            Duration::from_millis(if calls.last().is_some_and(|call| call.failed.is_some()) {
                5
            } else {
                0
            });
        tokio::select! {
            () = &mut stop => return calls,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn calls_go_on_after_a_restart(how: Stop) {
    let mut server = ledger(ServerSetup::default()).await;
    let db = connect(&server).await;
    let (next, until) = (
        Arc::new(AtomicI64::new(1)),
        Arc::new(tokio::sync::Notify::new()),
    );
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        workers.spawn(work(db.clone(), Arc::clone(&next), Arc::clone(&until)));
    }
    let mut downtimes = vec![];
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let gone = Instant::now();
        server.stop(how).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.start_again().await;
        downtimes.push((gone, Instant::now()));
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    until.notify_waiters();
    let calls: Vec<Call> = workers.join_all().await.into_iter().flatten().collect();

    for (index, (gone, back)) in downtimes.iter().enumerate() {
        let end = downtimes
            .get(index + 1)
            .map_or(Instant::now(), |next| next.0);
        let after: Vec<&Call> = calls
            .iter()
            .filter(|call| call.began > *back && call.ended < end)
            .collect();
        let failed: Vec<&&Call> = after.iter().filter(|call| call.failed.is_some()).collect();
        assert!(
            failed.is_empty(),
            "{} of {} calls that began after the server was back failed, the last {:?} after, as {:?}",
            failed.len(),
            after.len(),
            failed.last().map(|call| call.began - *back),
            failed.last().map(|call| &call.failed),
        );
        let first = calls
            .iter()
            .filter(|call| call.failed.is_none() && call.ended > *back)
            .map(|call| call.ended - *back)
            .min()
            .expect("calls succeed again");
        assert!(first < Duration::from_secs(1), "recovery took {first:?}");
        assert!(after.len() > 20, "only {} calls afterwards", after.len());
        // One that waits until the server is back need not fail.
        let met = calls.iter().any(|call| {
            let during = call.began < *back && call.ended > *gone;
            during && (call.failed.is_some() || call.ended > *back)
        });
        assert!(met, "there was no interruption");
    }
    // A booking whose COMMIT was not answered may have been made or not, but never by half.
    whole_bookings(&server, 0..=i64::MAX).await;
    db.close().await.expect("closes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_go_on_after_a_restart_fast() {
    calls_go_on_after_a_restart(Stop::Fast).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_go_on_after_a_restart_immediate() {
    calls_go_on_after_a_restart(Stop::Immediate).await;
}

/// Nobody asked anything while the server was away: what was idle is not taken for good.
async fn idle_connections_do_not_spoil_calls(how: Stop) {
    let mut server = ledger(ServerSetup::default()).await;
    let db = connect(&server).await;
    at_once(&db, 0).await;
    server.restart(how).await;
    let failed = at_once(&db, 1000).await;
    assert!(
        failed <= usize::try_from(WORKERS).expect("few"),
        "each call that was under way may fail once: {failed}"
    );
    for n in 0..100 {
        ask(&db, n).await.expect("an answer");
    }
}

/// As many calls at once as there are connections; returns how many failed.
async fn at_once(db: &Db, from: i64) -> usize {
    let mut calls = JoinSet::new();
    for n in from..from + WORKERS {
        let db = db.clone();
        calls.spawn(async move {
            // Long enough that none is finished before all have begun.
            let slept = db
                .transaction(async |tx| {
                    sea_orm::ConnectionTrait::execute_unprepared(tx, "SELECT pg_sleep(0.05)")
                        .await?;
                    ask(tx, n).await?;
                    Ok::<_, service::Error>(())
                })
                .await;
            slept.is_err()
        });
    }
    calls
        .join_all()
        .await
        .into_iter()
        .filter(|failed| *failed)
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_do_not_spoil_calls_fast() {
    idle_connections_do_not_spoil_calls(Stop::Fast).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_do_not_spoil_calls_immediate() {
    idle_connections_do_not_spoil_calls(Stop::Immediate).await;
}
