//! What the audit costs: writes with it and without, alone and many at once, in one application and in one for each writer.
//! The two are measured in turns, in one run, so that what else the machine does meets both.
//!
//! `cargo bench -p service --bench audit`

use std::time::{Duration, Instant};

use migration::testing::{Backend, TestDb};
use service::{Config, Db, NewApplication, NewClient, NewUser, Result, Tenant};
use tokio::task::JoinSet;
use uuid::Uuid;

const WRITERS: usize = 16;
/// Of each writer, in one turn.
const WRITES: usize = 60;
const TURNS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        println!(
            "{:<12}{:<26}{:>12}{:>12}{:>8}",
            "", "creating a client", "off", "on", "ratio"
        );
        for (name, backend) in [
            ("SQLite", Backend::Sqlite),
            ("PostgreSQL", Backend::Postgres),
        ] {
            // Without a server to start there is nothing to measure: the backend says so by panicking.
            match tokio::spawn(run(name, backend)).await {
                Ok(run) => run.expect("all write"),
                Err(error) if error.is_panic() && name == "PostgreSQL" => {
                    println!("{name}: no server to measure with");
                }
                Err(error) => panic!("{error}"),
            }
        }
    });
}

async fn run(name: &'static str, backend: Backend) -> Result<()> {
    let test = TestDb::new(backend).await;
    let config = Config::new(test.url());
    let off = Db::connect(config.clone().audit(false)).await?;
    let on = Db::connect(config).await?;
    let owner = NewUser::new("owner@example.com".parse()?);
    let owner = on.users().create(owner).await?.id;
    let mut ids = Vec::new();
    for number in 0..WRITERS {
        let new = NewApplication {
            name: format!("Application {number}").parse()?,
            slug: format!("application-{number}").parse()?,
            description: None,
            public_id: None,
            compute_id: None,
        };
        ids.push(on.applications().create(owner, new).await?.id);
    }
    for (what, ids) in [
        ("1 writer", vec![ids[0]]),
        ("16, one application", vec![ids[0]; WRITERS]),
        ("16, one each", ids.clone()),
    ] {
        let (off, on) = (
            tenants(&off, owner, &ids).await?,
            tenants(&on, owner, &ids).await?,
        );
        // Statements are prepared, pages are read.
        turn(&off).await?;
        turn(&on).await?;
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            without.push(turn(&off).await?);
            with.push(turn(&on).await?);
        }
        let (without, with) = (median(without), median(with));
        println!(
            "{name:<12}{what:<26}{:>9.0} µs{:>9.0} µs{:>8.2}",
            micros(without),
            micros(with),
            micros(with) / micros(without)
        );
    }
    off.close().await?;
    on.close().await
}

async fn tenants(db: &Db, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Tenant>> {
    let mut tenants = Vec::new();
    for id in ids {
        tenants.push(db.tenant(owner, *id).await?);
    }
    Ok(tenants)
}

/// The time of one write, as all writers together make them.
async fn turn(tenants: &[Tenant]) -> Result<Duration> {
    let start = Instant::now();
    let mut writers: JoinSet<Result<()>> = tenants.iter().cloned().map(write).collect();
    while let Some(done) = writers.join_next().await {
        done.expect("no panic")?;
    }
    let count = u32::try_from(WRITES * tenants.len()).unwrap_or(1);
    Ok(start.elapsed() / count)
}

async fn write(tenant: Tenant) -> Result<()> {
    for _ in 0..WRITES {
        let new = NewClient::new("Client".parse()?);
        tenant.clients().create(new).await?;
    }
    Ok(())
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
