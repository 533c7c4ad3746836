//! What deleting answers.

use chrono::{DateTime, FixedOffset, Utc};
use uuid::Uuid;

use super::Deletion;

/// What deleting a row answers, where there is such a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deleted {
    /// The row was live and is deleted now, with all that it owned.
    Now {
        /// The deletion: what it took comes back together.
        deletion_id: Uuid,
        /// When.
        at: DateTime<Utc>,
    },
    /// The row had been deleted before; nothing changed.
    Already {
        /// The deletion that took it.
        deletion_id: Uuid,
        /// When that was.
        at: DateTime<Utc>,
    },
}

impl Deleted {
    /// What the two columns of a row tell of a deletion before; `None`: the row is live.
    pub(crate) fn before(
        at: Option<DateTime<FixedOffset>>,
        deletion_id: Option<Uuid>,
    ) -> Option<Self> {
        let (at, deletion_id) = (at?.to_utc(), deletion_id?);
        Some(Self::Already { deletion_id, at })
    }

    /// The deletion that took the row.
    #[must_use]
    pub fn deletion_id(&self) -> Uuid {
        match self {
            Self::Now { deletion_id, .. } | Self::Already { deletion_id, .. } => *deletion_id,
        }
    }

    /// When the row was deleted.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Now { at, .. } | Self::Already { at, .. } => *at,
        }
    }
}

impl From<Deletion> for Deleted {
    fn from(deletion: Deletion) -> Self {
        Self::Now {
            deletion_id: deletion.id,
            at: deletion.at,
        }
    }
}
