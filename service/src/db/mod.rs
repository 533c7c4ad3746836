//! The one connection type.
//!
//! [`Db`] is a pool of connections or an open transaction on one of them: the same verbs run on both, so they compose.

mod connect;
mod connection;
mod control;
mod own;
mod place;
mod process;
mod transaction;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbBackend, DbErr};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::audit::{Actor, Pending};
use crate::clock::Clock;
use crate::config::Observer;
use crate::config::Policy;
use crate::random::Random;
use crate::secret::Hasher;
pub(crate) use place::Place;
use transaction::Open;

/// The database, as every verb of this crate reaches it: a pool of connections, or a transaction that is open on one.
///
/// Cheap to clone; one per process is enough, shared by everything in it. It implements `SeaORM`'s
/// [`ConnectionTrait`](sea_orm::ConnectionTrait), so an application's own statements run on it too, in the same
/// transaction where one is open.
///
/// Those statements are the application's own responsibility: they pass no wall of this crate.
#[derive(Clone)]
pub struct Db {
    link: Link,
    /// In whose name it writes.
    actor: Actor,
    shared: Arc<Shared>,
}

#[derive(Clone)]
enum Link {
    Pool(DatabaseConnection),
    Transaction(Arc<Open>),
}

/// What all clones have in common.
struct Shared {
    backend: DbBackend,
    clock: Clock,
    random: Random,
    observer: Option<Observer>,
    hasher: Hasher,
    policy: Policy,
    /// Whether changes are recorded.
    audit: bool,
    /// `SQLite` has one writer at a time. Those who wait for it form a fair queue here, in place of polling the file lock.
    writer: Option<Arc<Mutex<()>>>,
    /// The longest that anyone waits for a connection or in that queue.
    acquire_timeout: Duration,
}

impl Shared {
    /// The writer's place, once it is free; `None` where there are many.
    async fn writer(&self) -> Result<Option<MutexGuard<'_, ()>>, DbErr> {
        let Some(writer) = &self.writer else {
            return Ok(None);
        };
        match tokio::time::timeout(self.acquire_timeout, writer.lock()).await {
            Ok(place) => Ok(Some(place)),
            Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }
}

impl Db {
    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.shared.backend
    }

    /// The clock that all instants come from.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Where ids and secrets come from.
    #[must_use]
    pub fn random(&self) -> &Random {
        &self.shared.random
    }

    /// Whether it is an open transaction.
    pub(crate) fn in_transaction(&self) -> bool {
        matches!(self.link, Link::Transaction(_))
    }

    /// In whose name it writes.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(crate) fn with_actor(&self, actor: Actor) -> Self {
        Self {
            link: self.link.clone(),
            actor,
            shared: Arc::clone(&self.shared),
        }
    }

    /// Whether changes are recorded.
    pub(crate) fn audits(&self) -> bool {
        self.shared.audit
    }

    /// The events that the open transaction will write; `None` where none is open.
    pub(crate) fn pending(&self) -> Option<&Pending> {
        match &self.link {
            Link::Pool(_) => None,
            Link::Transaction(open) => Some(open.pending()),
        }
    }

    /// Where passwords are hashed.
    pub(crate) fn hasher(&self) -> &Hasher {
        &self.shared.hasher
    }

    /// What is demanded of passwords and sessions.
    pub(crate) fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// A new id: a UUID of version 7 (RFC 9562 §5.7), after all that this process made before.
    ///
    /// The fraction of the millisecond stands in `rand_a` (§6.2, method 3), the clock never gives an instant twice.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        id_at(self.shared.clock.now(), self.shared.random.bytes())
    }

    /// A new id for what happened at `at`, by which it sorts among the ids of what happened before and after.
    pub(crate) fn new_id_at(&self, at: DateTime<Utc>) -> Uuid {
        id_at(at, self.shared.random.bytes())
    }
}

/// The least of the ids that things of that instant can have.
pub(crate) fn first_id_at(at: DateTime<Utc>) -> Uuid {
    id_at(at, [0; 10])
}

fn id_at(instant: DateTime<Utc>, random: [u8; 10]) -> Uuid {
    let micros = u64::try_from(instant.timestamp_micros()).unwrap_or_default();
    let mut rest = random;
    // 1,000 microseconds on the 4,096 steps of the 12 bits that follow the milliseconds.
    let fraction = (micros % 1000) * 4096 / 1000;
    let [.., high, low] = fraction.to_be_bytes();
    rest[0] = high;
    rest[1] = low;
    uuid::Builder::from_unix_timestamp_millis(micros / 1000, &rest).into_uuid()
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let link = match self.link {
            Link::Pool(_) => "pool",
            Link::Transaction(_) => "transaction",
        };
        f.debug_struct("Db")
            .field("backend", &self.shared.backend)
            .field("link", &link)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_consecutive_microseconds_sort_in_their_order() {
        let start = DateTime::from_timestamp_micros(1_800_000_000_000_000).expect("in range");
        let ids: Vec<_> = (0..3000)
            .map(|micros| id_at(start + chrono::TimeDelta::microseconds(micros), [0xff; 10]))
            .collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
