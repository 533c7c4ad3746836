//! `aura audit list`.

use std::str::FromStr;

use service::audit::{AuditEvent, AuditFilter, Subject};

use crate::context::Context;
use crate::failure::Failure;
use crate::instant::{Moment, shown};
use crate::list::{self, Part};
use crate::look_up::{self, Life, Which, Who};

/// List events, the newest first: those of an application, or those outside of all
///
/// Users, passwords, tokens and sessions are outside of all applications.
#[derive(clap::Args)]
pub(crate) struct List {
    /// Events of this application, by id, public id or slug
    #[arg(long)]
    application: Option<Which>,
    /// Done by this user, live or deleted
    #[arg(long, value_name = "USER")]
    by: Option<Who>,
    /// Done to this row: its table and its id, `users:0196…`
    #[arg(long, value_name = "TABLE:ID")]
    on: Option<Row>,
    /// What was done: `user.create`
    #[arg(long)]
    action: Option<String>,
    /// At this time or later: a day (2026-11-21), an instant, or how long ago (7d)
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    #[command(flatten)]
    part: Part,
}

/// A row, as the command line names one.
#[derive(Clone, Debug)]
struct Row(Subject);

impl FromStr for Row {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "takes a table and an id: users:01960000-0000-7000-8000-000000000000";
        let (table, id) = text.split_once(':').ok_or(WRONG)?;
        let id = id.parse().map_err(|_| WRONG)?;
        Ok(Self(Subject::new(table, id)))
    }
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let filter = self.filter(context).await?;
        let db = &context.db;
        let tenant = match &self.application {
            Some(which) => {
                let application = look_up::application(db, which, Life::Live).await?;
                Some(context.tenant(&application).await?)
            }
            None => None,
        };
        let heads = ["at", "action", "by", "subject", "detail"];
        list::write(
            context.output,
            &self.part,
            &heads,
            cells,
            async |limit, after| {
                Ok(match &tenant {
                    Some(tenant) => tenant.admin()?.audit().list(&filter, limit, after).await?,
                    None => db.audit().list(&filter, limit, after).await?,
                })
            },
        )
        .await
    }

    async fn filter(&self, context: &Context) -> Result<AuditFilter, Failure> {
        let actor_id = match &self.by {
            // Also one who was purged.
            Some(Who::Id(id)) => Some(*id),
            Some(who) => Some(look_up::user(&context.db, who, Life::Any).await?.id),
            None => None,
        };
        let at = |moment: Option<Moment>| moment.and_then(|at| at.instant(context.db.clock()));
        Ok(AuditFilter {
            subject: self.on.clone().map(|Row(subject)| subject),
            actor_id,
            action: self.action.clone(),
            from: at(self.from),
            until: at(self.until),
        })
    }
}

fn cells(event: &AuditEvent) -> Vec<String> {
    let by = event.actor_id;
    let detail = event.detail.as_ref();
    vec![
        shown(event.created_at),
        event.action.clone(),
        by.map_or_else(|| "-".to_owned(), |id| id.to_string()),
        format!("{}:{}", event.subject.kind, event.subject.id),
        detail.map(ToString::to_string).unwrap_or_default(),
    ]
}
