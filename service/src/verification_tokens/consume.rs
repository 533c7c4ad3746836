//! Looking at a token, and using it: once.

use chrono::{DateTime, FixedOffset};
use entity::{users, verification_tokens};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::Purpose;
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Find, Outside, set};
use crate::secret::Token;
use crate::users::User;
use crate::value::Email;

/// A valid token, as looking at it or using it tells.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    /// Whose it is.
    pub user: User,
    /// The address that it was sent to.
    pub email: Email,
    /// From this instant on it is void.
    pub expires_at: DateTime<FixedOffset>,
    pub(super) id: Uuid,
}

/// What the token says. It reaches no database: what is none costs nobody anything.
pub(super) fn read(purpose: Purpose, token: &[u8]) -> Result<Token> {
    Token::parse(purpose.kind(), token).ok_or(Error::InvalidToken)
}

/// The token, if it is valid: right, unused, of this purpose and user, its user live and with the address that it was
/// issued for. One query; nothing is written and nothing is locked for a token that is not.
pub(super) async fn peek(
    db: &Db,
    purpose: Purpose,
    user_id: Option<Uuid>,
    token: &Token,
) -> Result<VerifiedToken> {
    let found = Find::<verification_tokens::Entity, _>::new(Outside { db: db.clone() })
        .filter(unused(db, token.id, purpose))
        .both::<users::Entity>()
        .one()
        .await?;
    let (row, user) = found.ok_or(Error::InvalidToken)?;
    let email = row.email.as_deref().ok_or(Error::InvalidToken)?;
    let issued_for = match purpose {
        Purpose::EmailChange => row.payload.get("from").and_then(|from| from.as_str()),
        _ => Some(email),
    };
    let valid = token.hash.matches(&row.secret_hash)
        && issued_for == Some(user.email.as_str())
        && user_id.is_none_or(|only| only == user.id);
    if !valid {
        return Err(Error::InvalidToken);
    }
    Ok(VerifiedToken {
        email: email.parse()?,
        expires_at: row.expires_at,
        id: row.id,
        user,
    })
}

/// As [`peek`], and uses it: of several who do so at once, one succeeds. Two queries.
pub(super) async fn consume(
    db: &Db,
    purpose: Purpose,
    user_id: Option<Uuid>,
    token: &Token,
) -> Result<VerifiedToken> {
    let seen = peek(db, purpose, user_id, token).await?;
    let consumed = verification_tokens::ActiveModel {
        consumed_at: Set(Some(db.clock().now().fixed_offset())),
        ..Default::default()
    };
    let this = unused(db, seen.id, purpose).add(still(&seen.user));
    let outside = Outside { db: db.clone() };
    match set::<verification_tokens::Entity, _>(&outside, consumed, this).await? {
        1 => {
            let action = "verification_token.consume";
            let event = Event::on::<verification_tokens::Entity>(&outside, action, seen.id)
                .with("purpose", purpose.as_str())
                .with("user_id", seen.user.id.to_string());
            db.record(event.by(db, seen.user.id))?;
            Ok(seen)
        }
        _ => Err(Error::InvalidToken),
    }
}

fn unused(db: &Db, id: Uuid, purpose: Purpose) -> Condition {
    let now = db.clock().now().fixed_offset();
    Condition::all()
        .add(verification_tokens::Column::Id.eq(id))
        .add(verification_tokens::Column::Purpose.eq(purpose.as_str()))
        .add(verification_tokens::Column::ConsumedAt.is_null())
        .add(verification_tokens::Column::RevokedAt.is_null())
        .add(verification_tokens::Column::ExpiresAt.gt(now))
}

/// The user is live and has the address still. The row is locked before the token's, as all do who lock both: what is
/// done to the user in the same transaction waits for nobody who waits for the token.
fn still(user: &User) -> Expr {
    #[expect(
        clippy::disallowed_methods,
        reason = "the door has no condition that locks; its walls are in it"
    )]
    let mut select = Query::select();
    select
        .column((users::Entity, users::Column::Id))
        .from(users::Entity)
        .and_where(users::Column::Id.eq(user.id))
        .and_where(users::Column::Email.eq(user.email.as_str()))
        .and_where(users::Column::DeletedAt.is_null())
        .lock(LockType::NoKeyUpdate);
    Expr::col((
        verification_tokens::Entity,
        verification_tokens::Column::UserId,
    ))
    .in_subquery(select)
}
