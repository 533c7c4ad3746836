//! What the user did, and what was done to the user.

use std::collections::HashMap;

use entity::{audit_details, audit_events};
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Value as Json, json};
use tokio::io::AsyncWrite;
use uuid::Uuid;

use super::document::Document;
use super::rows::Rows;
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::scope::{Across, Find};

/// What has the user's own id as the id of the row.
const OF_USERS: [&str; 3] = ["users", "user_passwords", "application_memberships"];
/// What is the user's, by ids of its own: what is done there by the user is done to the user.
const OWN: [&str; 2] = ["sessions", "verification_tokens"];

pub(super) async fn write<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
) -> Result<()> {
    let applications = [&[Uuid::nil()], person.applications.as_slice()].concat();
    for application_id in applications {
        let within =
            || Condition::all().add(audit_events::Column::ApplicationId.eq(application_id));
        let by = within().add(audit_events::Column::ActorId.eq(person.id));
        some(db, person, by, document).await?;
        let others = Condition::any()
            .add(audit_events::Column::ActorId.is_null())
            .add(audit_events::Column::ActorId.ne(person.id));
        for table in OF_USERS {
            let on = within()
                .add(audit_events::Column::SubjectType.eq(table))
                .add(audit_events::Column::SubjectId.eq(person.id))
                .add(others.clone());
            some(db, person, on, document).await?;
        }
    }
    Ok(())
}

async fn some<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    which: Condition,
    document: &mut Document<'_, W>,
) -> Result<()> {
    let mut rows = Rows::<audit_events::Entity>::new(db, which, &[audit_events::Column::Id]);
    loop {
        let page = rows.next().await?;
        let Some(first) = page.first() else {
            return Ok(());
        };
        let about = |event: &audit_events::Model| {
            event.subject_id == person.id || OWN.contains(&event.subject_type.as_str())
        };
        let ids = page
            .iter()
            .filter(|event| about(event))
            .map(|event| event.id);
        let details = Find::<audit_details::Entity, _>::new(Across { db: db.clone() })
            .filter(audit_details::Column::ApplicationId.eq(first.application_id))
            .filter(audit_details::Column::EventId.is_in(ids))
            .all()
            .await?;
        let mut details: HashMap<_, _> = details
            .into_iter()
            .map(|row| (row.event_id, row.detail))
            .collect();
        for event in page {
            let detail = details.remove(&event.id);
            document
                .item(&item(&event, detail.as_ref(), person))
                .await?;
        }
    }
}

fn item(event: &audit_events::Model, detail: Option<&Json>, person: &Person) -> Json {
    json!({
        "application_id": Some(event.application_id).filter(|id| !id.is_nil()),
        "id": event.id,
        "by_user": event.actor_id == Some(person.id),
        "action": event.action,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "detail": detail,
        "created_at": event.created_at,
    })
}
