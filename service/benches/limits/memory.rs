//! Memory: a process with 16 connections and a thousand operations under way all the time.

use std::fs;
use std::time::{Duration, Instant};

use service::{ClientFilter, ClientOrder, Config, Db, Tenant};
use tokio::task::JoinSet;

use crate::FEW;
use crate::arguments::Arguments;
use crate::child::Child;
use crate::common::{Draw, Kind, Outcome, bar, id};
use crate::fill::APPLICATIONS;
use crate::report::Memory;

const CONNECTIONS: u32 = 16;
const AT_ONCE: usize = 1_000;
/// Rows of a page.
const PAGE: u64 = 50;
/// The variable with how long it is, in ms.
const TIME: &str = "BENCH_MILLISECONDS";

/// Starts it, and takes what it says.
pub(crate) fn run(arguments: &Arguments, url: &str) -> Outcome<Memory> {
    let steps = bar("memory", 1);
    let time = arguments.window.max(Duration::from_secs(3)).as_millis();
    let mut command = Child::Memory.command(url)?;
    let said = command
        .env(TIME, time.to_string())
        .spawn()?
        .wait_with_output()?;
    steps.finish_and_clear();
    if !said.status.success() {
        return Err("the process whose memory is measured failed".into());
    }
    Ok(serde_json::from_slice(&said.stdout)?)
}

/// Prints what its system says of it, as JSON.
pub(crate) async fn child(url: &str) -> Outcome<()> {
    let time = std::env::var(TIME)?.parse()?;
    let before = resident("VmRSS:")?;
    let db = Db::connect(Config::new(url).max_connections(CONNECTIONS).audit(false)).await?;
    let mut tenants = Vec::new();
    for number in 0..APPLICATIONS {
        let application = id(Kind::Application, number);
        tenants.push(db.tenant(id(Kind::User, number), application).await?);
    }
    let until = Instant::now() + Duration::from_millis(time);
    let mut running = JoinSet::new();
    for number in 0..AT_ONCE {
        let tenant = tenants[number % APPLICATIONS].clone();
        running.spawn(ask(db.clone(), tenant, number, until));
    }
    let mut operations = 0;
    while let Some(done) = running.join_next().await {
        operations += done??;
    }
    let memory = Memory {
        at_once: AT_ONCE,
        connections: CONNECTIONS,
        operations,
        before,
        peak: resident("VmHWM:")?,
    };
    println!("{}", serde_json::to_string(&memory)?);
    Ok(())
}

/// One of the thousand: a user by e-mail, a page, and so on. Returns how many were answered.
async fn ask(db: Db, tenant: Tenant, number: usize, until: Instant) -> Outcome<usize> {
    let mut draw = Draw::new(number as u64);
    let mut answered = 0;
    while Instant::now() < until {
        if (answered + number).is_multiple_of(2) {
            let email = format!("user{}@example.com", draw.below(FEW)).parse()?;
            let user = db.users().find_by_email(&email).await?;
            user.ok_or("there is no such user")?;
        } else {
            let page = tenant
                .clients()
                .list(&ClientFilter::default(), ClientOrder::Id, PAGE, None)
                .await?;
            if page.items.len() as u64 != PAGE {
                return Err("a page is not full".into());
            }
        }
        answered += 1;
    }
    Ok(answered)
}

/// In MiB, of this process; on Linux.
fn resident(what: &str) -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = kib.ok_or("the system tells no resident memory")?.parse()?;
    Ok(kib / 1024.0)
}
