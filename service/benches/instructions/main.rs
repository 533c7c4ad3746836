//! What an operation costs in our own process, in instructions: a figure that does not depend on what else the machine does.
//! It starts a server, fills it, runs itself under callgrind on one thread with one connection, and holds the counts to
//! `service/benches/instructions.txt`. Ends with 1 where one is more than a tenth above that file's.
//!
//! `cargo bench -p service --bench instructions`; with `UPDATE_INSTRUCTIONS=1` it writes the file anew. Needs valgrind.

mod callgrind;
mod figures;
mod fill;
mod hand;
mod inside;
mod operation;

use std::error::Error;
use std::process::ExitCode;

use migration::testing::{Backend, TestDb};

use figures::Figures;
use operation::Operation;

/// What it fails with.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let inside = std::env::args().any(|argument| argument == callgrind::INSIDE);
    match if inside { inside::run() } else { run() } {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    if cfg!(debug_assertions) {
        return Err(
            "this build is not optimised: cargo bench -p service --bench instructions".into(),
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let counts = runtime.block_on(async {
        let test = TestDb::new(Backend::Postgres).await;
        let filled = fill::fill(test.url()).await?;
        callgrind::count(&filled)
    })?;
    let found = Figures::new(&counts)?;
    if std::env::var_os("UPDATE_INSTRUCTIONS").is_some_and(|update| update == "1") {
        found.print(&Figures::default());
        return found.write();
    }
    let known = Figures::read()?;
    found.print(&known);
    println!();
    for (ours, hand) in Operation::BY_HAND {
        if let (Some(ours_takes), Some(hand_takes)) = (found.of(ours), found.of(hand)) {
            let percent = ours_takes * 100 / hand_takes.max(1);
            println!("{}: {percent} % of tokio-postgres by hand", ours.title());
        }
    }
    found.hold_to(&known)
}
