//! What ends pending invitations.

use chrono::{DateTime, Utc};
use entity::invitations;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::waiting;
use crate::error::Result;
use crate::scope::{Scope, Scoped, Sees, set};

/// Takes back the pending invitations of the scope that meet the condition.
pub(crate) async fn revoke<S>(scope: &S, which: Condition, at: DateTime<Utc>) -> Result<u64>
where
    S: Scope + Sees<<invitations::Entity as Scoped>::Ownership>,
{
    let revoked = invitations::ActiveModel {
        revoked_at: Set(Some(at.fixed_offset())),
        ..Default::default()
    };
    set::<invitations::Entity, _>(scope, revoked, waiting().add(which)).await
}

/// Those that the user was sent, and those that the user sent.
pub(crate) fn to_or_from(user_id: Uuid, email: &str) -> Condition {
    Condition::any()
        .add(invitations::Column::Email.eq(email))
        .add(invitations::Column::InvitedBy.eq(user_id))
}
