//! The one connection type.
//!
//! [`Db`] is a pool of connections or an open transaction on one of them: the same verbs run on both, so they compose.

mod begin;
mod connect;
mod connection;
mod control;
mod floor;
mod open;
mod opening;
mod own;
mod parameters;
mod place;
mod pool;
mod process;
mod stream;
mod transaction;
mod wall;

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::DbBackend;
use uuid::Uuid;

use crate::audit::{Actor, Pending};
use crate::clock::Clock;
use crate::config::{IsolatedBy, Observer, OwnObserver, Policy};
use crate::random::Random;
use crate::secret::Hasher;
pub use begin::Transaction;
pub use floor::Floor;
pub(crate) use floor::UNSHUT;
use floor::{Found, Shut};
use open::Open;
pub use opening::{Isolation, TransactionOptions};
pub(crate) use place::Place;
use pool::Pool;
pub use pool::{Awaited, NoConnection, PoolStatus};
pub use stream::RowStream;
use wall::Wall;

/// The database, as every verb of this crate reaches it: a pool of connections, or a transaction that is open on one.
///
/// Cheap to clone; one per process is enough, shared by everything in it. It implements `SeaORM`'s
/// [`ConnectionTrait`](sea_orm::ConnectionTrait), [`StreamTrait`](sea_orm::StreamTrait) and
/// [`TransactionTrait`](sea_orm::TransactionTrait), so an application's own statements run on it too, in the same
/// transaction where one is open.
///
/// Work that is dropped half-way (a time-out, a client that went away) leaves nothing behind: its transaction is rolled
/// back, and its connection is not used by anybody else before the server is known to be done with it.
///
/// Those statements are the application's own responsibility: they pass no wall of this crate.
#[derive(Clone)]
pub struct Db {
    on: On,
    /// Where it is shut in.
    shut: Shut,
    /// In whose name it writes.
    actor: Actor,
    shared: Arc<Shared>,
}

#[derive(Clone)]
enum On {
    Pool,
    Transaction(Arc<Open>),
}

/// What all clones have in common.
struct Shared {
    backend: DbBackend,
    clock: Clock,
    random: Random,
    observer: Option<Observer>,
    /// Sees the statements of this crate alone.
    own_observer: Option<OwnObserver>,
    hasher: Hasher,
    policy: Policy,
    /// Whether changes are recorded.
    audit: bool,
    pool: Pool,
    /// Who holds the tenant's wall when no transaction is open.
    isolated_by: IsolatedBy,
    /// Quoted.
    schema: Arc<str>,
    /// What is known of the database's floor.
    found: Found,
    /// Where SQL runs that nobody vouches for.
    wall: Option<Wall>,
}

impl Db {
    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.shared.backend
    }

    /// Whether it is spread over several machines by Citus, as far as the connections made so far have found: `false` where
    /// none has been made.
    #[must_use]
    pub fn is_on_citus(&self) -> bool {
        self.shared.pool.is_on_citus()
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

    /// The pool at this moment: what is in use, who waits, and what was made and closed so far. Inside a transaction it is
    /// that of the pool which the transaction's connection belongs to.
    #[must_use]
    pub fn pool_status(&self) -> PoolStatus {
        match &self.on {
            On::Pool => self.shared.pool.status(),
            On::Transaction(open) => open.line.core.status(),
        }
    }

    /// Whether it is an open transaction.
    pub(crate) fn in_transaction(&self) -> bool {
        matches!(self.on, On::Transaction(_))
    }

    /// In whose name it writes.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(crate) fn with_actor(&self, actor: Actor) -> Self {
        Self {
            on: self.on.clone(),
            shut: self.shut,
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
        match &self.on {
            On::Pool => None,
            On::Transaction(open) => Some(open.pending()),
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
        let on = match self.on {
            On::Pool => "pool",
            On::Transaction(_) => "transaction",
        };
        f.debug_struct("Db")
            .field("backend", &self.shared.backend)
            .field("on", &on)
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
