//! A session, as it may be shown: without its secret.

use std::net::IpAddr;

use chrono::{DateTime, FixedOffset, Utc};
use entity::sessions;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition};
use serde::Serialize;
use uuid::Uuid;

use super::UserAgent;
use crate::config::Policy;

/// A session as stored, but for the hash of its secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Session {
    /// Its id. It is no secret.
    pub id: Uuid,
    /// Who is signed in.
    pub user_id: Uuid,
    /// The application that is open; `None`: none.
    pub application_id: Option<Uuid>,
    /// The address that it was opened from.
    pub ip: Option<String>,
    /// The program that it was opened with.
    pub user_agent: Option<String>,
    /// When it was last used, to about a minute.
    pub last_seen_at: DateTime<FixedOffset>,
    /// From this instant on it is void, however much it is used.
    pub expires_at: DateTime<FixedOffset>,
    /// When its secret was last replaced; `None`: it is the first.
    pub rotated_at: Option<DateTime<FixedOffset>>,
    /// When it was opened.
    pub created_at: DateTime<FixedOffset>,
}

impl From<sessions::Model> for Session {
    fn from(row: sessions::Model) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            application_id: row.application_id,
            ip: row.ip,
            user_agent: row.user_agent,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            rotated_at: row.rotated_at,
            created_at: row.created_at,
        }
    }
}

impl Session {
    /// Whether it has neither expired nor been left unused for too long.
    pub(super) fn lasts(&self, now: DateTime<Utc>, policy: &Policy) -> bool {
        now < self.expires_at && last_use(now, policy) < self.last_seen_at
    }
}

/// The live sessions: not ended, not expired, not left unused for too long.
pub(super) fn live(now: DateTime<Utc>, policy: &Policy) -> Condition {
    Condition::all()
        .add(sessions::Column::RevokedAt.is_null())
        .add(Expr::col(sessions::Column::ExpiresAt).gt(now.fixed_offset()))
        .add(Expr::col(sessions::Column::LastSeenAt).gt(last_use(now, policy).fixed_offset()))
}

/// Whoever was last seen at this instant or before has been away for too long.
pub(super) fn last_use(now: DateTime<Utc>, policy: &Policy) -> DateTime<Utc> {
    // Configuration keeps it within bounds that an instant can take.
    now - policy.session_idle
}

/// What a new session is made of. All of it can be left out: `NewSession::default()`.
#[derive(Clone, Debug, Default)]
pub struct NewSession {
    /// The application that is opened with it; `None`: none as yet.
    pub application_id: Option<Uuid>,
    /// The address that the user comes from.
    pub ip: Option<IpAddr>,
    /// The program that the user comes with.
    pub user_agent: Option<UserAgent>,
}
