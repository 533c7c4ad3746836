//! `aura erase`.

use serde_json::json;
use service::lifecycle::Erased;

use crate::confirm::Confirm;
use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Who};
use crate::table::counted;
use crate::trial::tried;
use crate::user::Access;

/// Erase a person: afterwards nothing tells who the user was
///
/// The user is deleted, and address, names, picture and the like go from every table, the audit included. It cannot be
/// undone; `aura export` first keeps what there was.
#[derive(clap::Args)]
pub(crate) struct Erase {
    /// The user, live or deleted, by id or e-mail
    user: Who,
    /// Find out whether it would be refused: it is done in one transaction, which is taken back
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    confirm: Confirm,
}

impl Erase {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let db = &context.db;
        let user = look_up::user(db, &self.user, Life::Any).await?;
        let erased = if self.dry_run {
            let erased = tried(db, async |db| db.lifecycle().erase_user(user.id).await).await?;
            eprintln!("a dry run: nothing was erased");
            erased
        } else {
            let access = Access::of(db, &user).await?;
            self.confirm.ask(&format!(
                "erases {} for good: {}, {}, and every trace of the person in mail and the audit",
                user.email,
                access.memberships(),
                counted(access.sessions, "session", "sessions")
            ))?;
            db.lifecycle().erase_user(user.id).await?
        };
        let (already, line) = match (erased, self.dry_run) {
            (Erased::Already, _) => (true, "had been erased before"),
            (Erased::Now, true) => (false, "can be erased"),
            (Erased::Now, false) => (false, "is erased"),
        };
        // Not by the address, which is nowhere any more.
        context.output.said(
            &json!({"id": user.id, "already": already, "dry_run": self.dry_run}),
            &format!("the user {} {line}", user.id),
        )
    }
}
