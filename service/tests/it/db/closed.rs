//! Closing: what is under way is finished, and the server has nobody left.

use std::time::Duration;

use migration::testing::ServerSetup;
use sea_orm::ConnectionTrait as _;
use service::{Config, Error};
use tokio::task::JoinSet;

use super::asking::{Watch, ask, book, enter, ledger, whole_bookings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_waits_for_what_is_under_way() {
    let server = ledger(ServerSetup::default()).await;
    let db = crate::rules::connect(Config::new(server.url()).max_connections(4))
        .await
        .expect("connects");
    let mut watch = Watch::new(&server).await;
    let mut calls: JoinSet<Result<(), Error>> = JoinSet::new();
    for n in 0..4 {
        let db = db.clone();
        calls.spawn(async move {
            db.transaction(async |tx| {
                enter(tx, n, n).await?;
                tx.execute_unprepared("SELECT pg_sleep(0.5)").await?;
                enter(tx, n, -n).await?;
                Ok(())
            })
            .await
        });
    }
    let under_way =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'aura' AND query LIKE '%pg_sleep%'";
    while watch.number(under_way).await < 4 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = db.clone();
    db.close().await.expect("closes");
    assert_eq!(watch.sessions().await, 0, "the server has nobody left");
    for call in calls.join_all().await {
        call.expect("finished before");
    }
    assert_eq!(whole_bookings(&server, 0..=i64::MAX).await, 4);

    let refused = ask(&other, 1).await.expect_err("it is closed");
    assert!(refused.to_string().contains("closed"), "{refused}");
    let refused = book(&other, 9).await.expect_err("it is closed");
    assert!(refused.to_string().contains("closed"), "{refused}");
    other.close().await.expect("twice is as good");
}

/// A server that has gone does not hold it up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_ends_without_a_server() {
    let mut server = ledger(ServerSetup::default()).await;
    let db = crate::rules::connect(Config::new(server.url()).max_connections(4))
        .await
        .expect("connects");
    book(&db, 1).await.expect("booked");
    server.stop(migration::testing::Stop::Immediate).await;
    let closed = tokio::time::timeout(Duration::from_secs(3), db.close()).await;
    assert!(closed.is_ok(), "closing hangs");
}
