//! Futures that are dropped half-way: a client that goes, a time limit, a `select!`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use migration::testing::{OwnServer, ServerSetup};
use rand::RngExt as _;
use sea_orm::ConnectionTrait as _;
use service::{Config, Db, Error};
use tokio::task::JoinSet;

use super::asking::{Watch, ask, ask_something_new, book, enter, ledger, whole_bookings};

/// Connections at most.
const MAX: u32 = 4;

/// Operations altogether, of as many workers as there are below.
const OPERATIONS: i64 = 4_800;

const WORKERS: i64 = 16;

#[derive(Default)]
struct Tally {
    finished: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    booked: AtomicI64,
}

/// At most [`MAX`] connections, and the server takes no more.
async fn connect(server: &OwnServer) -> Db {
    Watch::new(server).await.limit(MAX).await;
    let config = Config::new(server.url())
        .max_connections(MAX)
        .acquire_timeout(Duration::from_secs(10));
    crate::rules::connect(config).await.expect("connects")
}

/// Something of each kind, by turns.
async fn operation(db: &Db, n: i64) -> Result<bool, Error> {
    match n.rem_euclid(6) {
        0 => book(db, n).await.map(|()| true),
        1 => ask_something_new(db, n)
            .await
            .map(|()| false)
            .map_err(Error::from),
        2 => {
            db.transaction(async |tx| {
                enter(tx, n, n).await?;
                tx.transaction(async |tx| enter(tx, n, -n).await.map_err(Error::from))
                    .await?;
                ask(tx, n).await?;
                Ok::<_, Error>(true)
            })
            .await
        }
        3 => db
            .transaction(async |tx| {
                enter(tx, n, n).await?;
                ask_something_new(tx, n).await?;
                Err::<bool, _>(Error::invalid("test", "on purpose"))
            })
            .await
            .or_else(|error| match error {
                Error::Invalid { .. } => Ok(false),
                error => Err(error),
            }),
        _ => ask(db, n).await.map(|()| false).map_err(Error::from),
    }
}

/// How long an operation takes here and now, when all workers are at it.
async fn usual(db: &Db) -> Duration {
    let rounds = 20;
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let db = db.clone();
        workers.spawn(async move {
            for round in 0..rounds {
                // Numbers that no other operation has.
                let n = -1 - worker * i64::from(rounds) - i64::from(round);
                operation(&db, n).await.expect("undisturbed");
            }
        });
    }
    workers.join_all().await;
    began.elapsed() / rounds
}

/// Runs all operations, each dropped after a random time up to `longest`: twice what it usually takes, so that some get
/// through, and all points are among those where they are dropped.
async fn drop_at_random(db: &Db, longest: Duration) -> Arc<Tally> {
    let (tally, next) = (Arc::new(Tally::default()), Arc::new(AtomicI64::new(1)));
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        let (db, tally, next) = (db.clone(), Arc::clone(&tally), Arc::clone(&next));
        workers.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n > OPERATIONS {
                    return;
                }
                let limit = longest.mul_f64(rand::rng().random::<f64>());
                let counter = match tokio::time::timeout(limit, operation(&db, n)).await {
                    Ok(Ok(booked)) => {
                        tally.booked.fetch_add(i64::from(booked), Ordering::Relaxed);
                        &tally.finished
                    }
                    Ok(Err(_)) => &tally.failed,
                    Err(_) => &tally.dropped,
                };
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    workers.join_all().await;
    tally
}

/// Looks at the server until `over`: the most sessions that were seen, and how often it was looked.
async fn most_sessions(mut watch: Watch, over: Arc<AtomicBool>) -> (i64, u32) {
    let (mut most, mut looks) = (0, 0);
    while !over.load(Ordering::Relaxed) {
        most = most.max(watch.sessions().await);
        looks += 1;
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    (most, looks)
}

/// All is in order afterwards: nothing is held, nothing open, nothing done by half.
async fn all_is_well(server: &OwnServer, db: &Db, tally: &Tally) {
    let mut calls = JoinSet::new();
    for n in 0..i64::from(MAX) * 8 {
        let db = db.clone();
        calls.spawn(async move {
            ask(&db, n).await?;
            book(&db, OPERATIONS + 1 + n).await
        });
    }
    for call in calls.join_all().await {
        call.expect("an answer");
    }
    let booked = whole_bookings(server, 1..=OPERATIONS).await;
    let known = tally.booked.load(Ordering::Relaxed);
    assert!(
        booked >= known,
        "{known} bookings were confirmed, {booked} are there"
    );
    let mut watch = Watch::new(server).await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'aura' AND state <> 'idle'";
    assert_eq!(watch.number(open).await, 0, "sessions that are not idle");
    assert!(watch.sessions().await <= i64::from(MAX));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_dropped_at_random_points_harm_nobody() {
    let server = ledger(ServerSetup::default()).await;
    let db = connect(&server).await;
    let longest = usual(&db).await * 2;
    let over = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(most_sessions(Watch::new(&server).await, Arc::clone(&over)));
    let tally = drop_at_random(&db, longest).await;
    all_is_well(&server, &db, &tally).await;
    over.store(true, Ordering::Relaxed);
    let (most, looks) = watching.await.expect("no panic");
    println!(
        "up to {longest:?}: {} finished, {} dropped, {} failed; {most} sessions at most in {looks} looks",
        tally.finished.load(Ordering::Relaxed),
        tally.dropped.load(Ordering::Relaxed),
        tally.failed.load(Ordering::Relaxed),
    );
    assert!(most <= i64::from(MAX), "{most} sessions");
    assert_eq!(
        server.log().matches("too many connections").count(),
        0,
        "more were asked for"
    );
    assert_eq!(tally.failed.load(Ordering::Relaxed), 0);
    assert!(tally.dropped.load(Ordering::Relaxed) > 200, "{looks}");
    assert!(
        tally.finished.load(Ordering::Relaxed) > 1_000,
        "too few get through"
    );
}

/// Sessions end all the time, so that connecting is among what is dropped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connects_dropped_at_random_points_come_to_an_end() {
    let server = ledger(ServerSetup::default()).await;
    let db = connect(&server).await;
    let longest = usual(&db).await * 2;
    let over = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(most_sessions(Watch::new(&server).await, Arc::clone(&over)));
    let ending = tokio::spawn({
        let (mut watch, over) = (Watch::new(&server).await, Arc::clone(&over));
        async move {
            let mut ended = 0;
            while !over.load(Ordering::Relaxed) {
                ended += watch.terminate_one().await;
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            ended
        }
    });
    let tally = drop_at_random(&db, longest).await;
    over.store(true, Ordering::Relaxed);
    let ended = ending.await.expect("no panic");
    let (most, looks) = watching.await.expect("no panic");
    let failed = tally.failed.load(Ordering::Relaxed);
    println!(
        "up to {longest:?}: {} finished, {} dropped, {failed} failed for {ended} ended; {most} sessions at most in {looks} looks",
        tally.finished.load(Ordering::Relaxed),
        tally.dropped.load(Ordering::Relaxed),
    );
    assert!(most <= i64::from(MAX), "{most} sessions");
    assert_eq!(
        server.log().matches("too many connections").count(),
        0,
        "more were asked for"
    );
    assert!(
        tally.finished.load(Ordering::Relaxed) > 200,
        "too few get through"
    );
    assert!(
        failed <= ended.unsigned_abs(),
        "{failed} failed for {ended} ended sessions"
    );
    // What was ended last may be found out now.
    let _ = ask(&db, 1).await;
    all_is_well(&server, &db, &tally).await;
}

/// A caller whose patience is shorter than connecting takes gets there all the same, by asking again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn impatient_callers_get_a_connection_in_the_end() {
    let server = ledger(ServerSetup::default()).await;
    let db = connect(&server).await;
    let mut watch = Watch::new(&server).await;
    watch.terminate().await;
    let mut finished = 0;
    for n in 0..2_000 {
        let limit = Duration::from_micros(900);
        if let Ok(Ok(())) = tokio::time::timeout(limit, ask(&db, n)).await {
            finished += 1;
        }
    }
    println!("{finished} of 2000 within 900 µs each");
    assert!(finished > 200, "{finished} of 2000");
    assert!(watch.sessions().await <= i64::from(MAX));
}

/// A statement that takes long and that nobody waits for any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_statement_that_was_dropped_makes_room() {
    let server = ledger(ServerSetup::default()).await;
    let db = connect(&server).await;
    let mut watch = Watch::new(&server).await;
    for _ in 0..MAX {
        let long = db.execute_unprepared("SELECT pg_sleep(30)");
        let dropped = tokio::time::timeout(Duration::from_millis(50), long).await;
        assert!(dropped.is_err());
    }
    // Whether the server still works on them or not, others are served, and it never has more than it should.
    let began = Instant::now();
    for n in 0..20 {
        ask(&db, n).await.expect("an answer");
        assert!(watch.sessions().await <= i64::from(MAX));
    }
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
}

/// What the server has ended is not waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_ended_makes_room_at_once() {
    let server = ledger(ServerSetup::default()).await;
    let db = crate::rules::connect(Config::new(server.url()).max_connections(1))
        .await
        .expect("connects");
    let mut watch = Watch::new(&server).await;
    let long = db.execute_unprepared("SELECT pg_sleep(0.2)");
    let dropped = tokio::time::timeout(Duration::from_millis(50), long).await;
    assert!(dropped.is_err());
    // It is being looked after: the server says to whoever does that it is over.
    assert_eq!(watch.terminate().await, 1);
    let began = Instant::now();
    ask(&db, 1).await.expect("an answer");
    assert!(
        began.elapsed() < Duration::from_millis(700),
        "{:?}",
        began.elapsed()
    );
}
