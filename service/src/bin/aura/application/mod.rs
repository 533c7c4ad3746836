//! Applications.

mod create;
mod delete;
mod list;
mod show;

use clap::Subcommand;
use service::Application;

use crate::context::Context;
use crate::failure::Failure;
use crate::instant::shown;

/// What can be done with applications.
#[derive(Subcommand)]
pub(crate) enum Command {
    Create(create::Create),
    List(list::List),
    Show(show::Show),
    Delete(delete::Delete),
    Restore(delete::Restore),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Delete(delete) => delete.run(context).await,
            Self::Restore(restore) => restore.run(context).await,
        }
    }
}

/// The application's own fields.
fn fields(application: &Application) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("id", Some(application.id.to_string())),
        ("public id", Some(application.public_id.clone())),
        ("slug", Some(application.slug.clone())),
        ("name", Some(application.name.clone())),
        ("description", application.description.clone()),
        ("created", Some(shown(application.created_at))),
        ("updated", Some(shown(application.updated_at))),
        ("deleted", application.deleted_at.map(shown)),
    ]
}
