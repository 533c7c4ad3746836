//! `aura application list`.

use entity::applications;
use service::scope::ById;

use crate::context::Context;
use crate::failure::Failure;
use crate::instant::shown;
use crate::list::{self, Part};
use crate::look_up::{self, Life, Who};

/// List applications, in the order in which they were made
#[derive(clap::Args)]
pub(crate) struct List {
    /// Deleted applications instead
    #[arg(long)]
    deleted: bool,
    /// Only those that this user is a member of
    #[arg(long, value_name = "USER", conflicts_with = "deleted")]
    of: Option<Who>,
    #[command(flatten)]
    part: Part,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let db = &context.db;
        let member = match &self.of {
            Some(who) => Some(look_up::user(db, who, Life::Live).await?),
            None => None,
        };
        let end = if self.deleted { "deleted" } else { "created" };
        let cells = |row: &service::Application| {
            let at = if self.deleted {
                row.deleted_at
            } else {
                Some(row.created_at)
            };
            vec![
                row.id.to_string(),
                row.public_id.clone(),
                row.slug.clone(),
                at.map(shown).unwrap_or_default(),
                row.name.clone(),
            ]
        };
        let heads = ["id", "public id", "slug", end, "name"];
        list::write(
            context.output,
            &self.part,
            &heads,
            cells,
            async |limit, after| {
                if let Some(user) = &member {
                    return Ok(db
                        .applications()
                        .list_for_user(user.id, limit, after)
                        .await?);
                }
                let find = db.find::<applications::Entity>();
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
