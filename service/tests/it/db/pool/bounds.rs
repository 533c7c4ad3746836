//! No more connections than there may be, in the order they were asked for, and an error that says why none came.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use migration::testing::Backend;
use sea_orm::ConnectionTrait;
use service::{Awaited, Error};

use super::{add, count, number, on_both, open, server_counts, until};

async fn the_pool_says_how_it_stands(backend: Backend) {
    let (_test, db) = open(backend, |config| config.max_connections(3)).await;
    let at_first = db.pool_status();
    assert_eq!((at_first.max, at_first.size, at_first.idle), (3, 1, 1));
    assert_eq!((at_first.connects, at_first.closed), (1, 0));
    let reading = service::TransactionOptions::snapshot();
    db.transaction_with(reading, async |_| {
        let status = db.pool_status();
        assert_eq!((status.size, status.idle, status.in_use), (1, 0, 1));
        // Another one is made for who comes meanwhile.
        assert_eq!(count(&db).await, 0);
        let status = db.pool_status();
        assert_eq!((status.size, status.idle, status.in_use), (2, 1, 1));
        Ok::<_, Error>(())
    })
    .await
    .expect("reads");
    let status = db.pool_status();
    assert_eq!((status.size, status.in_use, status.waiting), (2, 0, 0));
    assert_eq!((status.connects, status.salvaged, status.lost), (2, 0, 0));
}

async fn who_waits_in_vain_is_told_how_many_are_in_use(backend: Backend) {
    let wait = Duration::from_millis(300);
    let (_test, db) = open(backend, |config| {
        config.max_connections(2).acquire_timeout(wait)
    })
    .await;
    let reading = service::TransactionOptions::snapshot();
    let held = db.transaction_with(reading, async |_| {
        db.transaction_with(reading, async |_| {
            let start = Instant::now();
            let (one, other) = tokio::join!(db.query_one_raw(select(&db)), async {
                db.users().get(db.new_id()).await
            },);
            assert!(start.elapsed() >= wait && start.elapsed() < 10 * wait);
            assert!(one.is_err());
            let Err(Error::NoConnection(in_vain)) = other else {
                panic!("{other:?}");
            };
            assert_eq!(in_vain.awaited, Awaited::Connection);
            assert_eq!((in_vain.in_use, in_vain.max), (2, 2));
            assert_eq!(in_vain.waited, wait);
            assert!(
                in_vain
                    .to_string()
                    .starts_with("no connection came free within 0.3 s: 2 of 2 connections in use"),
                "{in_vain}"
            );
            // The same is found in SeaORM's error.
            let seen = Error::from(one.expect_err("in vain"));
            assert!(matches!(seen, Error::NoConnection(_)), "{seen:?}");
            Ok::<_, Error>(())
        })
        .await
    });
    held.await.expect("reads");
    assert_eq!(db.pool_status().timeouts, 2);
    assert_eq!(db.pool_status().waiting, 0);
    assert_eq!(count(&db).await, 0, "and it goes on");
}

fn select(db: &service::Db) -> sea_orm::Statement {
    sea_orm::Statement::from_string(db.backend(), "SELECT 1")
}

#[tokio::test]
async fn who_waits_for_the_turn_to_write_is_told_so() {
    let (_test, db) = open(Backend::Sqlite, |config| {
        config.acquire_timeout(Duration::from_millis(200))
    })
    .await;
    let held = db.transaction(async |_| add(&db, "a@x.test").await).await;
    let Err(Error::NoConnection(in_vain)) = held else {
        panic!("{held:?}");
    };
    assert_eq!(in_vain.awaited, Awaited::Writer);
}

async fn connections_are_handed_out_in_the_order_they_were_asked_for(backend: Backend) {
    let (_test, db) = open(backend, |config| config.max_connections(1)).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = tokio::task::JoinSet::new();
    db.transaction(async |_| {
        for number in 0..16 {
            let (own, order) = (db.clone(), Arc::clone(&order));
            waiting.spawn(async move {
                let reading = service::TransactionOptions::snapshot();
                let read = own.transaction_with(reading, async |_| {
                    // While it has the connection: nobody else has it.
                    order.lock().expect("no panic").push(number);
                    Ok::<_, Error>(())
                });
                read.await.expect("reads");
            });
            until("it waits", async || db.pool_status().waiting == number + 1).await;
        }
        Ok::<_, Error>(())
    })
    .await
    .expect("holds");
    waiting.join_all().await;
    let order = order.lock().expect("no panic").clone();
    assert_eq!(order, (0..16).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_of_sqlite_that_read_first_take_turns() {
    let (_test, db) = open(Backend::Sqlite, |config| config).await;
    let turns = Arc::new(Mutex::new(Vec::new()));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let (db, turns) = (db.clone(), Arc::clone(&turns));
        writers.spawn(async move {
            let mut times = Vec::new();
            for round in 0..50 {
                let start = Instant::now();
                db.transaction(async |tx| {
                    turns.lock().expect("no panic").push(writer);
                    let seen = count(tx).await;
                    add(tx, &format!("{writer}-{round}-{seen}@x.test")).await
                })
                .await
                .expect("no error");
                times.push(start.elapsed());
            }
            times
        });
    }
    let mut times = writers.join_all().await.concat();
    times.sort_unstable();
    assert_eq!(count(&db).await, 800);
    let (middle, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("16 writers: median {middle:?}, slowest {slowest:?}");
    // Whoever has had a turn has the next one when the others have had theirs, however fast the machine is.
    let turns = turns.lock().expect("no panic").clone();
    for (place, writer) in turns.iter().enumerate() {
        let others = turns[place + 1..]
            .iter()
            .take_while(|other| *other != writer);
        let overtaken = others.count();
        let last = !turns[place + 1..].contains(writer);
        assert!(
            last || overtaken <= 2 * 16,
            "{overtaken} before {writer}: {turns:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_never_sees_more_than_there_may_be() {
    let (test, db) = open(Backend::Postgres, |config| {
        config
            .max_connections(4)
            .max_lifetime(Duration::from_secs(1))
    })
    .await;
    let mut busy = tokio::task::JoinSet::new();
    let start = Instant::now();
    for _ in 0..32 {
        let db = db.clone();
        busy.spawn(async move {
            while start.elapsed() < Duration::from_secs(4) {
                // Some are given up at whatever point they have come to.
                let wait = Duration::from_micros(200 + u64::from(rand_of(&db)) * 20);
                let _ = tokio::time::timeout(wait, db.execute_unprepared("SELECT pg_sleep(0.002)"))
                    .await;
            }
        });
    }
    let watcher = test.connect().await;
    let mut most = 0;
    while start.elapsed() < Duration::from_secs(4) {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
            AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND query NOT LIKE '%pg_stat_activity%'";
        most = most.max(number(&watcher, sql).await);
        assert!(db.pool_status().size <= 4, "{:?}", db.pool_status());
    }
    busy.join_all().await;
    watcher.close().await.expect("closes");
    println!("most {most}; {:?}", db.pool_status());
    assert!((1..=4).contains(&most), "{most}");
    assert!(db.pool_status().closed >= 4, "{:?}", db.pool_status());
    db.close().await.expect("closes");
    assert_eq!(server_counts(&test).await, 0);
}

/// One byte of chance.
fn rand_of(db: &service::Db) -> u8 {
    db.random().bytes::<1>()[0]
}

on_both!(
    the_pool_says_how_it_stands,
    who_waits_in_vain_is_told_how_many_are_in_use,
    connections_are_handed_out_in_the_order_they_were_asked_for,
);
