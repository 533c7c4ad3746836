//! A cold start: from the start of a process to its first answer, on a database that is migrated.

use std::io::{BufRead, BufReader};
use std::time::Instant;

use service::{Config, Db};

use crate::child::Child;
use crate::common::{Outcome, bar, median};
use crate::report::Cold;

const STARTS: usize = 20;

/// Starts them one after the other.
pub(crate) fn run(url: &str) -> Outcome<Cold> {
    let steps = bar("cold start", STARTS);
    let (mut whole, mut inside) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut child = Child::Cold.command(url)?.spawn()?;
        let mut line = String::new();
        if let Some(said) = child.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        whole.push(begun.elapsed().as_secs_f64() * 1000.0);
        if !child.wait()?.success() {
            return Err("the process that starts found no answer".into());
        }
        inside.push(line.trim().parse()?);
        steps.inc(1);
    }
    steps.finish_and_clear();
    Ok(Cold {
        starts: STARTS,
        median: median(whole.iter().copied()).unwrap_or_default(),
        slowest: whole.iter().copied().fold(0.0, f64::max),
        inside: median(inside.into_iter()).unwrap_or_default(),
        bare: bare()?,
    })
}

/// How long a process takes that does nothing: what the system itself needs.
fn bare() -> Outcome<f64> {
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        std::process::Command::new("true").status()?;
        took.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(median(took.into_iter()).unwrap_or_default())
}

/// Prints how long it took since `main`, in ms.
pub(crate) async fn child(url: &str) -> Outcome<()> {
    let begun = Instant::now();
    let db = Db::connect(Config::new(url)).await?;
    let email = "user5@example.com".parse()?;
    let found = db.users().find_by_email(&email).await?;
    found.ok_or("there is no such user")?;
    println!("{}", begun.elapsed().as_secs_f64() * 1000.0);
    Ok(())
}
