//! Which emails are meant.

use chrono::{DateTime, FixedOffset, Utc};
use entity::emails;
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::first_id_at;
use crate::error::Result;
use crate::value::instant;

/// Whether the application sent a message or received it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It was sent.
    Sent,
    /// It was received.
    Received,
}

/// Which emails are meant: those that meet all that is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EmailFilter {
    /// They lie in this mailbox.
    pub mailbox_id: Option<Uuid>,
    /// This member sent them, or they are for this member.
    pub user_id: Option<Uuid>,
    /// They are of this thread.
    pub thread_id: Option<Uuid>,
    /// They were sent, or received.
    pub direction: Option<Direction>,
    /// Sent or received at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Sent or received before this instant.
    pub until: Option<DateTime<Utc>>,
}

impl EmailFilter {
    /// Those that lie in the mailbox.
    #[must_use]
    pub fn mailbox(id: Uuid) -> Self {
        Self {
            mailbox_id: Some(id),
            ..Self::default()
        }
    }

    /// Those of the thread.
    #[must_use]
    pub fn thread(id: Uuid) -> Self {
        Self {
            thread_id: Some(id),
            ..Self::default()
        }
    }

    pub(super) fn condition(&self) -> Result<Condition> {
        let mut all = Condition::all();
        for (column, id) in [
            (emails::Column::MailboxId, self.mailbox_id),
            (emails::Column::UserId, self.user_id),
            (emails::Column::ThreadId, self.thread_id),
        ] {
            if let Some(id) = id {
                all = all.add(column.eq(id));
            }
        }
        all = match self.direction {
            Some(Direction::Sent) => all.add(emails::Column::SentAt.is_not_null()),
            Some(Direction::Received) => all.add(emails::Column::ReceivedAt.is_not_null()),
            None => all,
        };
        let (since, before) = self.ids()?;
        if let Some(since) = since {
            all = all.add(emails::Column::Id.gte(since));
        }
        if let Some(before) = before {
            all = all.add(emails::Column::Id.lt(before));
        }
        Ok(all)
    }

    /// The id that is the first, and the one that comes after the last. An id is made of the message's own instant: a range
    /// of instants is one of ids, in the order of every index.
    pub(super) fn ids(&self) -> Result<(Option<Uuid>, Option<Uuid>)> {
        let since = self.from.map(|from| first("from", from)).transpose()?;
        let before = self.until.map(|until| first("until", until)).transpose()?;
        Ok((since, before))
    }
}

fn first(field: &str, at: DateTime<Utc>) -> Result<Uuid> {
    let at: DateTime<FixedOffset> = instant(field, at)?;
    Ok(first_id_at(at.to_utc()))
}
