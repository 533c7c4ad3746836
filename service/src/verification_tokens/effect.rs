//! What tokens are for: consuming one and its effect are one transaction.

use entity::{user_passwords, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, DbBackend};

use super::{Purpose, VerificationTokens, VerifiedToken, consume, void};
use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::passwords;
use crate::scope::{Find, Outside, remove, update};
use crate::secret::{Password, Token};
use crate::sessions;
use crate::users::User;

impl VerificationTokens<'_> {
    /// Uses an [`EmailVerification`](Purpose::EmailVerification) token: the user's address is verified. Returns the user.
    ///
    /// Whoever signed up with somebody else's address hopes that its owner clicks on the link. Where that matters, ask
    /// for a signed-in user too: [`of`](Self::of).
    ///
    /// One query on `PostgreSQL` where the audit is off or a transaction is open, else a transaction of it and its events;
    /// two queries in a transaction on `SQLite`, some more on Citus.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`]; [`Error::Database`]. The token stays valid where anything fails.
    pub async fn verify_email(&self, token: impl AsRef<[u8]> + Send) -> Result<User> {
        let purpose = Purpose::EmailVerification;
        let token = consume::read(purpose, token.as_ref())?;
        if self.db.backend() == DbBackend::Postgres && !self.db.is_on_citus() {
            let scope = self.scope();
            return recorded(&scope, async |scope| {
                consume::prove(&scope.db, purpose, self.only, &token).await
            })
            .await;
        }
        self.db
            .transaction(async |db| {
                let consumed = self.consume_in(db, purpose, &token).await?;
                verified(db, consumed.user).await
            })
            .await
    }

    /// Uses a [`PasswordReset`](Purpose::PasswordReset) token: the user has the new password, every session has ended,
    /// other tokens to reset the password and those to change the address are void, and the address is verified, as the
    /// token came by it. Returns the user.
    ///
    /// The token is looked at before the password is hashed, and used after that.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`]; [`Error::Invalid`] where the password is refused; [`Error::Busy`]; [`Error::Database`]. The
    /// token stays valid where anything fails.
    pub async fn reset_password(
        &self,
        token: impl AsRef<[u8]> + Send,
        password: &Password,
    ) -> Result<User> {
        let purpose = Purpose::PasswordReset;
        let token = consume::read(purpose, token.as_ref())?;
        let user = consume::peek(self.db, purpose, self.only, &token)
            .await?
            .user;
        let hash = passwords::prepare(self.db, &passwords::words(&user), password).await?;
        self.db
            .transaction(async |db| {
                let consumed = self.consume_in(db, purpose, &token).await?;
                passwords::store(db, consumed.user.id, hash, None).await?;
                verified(db, consumed.user).await
            })
            .await
    }

    /// Uses a [`MagicLink`](Purpose::MagicLink) token: its user may be signed in. Returns the user.
    ///
    /// It proves the address. Where nobody had proved it yet, whoever set a password or opened a session before may be
    /// somebody else, who took the address without owning it: the password is removed, the sessions end, and tokens to change the
    /// address are void. Where somebody had, it is as quick as [`consume`](Self::consume).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`]; [`Error::Database`]. The token stays valid where anything fails.
    pub async fn sign_in(&self, token: impl AsRef<[u8]> + Send) -> Result<User> {
        let purpose = Purpose::MagicLink;
        let token = consume::read(purpose, token.as_ref())?;
        if let Some(used) = consume::consume_if_proved(self.db, purpose, self.only, &token).await? {
            return Ok(used.user);
        }
        self.db
            .transaction(async |db| {
                let user = self.consume_in(db, purpose, &token).await?.user;
                if user.email_verified_at.is_none() {
                    let (outside, now) = (Outside { db: db.clone() }, db.clock().now());
                    let theirs = user_passwords::Column::UserId.eq(user.id);
                    if remove::<user_passwords::Entity, _>(&outside, theirs).await? > 0 {
                        let removed = Event::on::<user_passwords::Entity>(
                            &outside,
                            "password.remove",
                            user.id,
                        );
                        db.record(removed.by(db, user.id))?;
                    }
                    sessions::end::of_user(&outside, user.id, None, now).await?;
                    // An address to change to may be one of that other's own.
                    let change = Some(Purpose::EmailChange);
                    void::of_user(&outside, user.id, change, now).await?;
                }
                verified(db, user).await
            })
            .await
    }

    /// Uses an [`EmailChange`](Purpose::EmailChange) token: the user has the new address, and it is verified. All other
    /// tokens of the user are void, as they went to the old one. Returns the user.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`]; [`Error::Conflict`] where a live user has taken the `email` since; [`Error::Database`]. The
    /// token stays valid where anything fails.
    pub async fn change_email(&self, token: impl AsRef<[u8]> + Send) -> Result<User> {
        let purpose = Purpose::EmailChange;
        let token = consume::read(purpose, token.as_ref())?;
        self.db
            .transaction(async |db| {
                let consumed = self.consume_in(db, purpose, &token).await?;
                let now = db.clock().now();
                let changed = users::ActiveModel {
                    email: Set(consumed.email.clone().into()),
                    email_verified_at: Set(Some(now.fixed_offset())),
                    ..Default::default()
                };
                let outside = Outside { db: db.clone() };
                let this = users::Column::Id.eq(consumed.user.id);
                let user = update::<users::Entity, _>(&outside, changed, this)
                    .await?
                    .pop();
                void::of_user(&outside, consumed.user.id, None, now).await?;
                let user = user.ok_or(Error::InvalidToken)?;
                let event = Event::on::<users::Entity>(&outside, "user.change_email", user.id)
                    .changed::<users::Entity>(Some(&consumed.user), &user)
                    .by(db, user.id);
                db.record(event)?;
                Ok(user)
            })
            .await
    }

    async fn consume_in(&self, db: &Db, purpose: Purpose, token: &Token) -> Result<VerifiedToken> {
        if db.is_on_citus() {
            // Its statement locks the token alone there. The user comes first, as for whoever deletes the user.
            let seen = consume::peek(db, purpose, self.only, token).await?;
            Find::<users::Entity, _>::new(Outside { db: db.clone() })
                .filter(users::Column::Id.eq(seen.user.id))
                .guarded()
                .one()
                .await?;
        }
        consume::consume(db, purpose, self.only, token).await
    }
}

/// The user, with the address verified now where it was not before.
pub(crate) async fn verified(db: &Db, user: User) -> Result<User> {
    if user.email_verified_at.is_some() {
        return Ok(user);
    }
    let row = users::ActiveModel {
        email_verified_at: Set(Some(db.clock().now().fixed_offset())),
        ..Default::default()
    };
    let this = Condition::all()
        .add(users::Column::Id.eq(user.id))
        .add(users::Column::Email.eq(user.email));
    let outside = Outside { db: db.clone() };
    let mut rows = update::<users::Entity, _>(&outside, row, this).await?;
    let user = rows.pop().ok_or(Error::InvalidToken)?;
    db.record(consume::proved(db, user.id))?;
    Ok(user)
}
