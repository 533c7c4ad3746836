//! `aura application show`.

use entity::{clients, domains, emails, mailboxes};
use serde::Serialize;
use service::{Application, Result as ServiceResult, Tenant};

use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Which};

/// Show an application, live or deleted, with how much is in it
#[derive(clap::Args)]
pub(crate) struct Show {
    /// The application, by id, public id or slug
    application: Which,
}

/// How many live rows there are in an application.
#[derive(Serialize)]
pub(super) struct Content {
    members: u64,
    clients: u64,
    domains: u64,
    mailboxes: u64,
    emails: u64,
}

impl Content {
    pub(super) async fn of(tenant: &Tenant) -> ServiceResult<Self> {
        Ok(Self {
            members: tenant.members().count().await?,
            clients: tenant.find::<clients::Entity>().count().await?,
            domains: tenant.find::<domains::Entity>().count().await?,
            mailboxes: tenant.find::<mailboxes::Entity>().count().await?,
            emails: tenant.find::<emails::Entity>().count().await?,
        })
    }

    /// Each with what one and what several are called.
    pub(super) fn named(&self) -> [(&'static str, &'static str, u64); 5] {
        [
            ("member", "members", self.members),
            ("client", "clients", self.clients),
            ("domain", "domains", self.domains),
            ("mailbox", "mailboxes", self.mailboxes),
            ("email", "emails", self.emails),
        ]
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    application: &'a Application,
    /// Nothing of a deleted one.
    content: Option<Content>,
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let application = look_up::application(&context.db, &self.application, Life::Any).await?;
        let mut fields = super::fields(&application);
        let found = if application.deleted_at.is_none() {
            let tenant = context.tenant(&application).await?;
            Some(Content::of(&tenant).await?)
        } else {
            None
        };
        for (_, name, count) in found.iter().flat_map(Content::named) {
            fields.push((name, Some(count.to_string())));
        }
        let application = &application;
        let shown = Shown {
            application,
            content: found,
        };
        context.output.one(&shown, &fields)
    }
}
