//! `aura user delete` and `aura user restore`.

use super::Access;
use crate::confirm::Confirm;
use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Who};
use crate::output::Gone;
use crate::table::counted;

/// Delete a user and the user's memberships, and end every session and token; `restore` brings the former back
#[derive(clap::Args)]
pub(crate) struct Delete {
    /// The user, by id or e-mail
    user: Who,
    #[command(flatten)]
    confirm: Confirm,
}

/// Bring back a deleted user with the memberships that went along
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The deleted user, by id or e-mail
    user: Who,
}

impl Delete {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let db = &context.db;
        let user = look_up::user(db, &self.user, Life::Any).await?;
        if user.deleted_at.is_none() {
            let access = Access::of(db, &user).await?;
            self.confirm.ask(&format!(
                "deletes the user {} with {}, and ends {} and all tokens",
                user.email,
                access.memberships(),
                counted(access.sessions, "session", "sessions")
            ))?;
        }
        let deleted = db.users().delete(user.id).await?;
        let gone = Gone::new("user", &user.email, user.id, deleted);
        context.output.said(&gone.json(), &gone.to_string())
    }
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let user = look_up::user(&context.db, &self.user, Life::Deleted).await?;
        let user = context.db.users().restore(user.id).await?;
        context.output.one(&user, &super::fields(&user))
    }
}
