//! Counting attempts to sign in, so that guessing becomes slow.
//!
//! The database counts, so that all processes count together; its clock decides nothing.

mod key;
mod purge;
mod sql;

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::sign_in_throttles;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::outside;
use super::throttling::{Limit, Throttling};
use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Find, set};
use key::Kind;
pub(crate) use purge::forget;
pub(super) use purge::purge;

type Row = sign_in_throttles::Model;

/// An attempt to sign in that is counted.
#[derive(Debug)]
#[must_use = "an attempt that is not taken back has failed"]
pub(super) struct Attempt(Vec<Counted>);

/// What one row counts of it.
#[derive(Debug)]
struct Counted {
    kind: Kind,
    id: Uuid,
    limit: Limit,
    /// Until when this attempt holds up others.
    blocked_until: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    /// When the row would be forgotten without it.
    former_expires_at: DateTime<Utc>,
}

impl Attempt {
    /// Counts an attempt on the account from the source, before anything is looked at.
    ///
    /// One query where it comes too early. Else three statements more, in a transaction, which lock the rows in the order
    /// of their kinds: whether it comes too early is decided under that lock, so that of many at once no more pass than
    /// are free.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyAttempts`], and nothing is counted.
    pub(super) async fn count(db: &Db, account: &str, source: Option<IpAddr>) -> Result<Self> {
        let limits = db.policy().throttling;
        let keys: Vec<_> = Kind::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, kind.key(account, source)?)))
            .collect();
        let rows = Find::<sign_in_throttles::Entity, _>::new(outside(db))
            .filter(sign_in_throttles::Column::Id.is_in(keys.iter().map(|(_, id)| *id)))
            .all()
            .await?;
        let now = db.clock().now();
        let seen = |wanted: Kind| rows.iter().find(|row| row.kind == wanted.as_str());
        let here = seen(Kind::AccountSource);
        // Where the account has signed in from before, others cannot hold it up.
        let trusted = here.is_some_and(|row| is_after(row.trusted_until, now));
        let holding = rows
            .iter()
            .filter(|row| !(trusted && row.kind == Kind::Account.as_str()));
        if let Some(refusal) = refusal(holding, now) {
            return Err(refusal);
        }
        // Of what comes from one source, no more counts against the account than is free there.
        let before = here.map_or(0, |row| remembered(row, limits.account_source, now));
        let within = source.is_none() || before < i64::from(limits.account_source.free);
        let counted = keys
            .into_iter()
            .filter(|(kind, _)| *kind != Kind::Account || (within && !trusted))
            .map(|(kind, id)| Counted::new(kind, id, &limits, now, seen(kind)))
            .collect();
        db.transaction(async |db| Self(counted).reserve(db, now).await)
            .await
    }

    async fn reserve(mut self, db: &Db, now: DateTime<Utc>) -> Result<Self> {
        let forgotten = now - db.policy().throttling.account_source.forgotten_after;
        let reserved = sql::reserve(db, &self.0, now, forgotten).await?;
        if reserved.len() < self.0.len() {
            // Another was faster since the first look; its row is locked now.
            let ids = self.0.iter().map(|counted| counted.id);
            let rows = Find::<sign_in_throttles::Entity, _>::new(outside(db))
                .filter(sign_in_throttles::Column::Id.is_in(ids))
                .all()
                .await?;
            return Err(refusal(rows.iter(), now).unwrap_or_else(|| too_many(Duration::ZERO)));
        }
        for counted in &mut self.0 {
            let Some(row) = reserved.iter().find(|row| row.id == counted.id) else {
                continue;
            };
            counted.expires_at = row.expires_at;
            let Some(wait) = counted.limit.wait(row.failures) else {
                continue;
            };
            let until = db.clock().now() + wait;
            counted.blocked_until = Some(until);
            let blocked = sign_in_throttles::ActiveModel {
                blocked_until: Set(Some(until.fixed_offset())),
                ..Default::default()
            };
            let this = sign_in_throttles::Column::Id.eq(counted.id);
            set::<sign_in_throttles::Entity, _>(&outside(db), blocked, this).await?;
        }
        Ok(self)
    }

    /// It succeeded: the source is known to the account from now on, and nothing is held against the account there. Elsewhere
    /// it is as if the attempt had not been. One statement for each row, so that none is locked while another is waited for.
    pub(super) async fn succeeded(self, db: &Db) -> Result<()> {
        let trusted_until = db.clock().now() + db.policy().throttling.trust;
        for counted in self.0 {
            if counted.kind == Kind::AccountSource {
                let known = sign_in_throttles::ActiveModel {
                    trusted_until: Set(Some(trusted_until.fixed_offset())),
                    expires_at: Set(trusted_until.fixed_offset()),
                    ..cleared()
                };
                let this = sign_in_throttles::Column::Id.eq(counted.id);
                set::<sign_in_throttles::Entity, _>(&outside(db), known, this).await?;
            } else {
                sql::take_back(db, &counted).await?;
            }
        }
        Ok(())
    }

    /// It was none: no password was looked at. One statement for each row.
    pub(super) async fn take_back(self, db: &Db) -> Result<()> {
        for counted in &self.0 {
            sql::take_back(db, counted).await?;
        }
        Ok(())
    }
}

impl Counted {
    fn new(
        kind: Kind,
        id: Uuid,
        limits: &Throttling,
        now: DateTime<Utc>,
        seen: Option<&Row>,
    ) -> Self {
        let limit = kind.limit(limits);
        let expires_at = now + limit.forgotten_after;
        let former = seen
            .map(|row| row.expires_at.to_utc())
            .filter(|former| *former > now);
        Self {
            kind,
            id,
            limit,
            blocked_until: None,
            expires_at,
            former_expires_at: former.unwrap_or(expires_at),
        }
    }
}

/// Forgets what was counted on the account, and on the account from the source; trust stays.
pub(super) async fn unblock(db: &Db, account: &str, source: Option<IpAddr>) -> Result<bool> {
    recorded(&outside(db), async |scope| {
        let mut any = false;
        // In the order in which an attempt locks them.
        for kind in [Kind::AccountSource, Kind::Account] {
            let Some(id) = kind.key(account, source) else {
                continue;
            };
            let counted = Condition::all()
                .add(sign_in_throttles::Column::Id.eq(id))
                .add(sign_in_throttles::Column::Failures.gt(0));
            if set::<sign_in_throttles::Entity, _>(scope, cleared(), counted).await? > 0 {
                let event =
                    Event::on::<sign_in_throttles::Entity>(scope, "sign_in_throttle.unblock", id);
                scope.db.record(event)?;
                any = true;
            }
        }
        Ok(any)
    })
    .await
}

fn cleared() -> sign_in_throttles::ActiveModel {
    sign_in_throttles::ActiveModel {
        failures: Set(0),
        blocked_until: Set(None),
        ..Default::default()
    }
}

/// The attempts of an account's row at its source that count still: trust keeps the row for longer. `sql::reserve` says the same.
fn remembered(row: &Row, limit: Limit, now: DateTime<Utc>) -> i64 {
    let forgotten = row.expires_at <= now || row.updated_at <= now - limit.forgotten_after;
    if forgotten { 0 } else { row.failures }
}

/// The longest that any of the rows holds up the attempt; `None`: none does.
fn refusal<'r>(rows: impl Iterator<Item = &'r Row>, now: DateTime<Utc>) -> Option<Error> {
    let until = rows.filter_map(|row| row.blocked_until).max()?;
    is_after(Some(until), now)
        .then(|| too_many((until.to_utc() - now).to_std().unwrap_or_default()))
}

fn is_after(instant: Option<DateTime<chrono::FixedOffset>>, now: DateTime<Utc>) -> bool {
    instant.is_some_and(|instant| instant > now)
}

fn too_many(retry_after: Duration) -> Error {
    Error::TooManyAttempts { retry_after }
}
