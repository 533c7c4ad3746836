//! What shells and `man` know of this tool.

use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;

use crate::failure::Failure;
use crate::output::print;

/// Print what makes a shell complete the commands of this tool
///
/// For `bash`: `aura completions bash > ~/.local/share/bash-completion/completions/aura`.
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, mut command: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "aura", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}

/// Write manual pages into a folder
///
/// One page for each command: `aura.1`, `aura-user.1`, `aura-user-create.1`, ….
#[derive(clap::Args)]
pub(crate) struct Man {
    /// The folder; it must be there
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(&self, command: Command) -> Result<(), Failure> {
        let written = clap_mangen::generate_to(command, &self.folder);
        written.map_err(|error| Failure::Failed(format!("{}: {error}", self.folder.display())))
    }
}
