//! Asking before something is destroyed.

use std::io::{self, IsTerminal as _};

use crate::failure::Failure;

/// Whether to ask.
#[derive(clap::Args)]
pub(crate) struct Confirm {
    /// Do not ask; where there is no terminal to ask on it must be given
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Confirm {
    /// Says what is going to happen, and asks whether it shall.
    pub(crate) fn ask(&self, what: &str) -> Result<(), Failure> {
        let what = crate::table::clean(what);
        if self.yes {
            return Ok(());
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(Failure::NotConfirmed(format!(
                "not confirmed, nothing changed: {what}; give --yes to do it"
            )));
        }
        if asked(&format!("{what}. Go on?"))? {
            Ok(())
        } else {
            Err(Failure::NotConfirmed(
                "not confirmed, nothing changed".to_owned(),
            ))
        }
    }
}

/// Whether somebody at the terminal says yes; `false` where there is nobody.
pub(crate) fn asked(question: &str) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(false);
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::Failed(format!("cannot read the answer: {error}")))?;
    let answer = answer.trim().to_ascii_lowercase();
    Ok(answer == "y" || answer == "yes")
}
