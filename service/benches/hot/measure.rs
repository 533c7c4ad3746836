//! One window: so many workers ask one thing after the other, of one stack.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::common::cpu;
pub(crate) use crate::common::{float, micros};
use crate::keys::Draw;
use crate::operation::{Answer, Operation, Outcome, Stack};
use crate::server::{Server, run_between};

/// How long it is measured.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

/// What is asked in a window.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    pub(crate) operation: Operation,
    pub(crate) workers: usize,
    /// No two windows have the same: what is drawn, and the names of what is made, come from it.
    pub(crate) number: u64,
}

/// What a window was like.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Window {
    /// Operations in a second.
    pub(crate) per_second: f64,
    /// Half of them took no longer, in µs.
    pub(crate) p50: f64,
    /// 99 in 100 took no longer, in µs.
    pub(crate) p99: f64,
    /// The slowest, in µs.
    pub(crate) slowest: f64,
    /// CPU time of this process for each, in µs.
    pub(crate) client_cpu: f64,
    /// CPU time of the server's processes for each, in µs; `None`: unknown, or there is no server.
    pub(crate) server_cpu: Option<f64>,
    /// Answers that found or made something, before and after the window too.
    pub(crate) found: usize,
    /// How often the database was locked by somebody else, and nothing was done.
    pub(crate) locked: usize,
}

/// What one worker saw.
#[derive(Default)]
struct Seen {
    nanoseconds: Vec<u64>,
    found: usize,
    locked: usize,
    /// When there was nothing left to ask for.
    ran_out: Option<Instant>,
}

/// When the window begins and ends.
#[derive(Clone, Copy)]
struct Bounds {
    from: Instant,
    until: Instant,
}

/// Measures a window.
pub(crate) async fn window<S: Stack>(
    stack: &S,
    task: Task,
    times: Times,
    server: Option<&Server>,
) -> Outcome<Window> {
    let from = Instant::now() + times.warm_up;
    let until = from + times.window;
    let bounds = Bounds { from, until };
    let asked = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for worker in 0..task.workers {
        let work = work(stack.clone(), worker, task, bounds, Arc::clone(&asked));
        if S::BLOCKS {
            let runtime = Handle::current();
            workers.spawn_blocking(move || runtime.block_on(work));
        } else {
            workers.spawn(work);
        }
    }
    tokio::time::sleep_until(from.into()).await;
    let (client, at_server) = (cpu(), server.and_then(Server::cpu));
    tokio::time::sleep_until(until.into()).await;
    let client = cpu().saturating_sub(client);
    let at_server = at_server
        .zip(server.and_then(Server::cpu))
        .map(|(before, after)| run_between(&before, &after));
    let mut nanoseconds = Vec::new();
    let (mut found, mut locked) = (0, 0);
    let mut ended = from;
    while let Some(seen) = workers.join_next().await {
        let seen = seen??;
        nanoseconds.extend(seen.nanoseconds);
        found += seen.found;
        locked += seen.locked;
        ended = ended.max(seen.ran_out.unwrap_or(until));
    }
    let count = nanoseconds.len();
    if count == 0 {
        return Err("nothing was answered within the window".into());
    }
    nanoseconds.sort_unstable();
    let at = |percent: usize| micros(nanoseconds[(count - 1) * percent / 100]);
    let each = |total: u64| micros(total) / float(count);
    Ok(Window {
        per_second: float(count) / (ended.min(until) - from).as_secs_f64(),
        p50: at(50),
        p99: at(99),
        slowest: at(100),
        client_cpu: each(client),
        server_cpu: at_server.map(each),
        found,
        locked,
    })
}

async fn work<S: Stack>(
    stack: S,
    worker: usize,
    task: Task,
    bounds: Bounds,
    asked: Arc<AtomicUsize>,
) -> Outcome<Seen> {
    let mut draw = Draw::new(task.number * 1_000 + worker as u64);
    let mut seen = Seen::default();
    loop {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        let Some(ask) = draw.ask(task.operation, task.number, number) else {
            seen.ran_out = Some(Instant::now());
            return Ok(seen);
        };
        let begun = Instant::now();
        if begun >= bounds.until {
            return Ok(seen);
        }
        let answer = match stack.answer(worker, ask).await {
            Ok(answer) => black_box(answer),
            // SQLite's word for it: nothing was done.
            Err(error) if error.to_string().contains("database is locked") => {
                seen.locked += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        let ended = Instant::now();
        seen.found += usize::from(!matches!(answer, Answer::Nothing));
        if begun >= bounds.from && ended <= bounds.until {
            let took = (ended - begun).as_nanos();
            seen.nanoseconds
                .push(u64::try_from(took).unwrap_or(u64::MAX));
        }
    }
}
