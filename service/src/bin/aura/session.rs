//! `aura session`: where a user is signed in.

use clap::{Args, Subcommand};
use serde_json::json;
use service::{Error, Session};
use uuid::Uuid;

use crate::confirm::Confirm;
use crate::context::Context;
use crate::failure::Failure;
use crate::instant::shown;
use crate::list::{self, Part};
use crate::look_up::{self, Life, Who};
use crate::table::counted;

/// What can be done with sessions.
#[derive(Subcommand)]
pub(crate) enum Command {
    List(List),
    Revoke(Revoke),
}

/// List the sessions of a user that go on, the oldest first
#[derive(Args)]
pub(crate) struct List {
    /// The user, by id or e-mail
    user: Who,
    #[command(flatten)]
    part: Part,
}

/// End a session of a user, or all of them
#[derive(Args)]
pub(crate) struct Revoke {
    /// The user, by id or e-mail
    user: Who,
    /// The session, by id, as `aura session list` shows it
    #[arg(required_unless_present = "all")]
    session: Option<Uuid>,
    /// All sessions of the user
    #[arg(long, conflicts_with = "session")]
    all: bool,
    #[command(flatten)]
    confirm: Confirm,
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Revoke(revoke) => revoke.run(context).await,
        }
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let user = look_up::user(&context.db, &self.user, Life::Live).await?;
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let cells = |session: &Session| {
            let application = session.application_id;
            vec![
                session.id.to_string(),
                application.map_or_else(|| "-".to_owned(), |id| id.to_string()),
                or_none(&session.ip),
                shown(session.last_seen_at),
                shown(session.expires_at),
                or_none(&session.user_agent),
            ]
        };
        let heads = ["id", "application", "ip", "last seen", "expires", "browser"];
        list::write(
            context.output,
            &self.part,
            &heads,
            cells,
            async |limit, after| Ok(context.db.sessions().list(user.id, limit, after).await?),
        )
        .await
    }
}

impl Revoke {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let user = look_up::user(&context.db, &self.user, Life::Live).await?;
        let sessions = context.db.sessions();
        let ended = if let Some(id) = self.session {
            match sessions.revoke(user.id, id).await {
                Err(Error::NotFound) => {
                    return Err(Failure::NotFound(format!(
                        "{} has no session {id} that goes on",
                        user.email
                    )));
                }
                other => other?,
            }
            1
        } else {
            let found = list::all(async |limit, after| sessions.list(user.id, limit, after).await);
            let going_on = sessions_of(found.await?.len());
            self.confirm
                .ask(&format!("ends {going_on} of {}", user.email))?;
            sessions.revoke_all(user.id).await?
        };
        context.output.said(
            &json!({"user_id": user.id, "ended": ended}),
            &format!("ended {} of {}", sessions_of(ended), user.email),
        )
    }
}

fn sessions_of(count: impl TryInto<u64>) -> String {
    counted(count, "session", "sessions")
}
