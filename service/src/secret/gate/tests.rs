//! The bounds hold exactly, whoever gives up.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Gate;
use crate::error::{Error, Result};

/// Holds jobs back until it is opened.
#[derive(Default)]
struct Latch {
    open: Mutex<bool>,
    opened: Condvar,
    /// How many run now, how many did at once, and how many ended.
    running: AtomicUsize,
    most: AtomicUsize,
    ended: AtomicUsize,
}

impl Latch {
    fn pass(&self) {
        let running = self.running.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(running, SeqCst);
        let open = self.open.lock().unwrap();
        drop(self.opened.wait_while(open, |open| !*open).unwrap());
        self.running.fetch_sub(1, SeqCst);
        self.ended.fetch_add(1, SeqCst);
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    async fn running(&self, jobs: usize) {
        while self.running.load(SeqCst) != jobs {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn callers(gate: &Arc<Gate>, latch: &Arc<Latch>, callers: usize) -> JoinSet<Result<()>> {
    (0..callers)
        .map(|_| {
            let (gate, latch) = (Arc::clone(gate), Arc::clone(latch));
            async move { gate.run(move || latch.pass()).await }
        })
        .collect()
}

/// All places are free again: as many as may be are let in, and one more is not.
async fn assert_free(gate: &Arc<Gate>, places: usize) {
    let latch = Arc::default();
    let mut all = callers(gate, &latch, places + 1);
    let turned_away = all.join_next().await.unwrap().unwrap();
    assert!(matches!(turned_away, Err(Error::Busy)));
    latch.open();
    while let Some(result) = all.join_next().await {
        result.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_callers_as_many_as_may_are_let_in() {
    let gate = Arc::new(Gate::new(3, 20));
    let latch = Arc::default();
    let mut all = callers(&gate, &latch, 100);
    for _ in 0..77 {
        let turned_away = timeout(Duration::from_mins(1), all.join_next()).await;
        assert!(matches!(turned_away, Ok(Some(Ok(Err(Error::Busy))))));
    }
    latch.running(3).await;
    latch.open();
    while let Some(result) = all.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!((latch.most.load(SeqCst), latch.ended.load(SeqCst)), (3, 23));
    assert_free(&gate, 23).await;
}

#[tokio::test]
async fn without_a_queue_nobody_waits() {
    let gate = Arc::new(Gate::new(1, 0));
    assert_free(&gate, 1).await;
    for _ in 0..1000 {
        // A caller that has its result is out of the way.
        gate.run(|| ()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_that_gives_up_while_waiting_leaves_its_place() {
    let gate = Arc::new(Gate::new(1, 5));
    let first: Arc<Latch> = Arc::default();
    let mut running = callers(&gate, &first, 1);
    first.running(1).await;
    for _ in 0..20 {
        let mut waiting = callers(&gate, &Arc::default(), 5);
        assert!(
            timeout(Duration::from_millis(2), waiting.join_next())
                .await
                .is_err()
        );
        waiting.shutdown().await;
    }
    first.open();
    running.join_next().await.unwrap().unwrap().unwrap();
    assert_free(&gate, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_counts_until_it_ends_though_nobody_waits_for_it() {
    let gate = Arc::new(Gate::new(2, 0));
    let latch: Arc<Latch> = Arc::default();
    let mut given_up = callers(&gate, &latch, 2);
    latch.running(2).await;
    given_up.shutdown().await;
    assert!(matches!(gate.run(|| ()).await, Err(Error::Busy)));
    latch.open();
    while latch.ended.load(SeqCst) < 2 || matches!(gate.run(|| ()).await, Err(Error::Busy)) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_free(&gate, 2).await;
}

#[tokio::test]
async fn a_job_that_panics_is_an_error_and_leaves_its_place() {
    let gate = Arc::new(Gate::new(1, 1));
    for _ in 0..5 {
        let result = gate
            .run(|| assert!(std::hint::black_box(false), "on purpose"))
            .await;
        assert!(matches!(result, Err(Error::Busy)));
    }
    assert_free(&gate, 2).await;
}
