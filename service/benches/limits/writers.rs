//! Writers: so many tasks sign up at once, into one application and into many, with the audit off and on. Commits wait for
//! the disk, as they do where nobody says otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use service::{Config, Db, NewUser, Tenant};
use tokio::task::JoinSet;

use crate::arguments::Arguments;
use crate::common::server::Server;
use crate::common::{Kind, Outcome, bar, float, id};
use crate::fill::APPLICATIONS;
use crate::report::Writing;
use crate::spread::Spread;

const CONNECTIONS: u32 = 16;
const TASKS: [usize; 4] = [1, 4, 16, 64];
const WARM_UP: Duration = Duration::from_millis(300);

pub(crate) async fn run(arguments: &Arguments, server: &Server) -> Outcome<Vec<Writing>> {
    let mut sides = Vec::new();
    for audit in [false, true] {
        let config = Config::new(server.url()).max_connections(CONNECTIONS);
        let db = Db::connect(config.audit(audit)).await?;
        let mut tenants = Vec::new();
        for number in 0..APPLICATIONS {
            let application = id(Kind::Application, number);
            tenants.push(db.tenant(id(Kind::User, number), application).await?);
        }
        sides.push((audit, tenants));
    }
    let steps = bar("writers", 2 * TASKS.len() * sides.len());
    let mut written = Vec::new();
    let made = Arc::new(AtomicUsize::new(0));
    for applications in [1, APPLICATIONS] {
        for tasks in TASKS {
            for (audit, tenants) in &sides {
                let tenants: Arc<[Tenant]> = tenants[..applications].into();
                let (per_second, spread) = window(&tenants, tasks, arguments.window, &made).await?;
                written.push(Writing {
                    applications,
                    writers: tasks,
                    audit: *audit,
                    per_second,
                    p50: spread.p50,
                    p99: spread.p99,
                });
                steps.inc(1);
            }
        }
    }
    steps.finish_and_clear();
    Ok(written)
}

/// Writes in a second, and how long each took.
async fn window(
    tenants: &Arc<[Tenant]>,
    tasks: usize,
    window: Duration,
    made: &Arc<AtomicUsize>,
) -> Outcome<(f64, Spread)> {
    let from = Instant::now() + WARM_UP;
    let until = from + window;
    let mut writers = JoinSet::new();
    for _ in 0..tasks {
        let (tenants, made) = (Arc::clone(tenants), Arc::clone(made));
        writers.spawn(async move { write(&tenants, &made, from, until).await });
    }
    let mut nanoseconds = Vec::new();
    while let Some(done) = writers.join_next().await {
        nanoseconds.extend(done??);
    }
    let per_second = float(nanoseconds.len()) / window.as_secs_f64();
    Ok((per_second, Spread::of(nanoseconds)))
}

/// Signs up one after the other. Returns how long each took that ended within the window.
async fn write(
    tenants: &[Tenant],
    made: &AtomicUsize,
    from: Instant,
    until: Instant,
) -> Outcome<Vec<u64>> {
    let mut nanoseconds = Vec::new();
    loop {
        let number = made.fetch_add(1, Ordering::Relaxed);
        let new = NewUser::new(format!("writer-{number}@example.com").parse()?);
        let admin = tenants[number % tenants.len()].admin()?;
        let begun = Instant::now();
        if begun >= until {
            return Ok(nanoseconds);
        }
        admin.members().sign_up(new, &["member"]).await?;
        let ended = Instant::now();
        // One that began before the window counts too: each of the many may wait longer than the warm-up.
        if ended >= from && ended <= until {
            nanoseconds.push(u64::try_from((ended - begun).as_nanos())?);
        }
    }
}
