//! What takes tokens back: a newer one, the end of their user, the change that they were for.

use chrono::{DateTime, Utc};
use entity::verification_tokens;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::Purpose;
use crate::error::Result;
use crate::scope::{Outside, set};

/// Takes back the user's unused tokens of this purpose, of any where it is `None`; returns how many those were.
pub(crate) async fn of_user(
    scope: &Outside,
    user_id: Uuid,
    purpose: Option<Purpose>,
    at: DateTime<Utc>,
) -> Result<u64> {
    let mut which = Condition::all().add(verification_tokens::Column::UserId.eq(user_id));
    if let Some(purpose) = purpose {
        which = which.add(verification_tokens::Column::Purpose.eq(purpose.as_str()));
    }
    unused(scope, which, at).await
}

/// Takes back what leads past a new password: tokens to reset it again, and those to change the address, by which it could
/// be reset later. Whoever knew the former password, or had a session, may have asked for them.
pub(crate) async fn past_password(
    scope: &Outside,
    user_id: Uuid,
    at: DateTime<Utc>,
) -> Result<u64> {
    let purposes = [Purpose::PasswordReset, Purpose::EmailChange].map(Purpose::as_str);
    let which = Condition::all()
        .add(verification_tokens::Column::UserId.eq(user_id))
        .add(verification_tokens::Column::Purpose.is_in(purposes));
    unused(scope, which, at).await
}

/// Takes back the unused tokens that meet the condition.
pub(super) async fn unused(scope: &Outside, which: Condition, at: DateTime<Utc>) -> Result<u64> {
    let void = verification_tokens::ActiveModel {
        revoked_at: Set(Some(at.fixed_offset())),
        ..Default::default()
    };
    let which = which
        .add(verification_tokens::Column::ConsumedAt.is_null())
        .add(verification_tokens::Column::RevokedAt.is_null());
    set::<verification_tokens::Entity, _>(scope, void, which).await
}
