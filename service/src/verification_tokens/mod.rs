//! Verification tokens: single-use, expiring intents of a user.

mod consume;
pub(crate) mod effect;
mod intent;
pub(crate) mod issue;
mod purpose;
mod sql;
pub(crate) mod void;

use std::time::Duration;

use entity::{users, verification_tokens};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

pub use consume::VerifiedToken;
pub use intent::Intent;
pub use issue::Issued;
pub use purpose::Purpose;

use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::Result;
use crate::scope::{Life, Outside, remove_some};

/// The verbs on verification tokens. Got by [`Db::verification_tokens`].
///
/// A token is of one purpose, one user and one address, and valid until it is used, until it expires, until another one
/// like it is issued, until the user's address changes and until the user is deleted; restoring does not bring it back.
/// What is wrong with a token is never said: it is [`Error::InvalidToken`](crate::Error::InvalidToken).
#[derive(Clone, Copy, Debug)]
pub struct VerificationTokens<'d> {
    db: &'d Db,
    only: Option<Uuid>,
}

impl Db {
    /// The verbs on verification tokens.
    #[must_use]
    pub fn verification_tokens(&self) -> VerificationTokens<'_> {
        VerificationTokens {
            db: self,
            only: None,
        }
    }
}

impl VerificationTokens<'_> {
    /// The same verbs, with every token of another user invalid: for a page that a signed-in user opens.
    #[must_use]
    pub fn of(self, user_id: Uuid) -> Self {
        Self {
            only: Some(user_id),
            ..self
        }
    }

    /// Makes a token and hands it out, this once: the caller sends it to the address that comes with it. `ttl` from a
    /// second to 30 days; `None`: as long as is usual for the purpose ([`Purpose::ttl`]). The unused token for the same purpose,
    /// user and address is void from now on.
    ///
    /// To whoever asks for a token by an address, answer the same whether or not there is such a user.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) where there is no such live user;
    /// [`Error::Invalid`](crate::Error::Invalid) for a `ttl` that cannot be, or an `email` to change to that the user has
    /// already; [`Error::Database`](crate::Error::Database).
    pub async fn issue(
        &self,
        intent: Intent,
        user_id: Uuid,
        ttl: Option<Duration>,
    ) -> Result<Issued> {
        issue::issue(self.db, intent, user_id, ttl).await
    }

    /// What the token says, if it is valid; it stays so. For the page that the link in a mail opens: programs that look
    /// at links open it too, and only what the user does there should use the token. One query.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`](crate::Error::InvalidToken); [`Error::Database`](crate::Error::Database).
    pub async fn peek(
        &self,
        purpose: Purpose,
        token: impl AsRef<[u8]> + Send,
    ) -> Result<VerifiedToken> {
        let token = consume::read(purpose, token.as_ref())?;
        consume::peek(self.db, purpose, self.only, &token).await
    }

    /// Uses the token: of several who do so at once, one succeeds. One query; one more before it where it
    /// leaves an event by itself, outside of a transaction.
    ///
    /// For an effect of your own; do both in one [transaction](Db::transaction), so that a token whose effect fails
    /// stays valid. The purposes have their effects in [`verify_email`](Self::verify_email),
    /// [`reset_password`](Self::reset_password), [`sign_in`](Self::sign_in) and [`change_email`](Self::change_email).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`](crate::Error::InvalidToken); [`Error::Database`](crate::Error::Database).
    pub async fn consume(
        &self,
        purpose: Purpose,
        token: impl AsRef<[u8]> + Send,
    ) -> Result<VerifiedToken> {
        let token = consume::read(purpose, token.as_ref())?;
        consume::consume(self.db, purpose, self.only, &token).await
    }

    /// Takes back the user's unused tokens of the purpose, of every purpose where it is `None`; returns how many those
    /// were. One query.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database).
    pub async fn revoke(&self, user_id: Uuid, purpose: Option<Purpose>) -> Result<u64> {
        recorded(&self.scope(), async |scope| {
            let now = scope.db.clock().now();
            let rows = void::of_user(scope, user_id, purpose, now).await?;
            if rows > 0 {
                let event = Event::on::<users::Entity>(scope, "verification_token.revoke", user_id);
                scope.db.record(event.with("rows", rows))?;
            }
            Ok(rows)
        })
        .await
    }

    /// Deletes for good at most `batch` tokens that have expired, the oldest first, and returns how many those were: call
    /// it until there are none. One query. Those that were used or taken back are kept until they would have expired.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) where `batch` is not 1 to 10,000;
    /// [`Error::Database`](crate::Error::Database).
    pub async fn purge_expired(&self, batch: u64) -> Result<u64> {
        let expires_at = verification_tokens::Column::ExpiresAt;
        let now = self.db.clock().now().fixed_offset();
        let expired = Condition::all().add(expires_at.lte(now));
        recorded(&self.scope(), async |scope| {
            let life = Life::Live;
            let gone = remove_some::<verification_tokens::Entity, _>(
                scope, life, expired, expires_at, batch,
            )
            .await?;
            Event::purged::<verification_tokens::Entity>(scope, "verification_token.purge", gone)?;
            Ok(gone)
        })
        .await
    }

    fn scope(self) -> Outside {
        Outside {
            db: self.db.clone(),
        }
    }
}
