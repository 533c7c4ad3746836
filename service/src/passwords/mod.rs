//! Passwords: setting, checking and guarding them.

mod blocklist;
mod policy;
mod sign_in;
mod store;
mod throttle;
mod throttling;

use std::net::IpAddr;

use entity::{user_passwords, users};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;
use crate::scope::{Find, Outside};
use crate::secret::{ImportedHash, Password, PlainToken};
use crate::sessions::{NewSession, Opened};
use crate::users::{NewUser, User};
use crate::value::Email;

pub(crate) use store::{prepare, store, words};
pub(crate) use throttle::forget as forget_attempts;
pub use throttling::{Limit, Throttling};

/// The verbs on passwords. They are those of whoever runs the whole: who may call them is the caller's to decide. Got by
/// [`Db::passwords`].
///
/// A password is hashed outside any transaction: on a [`Db`] that is in one, hashing keeps the transaction open.
#[derive(Clone, Copy, Debug)]
pub struct Passwords<'d>(&'d Db);

impl Db {
    /// The verbs on passwords.
    #[must_use]
    pub fn passwords(&self) -> Passwords<'_> {
        Passwords(self)
    }
}

impl Passwords<'_> {
    /// Whether the password would be accepted, for a form to tell at once; reaches no database. `about` is what others
    /// know of the user and would try first: address, username, names.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) of `password` says what is wrong with it.
    pub fn check(&self, password: &Password, about: &[&str]) -> Result<()> {
        policy::check(password, self.0.policy().password_min_length, about)
    }

    /// Makes a user with a password, and returns the user as stored; one transaction of two statements.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) of `password` where it is not accepted; [`Error::Busy`](crate::Error::Busy);
    /// [`Error::Conflict`](crate::Error::Conflict) where a live user has the `email` or the `username`;
    /// [`Error::Database`](crate::Error::Database). No user is made then.
    pub async fn sign_up(&self, new: NewUser, password: &Password) -> Result<User> {
        store::sign_up(self.0, new, password).await
    }

    /// Signs the user in by the password: as [`authenticate`](Self::authenticate), and opens a session as
    /// [`Sessions::open`](crate::Sessions::open) does, whose token is handed out this once.
    ///
    /// The session is opened only while the password is still the one that was proved, in one transaction: once
    /// another is set, or it is reset or taken away, no session by the former one is left. `source` counts the attempt;
    /// [`NewSession::ip`] is what the session shows.
    ///
    /// A browser that carries a token already should carry it no longer: [close](crate::Sessions::close) that session.
    ///
    /// What `authenticate` takes, and a transaction of three statements, four where an application is opened. Where the
    /// hash was replaced meanwhile, the password is held against the new one.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate), also where the password was changed meanwhile;
    /// [`Error::NotFound`](crate::Error::NotFound) where the user is no live member of the application of `new`.
    pub async fn sign_in(
        &self,
        email: &Email,
        password: &Password,
        source: Option<IpAddr>,
        new: NewSession,
    ) -> Result<Opened> {
        sign_in::sign_in(self.0, email, password, source, new).await
    }

    /// The live user with the address, if this is the user's password. It hands out no session: the password may be
    /// another one by the time that one is opened, which [`sign_in`](Self::sign_in) rules out.
    ///
    /// An unknown address, a deleted user, a user without a password and a wrong password are one error, and cost the same
    /// statements and the same hashing (OWASP Authentication Cheat Sheet, "Authentication and Error Messages").
    ///
    /// Guessing is slowed down as [`Throttling`] says (NIST SP 800-63B-4 §3.2.2). The attempt is counted before the
    /// password is looked at, and taken back if it succeeds: many at once are no way round the limit, and neither is
    /// giving up half-way. `source` is where the attempt comes from, as the application knows it for sure (the peer's address,
    /// or what a trusted proxy says); an IPv6 address counts as its /64. `None`: the account's own limit alone holds, and
    /// whoever guesses holds up the owner too.
    ///
    /// A hash that was made elsewhere, at another cost or with another pepper is replaced; where that fails, a warning is
    /// logged and the user is signed in.
    ///
    /// Call it outside a transaction: one that is rolled back forgets the count.
    ///
    /// Five statements (to look at the counts, three to count, and one for the user and the hash), one more for each limit
    /// that is reached, and where it succeeds one for each count, of which there are one to three. An attempt that comes
    /// too early is one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidCredentials`](crate::Error::InvalidCredentials);
    /// [`Error::TooManyAttempts`](crate::Error::TooManyAttempts), whatever the password is;
    /// [`Error::Busy`](crate::Error::Busy), and the attempt is not counted; [`Error::Database`](crate::Error::Database).
    pub async fn authenticate(
        &self,
        email: &Email,
        password: &Password,
        source: Option<IpAddr>,
    ) -> Result<User> {
        sign_in::authenticate(self.0, email, password, source).await
    }

    /// Gives the user this password in the place of any before. All sessions of the user end, and unused tokens to reset the
    /// password or to change the address are void, in the same transaction: whoever knew the former password may have asked
    /// for them. One query, and a transaction of four statements, five where the user had no password.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Invalid`](crate::Error::Invalid) of `password` where it is not
    /// accepted; [`Error::Busy`](crate::Error::Busy); [`Error::Database`](crate::Error::Database). Nothing changes then.
    pub async fn set(&self, user_id: Uuid, password: &Password) -> Result<()> {
        store::set(self.0, user_id, password).await
    }

    /// As [`set`](Self::set), for the user, who proves to know the `current` password: that is checked and slowed down as
    /// [`authenticate`](Self::authenticate) does. `keep_session` is the one session of the user that does not end; it
    /// has a new token from now on, which is returned, and the old one is dead. `None`: all end.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) where there is no such user, or `keep_session` is no live session of the
    /// user; [`Error::Invalid`](crate::Error::Invalid) of `password` where the new one is not accepted;
    /// [`Error::InvalidCredentials`](crate::Error::InvalidCredentials) where `current` is wrong or the user has no password;
    /// [`Error::TooManyAttempts`](crate::Error::TooManyAttempts); [`Error::Conflict`](crate::Error::Conflict) of `password`
    /// where it was changed meanwhile; [`Error::Busy`](crate::Error::Busy); [`Error::Database`](crate::Error::Database). The
    /// password and the sessions stay as they are then.
    pub async fn change(
        &self,
        user_id: Uuid,
        current: &Password,
        new: &Password,
        keep_session: Option<Uuid>,
        source: Option<IpAddr>,
    ) -> Result<Option<PlainToken>> {
        sign_in::change(self.0, user_id, current, new, keep_session, source).await
    }

    /// Gives the user the password that this hash was made of, elsewhere; as [`set`](Self::set) in all else. It is replaced by
    /// a hash of our own when the user signs in.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Database`](crate::Error::Database).
    pub async fn import(&self, user_id: Uuid, hash: ImportedHash) -> Result<()> {
        store::import(self.0, user_id, hash).await
    }

    /// Takes the password away: the user signs in by other means. All sessions of the user end, and unused tokens to
    /// reset the password or to change the address are void, in the same transaction, of four statements. `false`: there was none, and nothing changed.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Database`](crate::Error::Database).
    pub async fn remove(&self, user_id: Uuid) -> Result<bool> {
        store::remove(self.0, user_id).await
    }

    /// Whether the live user has a password; one query. `false` also where there is no such user.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database).
    pub async fn is_set(&self, user_id: Uuid) -> Result<bool> {
        Find::<user_passwords::Entity, _>::new(outside(self.0))
            .filter(user_passwords::Column::UserId.eq(user_id))
            .has::<users::Entity>(Condition::all())
            .exists()
            .await
    }

    /// Lets the account be tried again at once: forgets the attempts on the account from all sources together and, where
    /// one is given, those from this `source`; two statements at most. What the source did to other accounts stays counted.
    /// `false`: nothing was counted.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database).
    pub async fn unblock(&self, email: &Email, source: Option<IpAddr>) -> Result<bool> {
        throttle::unblock(self.0, email.as_str(), source).await
    }

    /// Removes counts of attempts that are forgotten, the oldest first and at most `batch` (1 to 10,000); returns how many
    /// those were: call it until there are none. Nothing depends on it but the size of the table. One query.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) of `batch`; [`Error::Database`](crate::Error::Database).
    pub async fn purge_throttles(&self, batch: u64) -> Result<u64> {
        throttle::purge(self.0, batch).await
    }
}

fn outside(db: &Db) -> Outside {
    Outside { db: db.clone() }
}
