//! `aura export`.

use std::path::{Path, PathBuf};

use service::Error;
use tokio::fs::{self, OpenOptions};
use tokio::io::{AsyncWriteExt as _, stdout};

use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Who};

/// Write all that is stored about a user, as JSON
///
/// The audit is told that it was handed out. No secret is in it, nor any hash of one.
#[derive(clap::Args)]
pub(crate) struct Export {
    /// The user, live or deleted, by id or e-mail
    user: Who,
    /// The file to make, readable by its owner alone; default: the standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let user = look_up::user(&context.db, &self.user, Life::Any).await?;
        let lifecycle = context.db.lifecycle();
        let Some(path) = &self.output else {
            return Ok(lifecycle.export_user(user.id, &mut stdout()).await?);
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let made = options.open(path).await;
        let mut file = made.map_err(|error| failed(path, &error))?;
        let written = lifecycle.export_user(user.id, &mut file).await;
        let written = match written {
            Ok(()) => file.shutdown().await.map_err(Error::Output),
            failed => failed,
        };
        if let Err(error) = written {
            // Half of it is no document.
            let _ = fs::remove_file(path).await;
            return Err(match error {
                Error::Output(error) => failed(path, &error),
                other => other.into(),
            });
        }
        eprintln!("{} is in {}", user.email, path.display());
        Ok(())
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: {error}", path.display()))
}
