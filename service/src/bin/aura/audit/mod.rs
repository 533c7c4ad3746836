//! `aura audit`: what was done, and by whom.

mod list;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Failure;

/// What can be done with the audit.
#[derive(Subcommand)]
pub(crate) enum Command {
    List(list::List),
    Verify(verify::Verify),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            Self::List(list) => list.run(context).await.map(|()| ExitCode::SUCCESS),
            Self::Verify(verify) => verify.run(context).await,
        }
    }
}
