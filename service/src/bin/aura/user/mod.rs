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
    Create(create::Create),
    List(list::List),
    Show(show::Show),
    Delete(delete::Delete),
    Restore(delete::Restore),
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
