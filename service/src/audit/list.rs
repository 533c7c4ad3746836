//! Reading the audit.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{audit_details, audit_events};
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::verify::{self, Anchor, Verification};
use crate::db::{Db, first_id_at};
use crate::error::Result;
use crate::scope::{Across, Admin, Cursor, Find, InTenant, Newest, Page, Sees, ownership};
use crate::value::instant;

const READ: &str = "audit.read";

/// What was done, to which row, by whom.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct AuditEvent {
    /// A UUID, version 7: ordered by time.
    pub id: Uuid,
    /// The application that it was done in; `None`: outside of all.
    pub application_id: Option<Uuid>,
    /// The user who did it; `None`: the system, or nobody was named.
    pub actor_id: Option<Uuid>,
    /// What was done: `client.update`.
    pub action: String,
    /// What it was done to.
    pub subject: Subject,
    /// What else there is to tell, as a JSON object: `changed` with `[old, new]` for each column, `reason` where the system
    /// acted. `None`: there is nothing, or it was erased.
    pub detail: Option<Json>,
    /// The place in the chain, from 1.
    pub sequence: i64,
    /// When it was done.
    pub created_at: DateTime<Utc>,
}

/// A row, by its table and id.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The table: `clients`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id; of a junction the one that says most: the user of a membership.
    pub id: Uuid,
}

impl Subject {
    /// The row of the table with the id.
    pub fn new(kind: impl Into<String>, id: Uuid) -> Self {
        Self {
            kind: kind.into(),
            id,
        }
    }
}

/// Which events are meant: those that meet all that is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AuditFilter {
    /// Done to this row.
    pub subject: Option<Subject>,
    /// Done by this user.
    pub actor_id: Option<Uuid>,
    /// This was done: `client.update`.
    pub action: Option<String>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

impl AuditFilter {
    fn condition(&self) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(subject) = &self.subject {
            all = all
                .add(audit_events::Column::SubjectType.eq(subject.kind.replace('\0', "")))
                .add(audit_events::Column::SubjectId.eq(subject.id));
        }
        if let Some(actor_id) = self.actor_id {
            all = all.add(audit_events::Column::ActorId.eq(actor_id));
        }
        if let Some(action) = &self.action {
            all = all.add(audit_events::Column::Action.eq(action.replace('\0', "")));
        }
        // An id is made of the event's own instant, and the index has the ids.
        if let Some(from) = self.from {
            instant("from", from)?;
            all = all.add(audit_events::Column::Id.gte(first_id_at(from)));
        }
        if let Some(until) = self.until {
            instant("until", until)?;
            all = all.add(audit_events::Column::Id.lt(first_id_at(until)));
        }
        Ok(all)
    }
}

/// The audit of an application. Got by [`Admin::audit`].
#[derive(Clone, Copy, Debug)]
pub struct AdminAudit<'t>(Admin<'t>);

impl<'t> Admin<'t> {
    /// What was done in the application.
    #[must_use]
    pub fn audit(self) -> AdminAudit<'t> {
        AdminAudit(self)
    }
}

impl AdminAudit<'_> {
    /// A page of the application's events that meet the filter, newest first; two queries.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `audit.read`; [`Error::Invalid`](crate::Error::Invalid) for
    /// a `limit`, a `cursor` or an instant that cannot be; [`Error::Database`](crate::Error::Database).
    pub async fn list(
        &self,
        filter: &AuditFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<AuditEvent>> {
        self.0.0.require(READ)?;
        let scope = self.0.0.scope();
        list(scope, Condition::all(), filter, limit, cursor).await
    }

    /// Whether the application's chain holds: one query for 1,000 events, and one for their details. `anchors` are those
    /// that a verification before gave; those of other applications are left aside.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`](crate::Error::Forbidden) without `audit.read`; [`Error::Database`](crate::Error::Database).
    /// A chain that is broken is no error: [`Verification::broken`] tells of it.
    pub async fn verify(&self, anchors: &[Anchor]) -> Result<Verification> {
        self.0.0.require(READ)?;
        let scope: &InTenant = self.0.0.scope();
        verify::all(scope, anchors).await
    }
}

/// The audit of the whole, for whoever runs it. Got by [`Db::audit`].
#[derive(Clone, Copy, Debug)]
pub struct Audit<'d>(&'d Db);

impl Db {
    /// What was done outside of all applications, and the chains of all.
    #[must_use]
    pub fn audit(&self) -> Audit<'_> {
        Audit(self)
    }
}

impl Audit<'_> {
    /// A page of the events outside of all applications that meet the filter, newest first; two queries.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) for a `limit`, a `cursor` or an instant that cannot be;
    /// [`Error::Database`](crate::Error::Database).
    pub async fn list(
        &self,
        filter: &AuditFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<AuditEvent>> {
        let none = Condition::all().add(audit_events::Column::ApplicationId.eq(Uuid::nil()));
        list(&self.scope(), none, filter, limit, cursor).await
    }

    /// Whether the chains of all applications hold, and those outside of all: one query for 1,000 events, and one for
    /// their details. `anchors` are those that a verification before gave.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database). A chain that is broken is no error: [`Verification::broken`] tells of
    /// it.
    pub async fn verify(&self, anchors: &[Anchor]) -> Result<Verification> {
        verify::all(&self.scope(), anchors).await
    }

    /// The actions of the events that the open transaction will write when it commits, in the order in which they were
    /// recorded; none outside of a transaction.
    #[must_use]
    pub fn pending(&self) -> Vec<&'static str> {
        let pending = self.0.pending();
        pending.map_or_else(Vec::new, |pending| pending.each(|event| event.action))
    }

    fn scope(self) -> Across {
        Across { db: self.0.clone() }
    }
}

async fn list<S: Sees<ownership::Tenant>>(
    scope: &S,
    whose: Condition,
    filter: &AuditFilter,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<AuditEvent>> {
    let page = Find::<audit_events::Entity, _>::new(scope.clone())
        .filter(whose.clone())
        .filter(filter.condition()?)
        .page::<Newest>(limit, cursor)
        .await?;
    let mut details: HashMap<_, _> = details(scope, &page.items)
        .await?
        .into_iter()
        .map(|row| (row.event_id, row.detail))
        .collect();
    Ok(page.map(|event| AuditEvent {
        detail: details.remove(&event.id),
        id: event.id,
        application_id: Some(event.application_id).filter(|id| !id.is_nil()),
        actor_id: event.actor_id,
        action: event.action,
        subject: Subject::new(event.subject_type, event.subject_id),
        sequence: event.sequence,
        created_at: event.created_at.to_utc(),
    }))
}

/// The details of events of one application.
pub(super) async fn details<S: Sees<ownership::Tenant>>(
    scope: &S,
    events: &[audit_events::Model],
) -> Result<Vec<audit_details::Model>> {
    let Some(first) = events.first() else {
        return Ok(Vec::new());
    };
    Find::<audit_details::Entity, _>::new(scope.clone())
        .filter(audit_details::Column::ApplicationId.eq(first.application_id))
        .filter(audit_details::Column::EventId.is_in(events.iter().map(|event| event.id)))
        .all()
        .await
}
