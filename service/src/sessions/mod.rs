//! Sessions: signed-in users, optionally inside one application.

pub(crate) mod end;
mod noting;
pub(crate) mod open;
mod resolve;
pub(crate) mod rotate;
mod session;
mod user_agent;

use chrono::{DateTime, Utc};
use entity::{sessions, users};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

pub use open::Opened;
pub use resolve::SignedIn;
pub use session::{NewSession, Session};
pub use user_agent::UserAgent;

use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{ById, Cursor, Find, Life, Outside, Page, remove_some};
use crate::secret::{PlainToken, Token, TokenKind};

/// The verbs on sessions. Got by [`Db::sessions`].
///
/// A session is carried as a token, of which the database holds a hash. It ends at a fixed instant
/// ([`Config::session_lifetime`](crate::Config::session_lifetime)), when it is left unused
/// ([`Config::session_idle`](crate::Config::session_idle)), with its user, and when it is ended; it leaves its
/// application with the membership. None of this is undone by restoring what was deleted.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'d>(&'d Db);

impl Db {
    /// The verbs on sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

impl Sessions<'_> {
    /// Opens a session for a user who has just proved to be that user, and hands out its token: this once. One query,
    /// and a transaction of two more where an application is opened with it.
    ///
    /// Whoever proves it by a password is signed in by [`Passwords::sign_in`](crate::Passwords::sign_in), which opens none
    /// once that is the password no longer.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is no such live user, or the user is no live member of the application;
    /// [`Error::Database`].
    pub async fn open(&self, user_id: Uuid, new: NewSession) -> Result<Opened> {
        open::open(self.0, user_id, new).await
    }

    /// As [`open`](Self::open), for a browser that carries a token already: the session that it is of ends, whoever's it
    /// was, so that nobody who knows the old token is signed in by what happens now. A token that is of none is passed
    /// over.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open). The old session goes on then.
    pub async fn open_in_place_of(
        &self,
        old: impl AsRef<[u8]> + Send,
        user_id: Uuid,
        new: NewSession,
    ) -> Result<Opened> {
        let old = Token::parse(TokenKind::Session, old);
        self.0
            .transaction(async |db| {
                let opened = open::open(db, user_id, new).await?;
                if let Some(old) = old {
                    match live(db, &old).await {
                        Ok(session) => end(db, &session).await.map(drop)?,
                        Err(Error::InvalidToken) => {}
                        Err(other) => return Err(other),
                    }
                }
                Ok(opened)
            })
            .await
    }

    /// Who carries the token: the user, the open application, roles and permissions there; one query. It is made for
    /// each request: what a role allows, or who is a member, holds from the next one on.
    ///
    /// That the session was used is noted once a minute, beside the answer: failing to is logged and nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`] for a token that is of no live session of a live user; [`Error::Database`].
    pub async fn resolve(&self, token: impl AsRef<[u8]> + Send) -> Result<SignedIn> {
        resolve::resolve(self.0, token.as_ref()).await
    }

    /// Opens another application in the session, or none, and hands out a new token; the old one is dead, as whoever gets
    /// other permissions gets another token.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`]; [`Error::NotFound`] where the user is no live member of a live application;
    /// [`Error::Database`]. The session goes on as it was then.
    pub async fn switch_application(
        &self,
        token: impl AsRef<[u8]> + Send,
        application_id: Option<Uuid>,
    ) -> Result<PlainToken> {
        rotate::switch(self.0, token.as_ref(), application_id).await
    }

    /// Hands out a new token for the session; the old one is dead. Two queries. Of several who do it at once, one gets a
    /// token.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`]; [`Error::Database`].
    pub async fn rotate(&self, token: impl AsRef<[u8]> + Send) -> Result<PlainToken> {
        rotate::rotate(self.0, token.as_ref()).await
    }

    /// A page of the user's live sessions, the oldest first; one query. Sessions that have just expired are left out of
    /// it, so it can be shorter than `limit` and not be the last.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a `limit` or a `cursor` that cannot be; [`Error::Database`].
    pub async fn list(
        &self,
        user_id: Uuid,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Session>> {
        // Not by the instant: a cursor belongs to its query, which would be another one a moment later.
        let page = Find::<sessions::Entity, _>::new(self.scope())
            .filter(sessions::Column::UserId.eq(user_id))
            .filter(sessions::Column::RevokedAt.is_null())
            .has::<users::Entity>(Condition::all())
            .page::<ById>(limit, cursor)
            .await?;
        let now = self.now();
        let mut page = page.map(Session::from);
        page.items
            .retain(|session| session.lasts(now, self.0.policy()));
        Ok(page)
    }

    /// Ends the session that the token is of: signing out. Returns `false` if it is of none. Two queries.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn close(&self, token: impl AsRef<[u8]> + Send) -> Result<bool> {
        let Some(token) = Token::parse(TokenKind::Session, token) else {
            return Ok(false);
        };
        recorded(&self.scope(), async |scope| {
            match live(&scope.db, &token).await {
                Ok(session) => end(&scope.db, &session).await,
                Err(Error::InvalidToken) => Ok(false),
                Err(other) => Err(other),
            }
        })
        .await
    }

    /// Ends one session of the user, by its id; one query.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the user has no such session that goes on; [`Error::Database`].
    pub async fn revoke(&self, user_id: Uuid, id: Uuid) -> Result<()> {
        let theirs = Condition::all().add(sessions::Column::UserId.eq(user_id));
        recorded(&self.scope(), async |scope| {
            if !end::one(scope, id, theirs, scope.db.clock().now()).await? {
                return Err(Error::NotFound);
            }
            let event = Event::on::<sessions::Entity>(scope, "session.revoke", id);
            scope.db.record(event.with("user_id", user_id.to_string()))
        })
        .await
    }

    /// Ends the user's sessions but for one; returns how many of those went on. One query.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn revoke_others(&self, user_id: Uuid, keep: Uuid) -> Result<u64> {
        self.revoke_but(user_id, Some(keep)).await
    }

    /// Ends all of the user's sessions; returns how many of those went on. One query.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn revoke_all(&self, user_id: Uuid) -> Result<u64> {
        self.revoke_but(user_id, None).await
    }

    /// Deletes for good at most `batch` sessions that have expired, the oldest first, and returns how many those were:
    /// call it until there are none. One query. Sessions that were ended are kept until they would have expired.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where `batch` is not 1 to 10,000; [`Error::Database`].
    pub async fn purge_expired(&self, batch: u64) -> Result<u64> {
        let expires_at = sessions::Column::ExpiresAt;
        let expired = Condition::all().add(expires_at.lte(self.now().fixed_offset()));
        recorded(&self.scope(), async |scope| {
            let life = Life::Live;
            let gone =
                remove_some::<sessions::Entity, _>(scope, life, expired, expires_at, batch).await?;
            Event::purged::<sessions::Entity>(scope, "session.purge", gone)?;
            Ok(gone)
        })
        .await
    }

    async fn revoke_but(self, user_id: Uuid, keep: Option<Uuid>) -> Result<u64> {
        recorded(&self.scope(), async |scope| {
            let ended = end::of_user(scope, user_id, keep, scope.db.clock().now()).await?;
            if ended > 0 {
                let event = Event::on::<users::Entity>(scope, "session.revoke_all", user_id);
                scope.db.record(event.with("rows", ended))?;
            }
            Ok(ended)
        })
        .await
    }

    fn scope(self) -> Outside {
        Outside { db: self.0.clone() }
    }

    fn now(self) -> DateTime<Utc> {
        self.0.clock().now()
    }
}

/// The live session of a live user that the token is of.
async fn live(db: &Db, token: &Token) -> Result<sessions::Model> {
    let session = Find::<sessions::Entity, _>::new(Outside { db: db.clone() })
        .filter(sessions::Column::Id.eq(token.id))
        .filter(session::live(db.clock().now(), db.policy()))
        .has::<users::Entity>(Condition::all())
        .one()
        .await?;
    session
        .filter(|session| token.hash.matches(&session.secret_hash))
        .ok_or(Error::InvalidToken)
}

/// Ends the session; `false`: it had ended.
async fn end(db: &Db, session: &sessions::Model) -> Result<bool> {
    let outside = Outside { db: db.clone() };
    let ended = end::one(&outside, session.id, Condition::all(), db.clock().now()).await?;
    if ended {
        let event = Event::on::<sessions::Entity>(&outside, "session.close", session.id)
            .with("user_id", session.user_id.to_string());
        db.record(event.by(db, session.user_id))?;
    }
    Ok(ended)
}
