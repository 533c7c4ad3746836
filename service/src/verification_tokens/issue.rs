//! Making a token, in the place of the one before.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use entity::{users, verification_tokens};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{Intent, void};
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Find, Outside, insert};
use crate::secret::PlainToken;
use crate::value::Email;

/// The longest that a token may be valid.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// A token that was just issued.
#[derive(Debug)]
pub struct Issued {
    /// What is sent. It cannot be had again.
    pub token: PlainToken,
    /// The address to send it to.
    pub email: Email,
    /// From this instant on it is void.
    pub expires_at: DateTime<FixedOffset>,
}

pub(super) async fn issue(
    db: &Db,
    intent: Intent,
    user_id: Uuid,
    ttl: Option<Duration>,
) -> Result<Issued> {
    let purpose = intent.purpose();
    let ttl = valid_for(ttl.unwrap_or_else(|| purpose.ttl()))?;
    db.transaction(async |db| {
        let outside = Outside { db: db.clone() };
        // Of two that are issued at once, the second finds the first and takes it back.
        let user = Find::<users::Entity, _>::new(outside.clone())
            .filter(users::Column::Id.eq(user_id))
            .guarded()
            .one()
            .await?
            .ok_or(Error::NotFound)?;
        let current: Email = user.email.parse()?;
        let (email, payload) = match intent {
            Intent::ChangeEmail { to } if to == current => {
                return Err(Error::invalid("email", "is the address that the user has"));
            }
            // The address that it leads away from: where that has changed, the intent is another one.
            Intent::ChangeEmail { to } => (to, serde_json::json!({ "from": user.email })),
            _ => (current, serde_json::json!({})),
        };
        let now = db.clock().now();
        let before = Condition::all()
            .add(verification_tokens::Column::UserId.eq(user_id))
            .add(verification_tokens::Column::Purpose.eq(purpose.as_str()))
            .add(verification_tokens::Column::Email.eq(email.as_str()));
        void::unused(&outside, before, now).await?;
        let id = db.new_id();
        let (token, hash) = PlainToken::generate(purpose.kind(), id, db.random());
        let row = verification_tokens::ActiveModel {
            id: Set(id),
            purpose: Set(purpose.as_str().to_owned()),
            secret_hash: Set(hash.into()),
            user_id: Set(user_id),
            email: Set(Some(email.as_str().to_owned())),
            payload: Set(payload),
            expires_at: Set((now + ttl).fixed_offset()),
            created_at: Set(now.fixed_offset()),
            updated_at: Set(now.fixed_offset()),
            ..Default::default()
        };
        let row = insert::<verification_tokens::Entity, _>(&outside, row).await?;
        let event =
            Event::on::<verification_tokens::Entity>(&outside, "verification_token.issue", id)
                .with("purpose", purpose.as_str())
                .with("user_id", user_id.to_string());
        db.record(event)?;
        Ok(Issued {
            token,
            email,
            expires_at: row.expires_at,
        })
    })
    .await
}

/// A time that a token or an invitation can be valid for: from a second to 30 days.
pub(crate) fn valid_for(ttl: Duration) -> Result<Duration> {
    if (Duration::from_secs(1)..=LONGEST).contains(&ttl) {
        Ok(ttl)
    } else {
        Err(Error::invalid("ttl", "is not 1 second to 30 days"))
    }
}
