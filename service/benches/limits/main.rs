//! Where it ends: what more rows, more writers, the database's own wall, memory and a cold start cost. It starts its own
//! servers, fills them, prints tables and what holds of the bounds, and keeps the figures in `target/bench/limits.json`.
//!
//! `cargo bench -p service --bench limits -- --only growth --rows 10000000`

mod arguments;
mod bounds;
mod child;
mod cold;
#[expect(dead_code, reason = "other benchmarks use the rest")]
#[path = "../common/mod.rs"]
mod common;
mod fill;
mod floor;
mod growth;
mod memory;
mod operation;
mod report;
mod side;
mod spread;
mod table;
mod writers;

use std::process::ExitCode;
use std::thread::available_parallelism;

use arguments::{Arguments, Part};
use common::Outcome;
use common::server::Server;
use report::Report;

/// Rows of the small server, and of the one for all but growth.
const FEW: usize = 10_000;

fn main() -> ExitCode {
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Outcome<()> {
    let arguments = match Arguments::read(std::env::args().skip(1))? {
        arguments::Given::Child(child) => return child.run().await,
        arguments::Given::Parent(arguments) => arguments,
    };
    let mut report = Report {
        processors: available_parallelism()?.get(),
        rounds: arguments.rounds,
        window_ms: arguments.window.as_millis(),
        ..Report::default()
    };
    if arguments.does(Part::Growth) {
        growth::run(&arguments, &mut report).await?;
    }
    let rest = [Part::Floor, Part::Memory, Part::Cold, Part::Writers];
    if rest.iter().any(|part| arguments.does(*part)) {
        let server = Server::start("1GB").await?;
        report.postgres.clone_from(&server.version);
        report.settings.clone_from(&server.settings);
        fill::all(&server.admin, FEW).await?;
        if arguments.does(Part::Floor) {
            report.floor = Some(floor::run(&arguments, &server).await?);
        }
        if arguments.does(Part::Memory) {
            report.memory = Some(memory::run(&arguments, server.url())?);
        }
        if arguments.does(Part::Cold) {
            report.cold = Some(cold::run(server.url())?);
        }
        if arguments.does(Part::Writers) {
            report.writers = writers::run(&arguments, &server).await?;
        }
    }
    report.bounds = bounds::of(&report);
    table::print(&report);
    report.write()
}
