//! Connections that are too old or idle for too long are closed; one that has been idle is asked before it is used.

use std::time::Duration;

use migration::testing::{Backend, TestDb};
use sea_orm::ConnectionTrait;
use service::Config;

use super::{count, number, on_both, open, until};

async fn idle_connections_are_closed(backend: Backend) {
    let (_test, db) = open(backend, |config| {
        config.idle_timeout(Duration::from_millis(300))
    })
    .await;
    assert_eq!(count(&db).await, 0);
    assert_eq!(db.pool_status().size, 1);
    until("closed", async || db.pool_status().size == 0).await;
    assert_eq!(count(&db).await, 0);
    assert_eq!(db.pool_status().connects, 2);
}

async fn old_connections_are_replaced(backend: Backend) {
    let (_test, db) = open(backend, |config| {
        config.max_lifetime(Duration::from_millis(300))
    })
    .await;
    // In use all the time, so that it is never idle.
    until("replaced", async || {
        assert_eq!(count(&db).await, 0);
        db.pool_status().connects > 2
    })
    .await;
    until("closed", async || db.pool_status().closed >= 2).await;
}

#[tokio::test]
async fn a_database_in_memory_is_never_closed() {
    let config = Config::new("sqlite::memory:")
        .idle_timeout(Duration::from_millis(50))
        .max_lifetime(Duration::from_millis(50));
    let db = crate::rules::connect(config).await.expect("connects");
    let create = "CREATE TABLE kept (number INTEGER)";
    db.execute_unprepared(create).await.expect("made");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(number(&db, "SELECT count(*) FROM kept").await, 0);
    // Also when work is dropped half-way.
    let dropped = db.transaction(async |tx| {
        let insert = "INSERT INTO kept VALUES (1)";
        tx.execute_unprepared(insert).await.expect("inserted");
        std::future::pending::<Result<(), service::Error>>().await
    });
    let dropped = tokio::time::timeout(Duration::from_millis(100), dropped).await;
    assert!(dropped.is_err());
    assert_eq!(number(&db, "SELECT count(*) FROM kept").await, 0);
    assert_eq!(db.pool_status().connects, 1);
}

#[tokio::test]
async fn connections_that_the_server_ended_are_no_error() {
    let test = TestDb::new(Backend::Postgres).await;
    let db = crate::rules::connect(Config::new(test.url()))
        .await
        .expect("connects");
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()";
    for round in 0..20 {
        // Several, idle.
        let reads = (0..8).map(|_| async {
            number(&db, "SELECT 1 + 0 * length(pg_sleep(0.02)::text)::bigint").await
        });
        futures_util::future::join_all(reads).await;
        let admin = test.connect().await;
        let ended = number(&admin, end).await;
        admin.close().await.expect("closes");
        assert!(ended >= 1, "round {round}");
        // A statement, and a transaction: neither had begun.
        if round % 2 == 0 {
            assert_eq!(number(&db, "SELECT 1::bigint").await, 1);
        } else {
            let done = db.transaction(async |tx| {
                Ok::<_, service::Error>(number(tx, "SELECT 1::bigint").await)
            });
            assert_eq!(done.await.expect("begins"), 1);
        }
        for _ in 0..8 {
            assert_eq!(number(&db, "SELECT 1::bigint").await, 1);
        }
    }
    assert!(db.pool_status().lost >= 20, "{:?}", db.pool_status());
}

on_both!(idle_connections_are_closed, old_connections_are_replaced);
