//! Many sign in at once: how long a hash takes, how many pass in a second, how much memory it takes at most, and whether
//! the async runtime goes on ticking meanwhile. Ends with 1 where a bound is broken.
//!
//! `cargo bench -p service --bench sign_in`

use std::process::ExitCode;
use std::time::{Duration, Instant};

use migration::testing::{Backend, TestDb};
use service::secret::{Hashing, Password};
use service::{Config, Db, Email, NewUser, Result};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

const SIGN_INS: u32 = 200;
const TICK: Duration = Duration::from_millis(10);
/// The latest that a tick may come.
const LATEST: Duration = Duration::from_millis(50);
/// What all but hashing may take: connections, their statements, and the pages that the allocator keeps.
const BESIDES: u64 = 64 << 20;

const PASSWORD: &str = "mauve otters read the evening paper";
/// Its hash at the default cost: users are made without hashing, and nothing is replaced when they sign in.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$YSBzYWx0IG9mIHRoZSBydQ$myRuuKlimBOKTyB9pR3EwlvLY6uA38xktRJzqWXptdg";

/// What a run was like, and what it may be.
struct Run {
    backend: &'static str,
    hash: Duration,
    all: Duration,
    memory: u64,
    memory_bound: u64,
    latest: Duration,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut fine = true;
        for (name, backend) in [
            ("SQLite", Backend::Sqlite),
            ("PostgreSQL", Backend::Postgres),
        ] {
            // Without a server to start there is nothing to measure: the backend says so by panicking.
            match tokio::spawn(run(name, backend)).await {
                Ok(run) => fine &= report(&run.expect("all sign in")),
                Err(error) if error.is_panic() && name == "PostgreSQL" => {
                    println!("{name}: no server to measure with");
                }
                Err(error) => panic!("{error}"),
            }
        }
        ExitCode::from(u8::from(!fine))
    })
}

async fn run(backend: &'static str, kind: Backend) -> Result<Run> {
    let test = TestDb::new(kind).await;
    let hashing = Hashing {
        queue: 1_000,
        ..Hashing::default()
    };
    let db = Db::connect(Config::new(test.url()).hashing(hashing)).await?;
    let password: Password = PASSWORD.parse()?;
    // Each an account of its own: many attempts on one are held up until they are found to be right.
    let mut emails = Vec::new();
    for number in 0..SIGN_INS {
        let email: Email = format!("user{number}@example.com").parse()?;
        let user = db.users().create(NewUser::new(email.clone())).await?;
        db.passwords().import(user.id, HASH.parse()?).await?;
        emails.push(email);
    }
    let hash = one(&db, &emails[0], &password).await?;

    let baseline = reset_peak();
    let heart = tokio::spawn(heartbeat());
    // The heart beats before, and after.
    sleep(10 * TICK).await;
    let start = Instant::now();
    let mut all: JoinSet<Result<()>> = emails
        .into_iter()
        .map(|email| {
            let (db, password) = (db.clone(), password.clone());
            async move {
                db.passwords().authenticate(&email, &password, None).await?;
                Ok(())
            }
        })
        .collect();
    while let Some(done) = all.join_next().await {
        done.expect("no panic")?;
    }
    let all = start.elapsed();
    let memory = peak().saturating_sub(baseline);
    sleep(10 * TICK).await;
    heart.abort();
    let latest = LATENESS
        .lock()
        .map(|mut latest| std::mem::take(&mut *latest))
        .unwrap_or_default();
    let jobs = u64::try_from(hashing.concurrency).unwrap_or(u64::MAX);
    db.close().await?;
    Ok(Run {
        backend,
        hash,
        all,
        memory,
        memory_bound: jobs * u64::from(hashing.memory_kib) * 1024 + BESIDES,
        latest,
    })
}

/// What one sign-in takes at best, nearly all of it the hash.
async fn one(db: &Db, email: &Email, password: &Password) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        db.passwords().authenticate(email, password, None).await?;
        best = best.min(start.elapsed());
    }
    Ok(best)
}

/// The latest tick so far.
static LATENESS: std::sync::Mutex<Duration> = std::sync::Mutex::new(Duration::ZERO);

async fn heartbeat() {
    let mut ticks = interval(TICK);
    loop {
        let due = ticks.tick().await;
        if let Ok(mut latest) = LATENESS.lock() {
            *latest = due.elapsed().max(*latest);
        }
    }
}

fn report(run: &Run) -> bool {
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let rate = f64::from(SIGN_INS) / run.all.as_secs_f64();
    let ok = |fine| if fine { "" } else { "  BROKEN" };
    let (memory, ticks) = (run.memory <= run.memory_bound, run.latest <= LATEST);
    println!("{}", run.backend);
    println!("  one sign-in            {:>10}", millis(run.hash));
    println!(
        "  {SIGN_INS} sign-ins at once   {:>10}   {rate:.1} in a second",
        millis(run.all)
    );
    println!(
        "  most memory            {:>10}   of {}{}",
        mib(run.memory),
        mib(run.memory_bound),
        ok(memory)
    );
    println!(
        "  latest tick            {:>10}   of {}{}",
        millis(run.latest),
        millis(LATEST),
        ok(ticks)
    );
    memory && ticks
}

/// Forgets the peak, where the system allows it, and returns the resident memory now.
fn reset_peak() -> u64 {
    // Where it is not allowed, the peak is that of the whole process, and no smaller.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}

/// A line of `/proc/self/status`, in bytes; 0 where there is none.
fn status(name: &str) -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}
