//! The migrator's command line, for any [`MigratorTrait`].
//!
//! An application with migrations of its own gets the same commands from a binary of three lines:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     migration::cli::main::<migration::Migrator>()
//! }
//! ```
mod args;
mod baseline;
mod check;
mod distribute;
mod environment;
mod generate;
mod guard;
mod output;
mod progress;
mod roles;
mod rotate_key;
mod run;
mod sql;
mod status;
mod template;

use std::process::ExitCode;

use clap::Parser;
use sea_orm_migration::MigratorTrait;

use args::Args;
use output::Output;

/// Reads `.env` and the command line, runs the command, and says how it went.
///
/// The exit code is 0 on success, 1 when the command failed, and 2 when it was not understood; 2 from `status` where
/// migrations are pending; 3 where the database and the program disagree about what is applied; 4 where somebody's lock
/// was not free in time.
#[must_use]
pub fn main<M: MigratorTrait>() -> ExitCode {
    let mut output = Output::default();
    // Before the arguments, whose defaults come from the environment.
    if let Err(error) = environment::load() {
        output.error(&error);
        return ExitCode::FAILURE;
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version come this way too. Nobody is left to tell when this fails.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    match run::run::<M>(&args, &mut output) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output.error(&failure);
            ExitCode::from(failure.code())
        }
    }
}
