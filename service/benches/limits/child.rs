//! Processes that are measured from outside: this program again, told to be one by an argument. The URL comes in the
//! environment, as it holds a password and arguments are for all to see.

use std::process::{Command, Stdio};

use crate::common::Outcome;
use crate::{cold, memory};

/// The variable with the URL.
const URL: &str = "DATABASE_URL";

/// What a child does.
#[derive(Clone, Copy)]
pub(crate) enum Child {
    Memory,
    Cold,
}

impl Child {
    /// What the argument calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cold => "cold",
        }
    }

    pub(crate) fn read(name: &str) -> Outcome<Self> {
        let known = [Self::Memory, Self::Cold];
        let found = known.into_iter().find(|child| child.name() == name);
        found.ok_or_else(|| format!("what is a child {name}?").into())
    }

    /// What it does, in the child.
    pub(crate) async fn run(self) -> Outcome<()> {
        let url = std::env::var(URL).map_err(|_| format!("a child needs {URL}"))?;
        match self {
            Self::Memory => memory::child(&url).await,
            Self::Cold => cold::child(&url).await,
        }
    }

    /// The process, ready to be started; what it prints is for the parent.
    pub(crate) fn command(self, url: &str) -> Outcome<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--child", self.name()])
            .env(URL, url)
            .stdout(Stdio::piped());
        Ok(command)
    }
}
