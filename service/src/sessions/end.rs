//! What ends sessions.

use chrono::{DateTime, Utc};
use entity::sessions;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use crate::error::Result;
use crate::scope::{Outside, set};

/// Ends the user's sessions, but for the one with the id `except`; returns how many those were.
pub(crate) async fn of_user(
    scope: &Outside,
    user_id: Uuid,
    except: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<u64> {
    let mut which = Condition::all().add(sessions::Column::UserId.eq(user_id));
    if let Some(except) = except {
        which = which.add(sessions::Column::Id.ne(except));
    }
    those(scope, which, at).await
}

/// Ends the sessions that meet the condition; returns how many of them had not ended.
pub(super) async fn those(scope: &Outside, which: Condition, at: DateTime<Utc>) -> Result<u64> {
    let ended = sessions::ActiveModel {
        revoked_at: Set(Some(at.fixed_offset())),
        ..Default::default()
    };
    let which = which.add(sessions::Column::RevokedAt.is_null());
    set::<sessions::Entity, _>(scope, ended, which).await
}
