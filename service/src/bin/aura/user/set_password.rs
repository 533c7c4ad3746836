//! `aura user set-password`.

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Who};
use crate::password;

/// Give a user a password in the place of any before; all sessions of the user end
///
/// The password is asked for on the terminal, twice.
#[derive(clap::Args)]
pub(crate) struct SetPassword {
    /// The user, by id or e-mail
    user: Who,
    /// Read it from the standard input instead: its first line
    #[arg(long)]
    password_stdin: bool,
}

impl SetPassword {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        // Whom it is for before it is typed.
        let user = look_up::user(&context.db, &self.user, Life::Live).await?;
        let password = if self.password_stdin {
            password::from_stdin()?
        } else {
            password::asked()?
        };
        context.db.passwords().set(user.id, &password).await?;
        context.output.said(
            &json!({"user_id": user.id, "password": "set"}),
            &format!("{} has a new password; all sessions ended", user.email),
        )
    }
}
