//! The migrator of `AuraID` Database.
use std::process::ExitCode;

fn main() -> ExitCode {
    migration::cli::main::<migration::Migrator>()
}
