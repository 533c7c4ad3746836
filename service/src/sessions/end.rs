//! What ends sessions.

use chrono::{DateTime, Utc};
use entity::sessions;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::Session;
use super::session::live;
use crate::error::Result;
use crate::scope::{Outside, set, update};

/// Ends the user's sessions, but for the one with the id `except`; returns how many of those went on.
///
/// Those that were left unused for too long end too: with a longer time to be away they would go on.
pub(crate) async fn of_user(
    scope: &Outside,
    user_id: Uuid,
    except: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<u64> {
    let mut which = Condition::all()
        .add(sessions::Column::UserId.eq(user_id))
        .add(sessions::Column::RevokedAt.is_null());
    if let Some(except) = except {
        which = which.add(sessions::Column::Id.ne(except));
    }
    let ended = update::<sessions::Entity, _>(scope, revoked(at), which).await?;
    let went_on = ended
        .into_iter()
        .map(Session::from)
        .filter(|session| session.lasts(at, scope.db.policy()));
    Ok(went_on.count() as u64)
}

/// Ends the session with the id if it goes on and meets the condition; `false`: there is no such session.
pub(super) async fn one(
    scope: &Outside,
    id: Uuid,
    which: Condition,
    at: DateTime<Utc>,
) -> Result<bool> {
    let this = which
        .add(sessions::Column::Id.eq(id))
        .add(live(at, scope.db.policy()));
    Ok(set::<sessions::Entity, _>(scope, revoked(at), this).await? == 1)
}

fn revoked(at: DateTime<Utc>) -> sessions::ActiveModel {
    sessions::ActiveModel {
        revoked_at: Set(Some(at.fixed_offset())),
        ..Default::default()
    }
}
