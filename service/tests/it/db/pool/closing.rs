//! The end: work in flight is finished, new work is refused.

use std::time::Duration;

use migration::testing::Backend;
use service::Error;

use super::{add, count, on_both, open, server_counts, until};

async fn closing_waits_for_work_in_flight_and_refuses_new_work(backend: Backend) {
    let (test, db) = open(backend, |config| config.max_connections(4)).await;
    let (in_flight, closing) = (db.clone(), db.clone());
    let (started, has_started) = tokio::sync::oneshot::channel();
    let work = tokio::spawn(async move {
        in_flight
            .transaction(async |tx| {
                add(tx, "a@x.test").await?;
                let _ = started.send(());
                tokio::time::sleep(Duration::from_millis(300)).await;
                add(tx, "b@x.test").await
            })
            .await
    });
    has_started.await.expect("started");
    let closed = tokio::spawn(closing.close());
    until("it refuses", async || {
        let refused = db.users().get(db.new_id()).await;
        refused.is_err()
    })
    .await;
    assert!(!work.is_finished() && !closed.is_finished());
    work.await.expect("no panic").expect("it was finished");
    closed.await.expect("no panic").expect("closed");
    let status = db.pool_status();
    assert_eq!((status.size, status.in_use, status.idle), (0, 0, 0));
    let refused = db.transaction(async |tx| add(tx, "c@x.test").await).await;
    assert!(
        matches!(&refused, Err(Error::Database(error)) if error.to_string().contains("closed")),
        "{refused:?}"
    );
    if backend == Backend::Postgres {
        assert_eq!(
            server_counts(&test).await,
            0,
            "the server has closed its end"
        );
    }
    let again = crate::rules::connect(service::Config::new(test.url()));
    assert_eq!(count(&again.await.expect("connects")).await, 2);
}

async fn those_who_wait_are_refused_when_it_closes(backend: Backend) {
    let (_test, db) = open(backend, |config| config.max_connections(1)).await;
    let (holder, waiter) = (db.clone(), db.clone());
    let (started, has_started) = tokio::sync::oneshot::channel();
    let holds = tokio::spawn(async move {
        let reading = service::TransactionOptions::snapshot();
        let mut started = Some(started);
        let mut start = || started.take().map(|started| started.send(()));
        start();
        holder
            .transaction_with(reading, async |_| {
                tokio::time::sleep(Duration::from_millis(500)).await;
                Ok::<_, Error>(())
            })
            .await
    });
    has_started.await.expect("started");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let waits = tokio::spawn(async move { waiter.users().get(waiter.new_id()).await });
    until("it waits", async || db.pool_status().waiting == 1).await;
    db.close().await.expect("closes");
    assert!(waits.await.expect("no panic").is_err());
    holds.await.expect("no panic").expect("finished");
}

on_both!(
    closing_waits_for_work_in_flight_and_refuses_new_work,
    those_who_wait_are_refused_when_it_closes,
);
