//! The operations that every request makes, through ours and through what a user would pick instead, on the same database:
//! tokio-postgres with everything prepared by hand (the reference), sqlx and `SeaORM` as they come; on `SQLite` rusqlite
//! and `SeaORM`. It starts its own server, fills it, checks that all say the same, measures them in turns, prints tables,
//! and keeps the figures in `target/bench/hot.json`; with `UPDATE_CHART=1` it draws `service/benches/hot.svg` from them.
//! Ends with 1 where an answer is wrong.
//!
//! Where `TEST_CITUS_URL` names a cluster (`migration::testing` says how), ours is measured on it as well, in the same turns and
//! on the same rows.
//!
//! With `--peers` Drizzle and Prisma take part as well, in processes of Node (20.19 or later, with npm): `benches/peers`.
//!
//! `cargo bench -p service --bench hot -- --rounds 1 --only a,f --stacks ours,tokio-postgres`
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures what others do behind the door"
)]

mod arguments;
mod bounds;
mod chart;
mod check;
mod citus;
#[path = "../common/mod.rs"]
mod common;
mod fill;
mod keys;
mod measure;
mod operation;
mod postgres;
mod report;
mod rounds;
mod sqlite;
mod stacks;
mod table;
mod trips;

use std::process::ExitCode;
use std::thread::available_parallelism;

use arguments::Arguments;
use common::server;
use operation::Outcome;
use report::Report;

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
    let arguments = Arguments::read(std::env::args().skip(1))?;
    let report = if arguments.redraw {
        Report::read()?
    } else {
        let mut report = Report {
            processors: available_parallelism()?.get(),
            rounds: arguments.rounds,
            window_ms: arguments.times.window.as_millis(),
            ..Report::default()
        };
        if arguments.postgres {
            postgres::run(&arguments, &mut report).await?;
        }
        if arguments.sqlite {
            sqlite::run(&arguments, &mut report).await?;
        }
        report.write()?;
        report
    };
    table::print(&report);
    bounds::print(&report);
    if std::env::var_os("UPDATE_CHART").is_some_and(|update| update == "1") {
        chart::draw(&report)?;
    }
    Ok(())
}
