//! Users.

mod create;
mod delete;
mod list;
mod set_password;
mod show;

use clap::Subcommand;
use service::User;

use crate::context::Context;
use crate::failure::Failure;
use crate::instant::shown;

pub(crate) use show::Access;

/// What can be done with users.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a user
    Create(create::Create),
    /// List users, in the order in which they were made
    List(list::List),
    /// Show a user, live or deleted, with the applications that the user may enter
    Show(show::Show),
    /// Delete a user and the user's memberships, and end every session and token; `restore` brings the former back
    Delete(delete::Delete),
    /// Bring back a deleted user with the memberships that went along
    Restore(delete::Restore),
    /// Give a user a password in the place of any before; all sessions of the user end
    SetPassword(set_password::SetPassword),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Delete(delete) => delete.run(context).await,
            Self::Restore(restore) => restore.run(context).await,
            Self::SetPassword(set) => set.run(context).await,
        }
    }
}

/// The user's own fields.
fn fields(user: &User) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("id", Some(user.id.to_string())),
        ("email", Some(user.email.clone())),
        (
            "verified",
            Some(
                user.email_verified_at
                    .map_or_else(|| "no".to_owned(), shown),
            ),
        ),
        ("username", user.username.clone()),
        ("name", user.name.clone()),
        ("given name", user.given_name.clone()),
        ("family name", user.family_name.clone()),
        ("picture", user.picture.clone()),
        ("created", Some(shown(user.created_at))),
        ("updated", Some(shown(user.updated_at))),
        ("deleted", user.deleted_at.map(shown)),
    ]
}
