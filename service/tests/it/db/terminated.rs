//! An administrator, or a server short of memory, ends sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use migration::testing::ServerSetup;
use sea_orm::ConnectionTrait;
use service::{Config, Error};
use tokio::task::JoinSet;

use super::asking::{Watch, ask, book, enter, ledger, whole_bookings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_ended_session_costs_one_call_at_most() {
    let server = ledger(ServerSetup::default()).await;
    let db = crate::rules::connect(Config::new(server.url()).max_connections(8))
        .await
        .expect("connects");
    let mut watch = Watch::new(&server).await;
    let (next, over) = (
        Arc::new(AtomicI64::new(1)),
        Arc::new(AtomicBool::new(false)),
    );
    let mut workers = JoinSet::new();
    for _ in 0..16 {
        let (db, next, over) = (db.clone(), Arc::clone(&next), Arc::clone(&over));
        workers.spawn(async move {
            let mut failed = vec![];
            while !over.load(Ordering::Relaxed) {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let done = if n % 5 == 0 {
                    book(&db, n).await
                } else {
                    ask(&db, n).await.map_err(Error::from)
                };
                failed.extend(done.err().map(|error| error.to_string()));
            }
            failed
        });
    }
    let mut ended = 0;
    for round in 0..40 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        ended += if round % 4 == 0 {
            watch.terminate().await
        } else {
            watch.terminate_one().await
        };
        assert!(watch.sessions().await <= 8);
    }
    over.store(true, Ordering::Relaxed);
    let failed: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    let calls = next.load(Ordering::Relaxed);
    assert!(
        i64::try_from(failed.len()).expect("few") <= ended,
        "{} of {calls} calls failed for {ended} ended sessions, the last: {:?}",
        failed.len(),
        failed.last()
    );
    for n in 0..100 {
        ask(&db, n).await.expect("an answer");
    }
    whole_bookings(&server, 0..=i64::MAX).await;
}

/// Sessions that ended while nobody used them: one call finds out, for all of them.
#[tokio::test]
async fn one_call_finds_out_for_all() {
    let server = ledger(ServerSetup::default()).await;
    let db = crate::rules::connect(Config::new(server.url()).max_connections(8))
        .await
        .expect("connects");
    let mut watch = Watch::new(&server).await;
    for round in 0..10 {
        let calls: JoinSet<_> = (0..8)
            .map(|_| {
                let db = db.clone();
                async move { db.execute_unprepared("SELECT pg_sleep(0.02)").await }
            })
            .collect();
        for call in calls.join_all().await {
            call.expect("an answer");
        }
        assert!(watch.terminate().await > 1, "several were open");
        let mut failed = 0;
        for n in 0..100 {
            failed += usize::from(ask(&db, round * 100 + n).await.is_err());
        }
        assert!(failed <= 1, "{failed} of 100 calls failed");
    }
}

#[tokio::test]
async fn a_transaction_that_lost_its_session_is_not_done_by_half() {
    let server = ledger(ServerSetup::default()).await;
    let db = crate::rules::connect(Config::new(server.url()).max_connections(2))
        .await
        .expect("connects");
    let mut watch = Watch::new(&server).await;
    for n in 0..10 {
        let broken = db
            .transaction(async |tx| {
                enter(tx, n, n).await?;
                assert!(watch.terminate().await > 0);
                // It has to fail, and nothing of it may go by way of another session.
                let second = enter(tx, n, -n).await;
                assert!(second.is_err());
                let third = ask(tx, n).await;
                assert!(third.is_err());
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(broken, Err(Error::Database(_))), "{broken:?}");
        book(&db, 100 + n).await.expect("booked");
    }
    assert_eq!(whole_bookings(&server, 0..=i64::MAX).await, 10);
}
