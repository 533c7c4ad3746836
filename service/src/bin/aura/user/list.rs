//! `aura user list`.

use entity::users;
use service::scope::ById;

use crate::context::Context;
use crate::failure::Failure;
use crate::instant::shown;
use crate::list::{self, Part};

/// List users, in the order in which they were made
#[derive(clap::Args)]
pub(crate) struct List {
    /// Deleted users instead
    #[arg(long)]
    deleted: bool,
    #[command(flatten)]
    part: Part,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let end = if self.deleted { "deleted" } else { "created" };
        let cells = |user: &service::User| {
            let at = if self.deleted {
                user.deleted_at
            } else {
                Some(user.created_at)
            };
            vec![
                user.id.to_string(),
                user.email.clone(),
                user.username.clone().unwrap_or_else(|| "-".to_owned()),
                at.map(shown).unwrap_or_default(),
                user.name.clone().unwrap_or_default(),
            ]
        };
        let heads = ["id", "email", "username", end, "name"];
        list::write(
            context.output,
            &self.part,
            &heads,
            cells,
            async |limit, after| {
                let find = context.db.find::<users::Entity>();
                let find = if self.deleted {
                    find.only_deleted()
                } else {
                    find
                };
                Ok(find.page::<ById>(limit, after).await?)
            },
        )
        .await
    }
}
