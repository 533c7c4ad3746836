//! `aura application delete` and `aura application restore`.

use super::show::Content;
use crate::confirm::Confirm;
use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Which};
use crate::output::Gone;
use crate::table::counted;

/// Delete an application with all that is in it; `restore` brings it back
#[derive(clap::Args)]
pub(crate) struct Delete {
    /// The application, by id, public id or slug
    application: Which,
    #[command(flatten)]
    confirm: Confirm,
}

/// Bring back a deleted application with what went along
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The deleted application, by id, public id or slug
    application: Which,
}

impl Delete {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let db = &context.db;
        let application = look_up::application(db, &self.application, Life::Any).await?;
        let deleted = if application.deleted_at.is_none() {
            let tenant = context.tenant(&application).await?;
            // Nobody is asked what they may not do.
            let owner = tenant.owner()?;
            let counts = Content::of(&tenant).await?.named();
            let counts = counts.map(|(one, several, count)| counted(count, one, several));
            self.confirm.ask(&format!(
                "deletes the application {} ({}) with {}",
                application.slug,
                application.name,
                counts.join(", ")
            ))?;
            owner.delete_application().await?
        } else {
            db.applications().delete(application.id).await?
        };
        let gone = Gone::new("application", &application.slug, application.id, deleted);
        context.output.said(&gone.json(), &gone.to_string())
    }
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let db = &context.db;
        let application = look_up::application(db, &self.application, Life::Deleted).await?;
        let application = db.applications().restore(application.id).await?;
        context
            .output
            .one(&application, &super::fields(&application))
    }
}
