//! A connection of the pool: the driver's own, and what is known about its state.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::sqlx::Error as SqlxError;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout};

use super::Core;
use super::address::{Address, CLIENT_CHECKED_EVERY};
use super::status::count;
use super::wire::{Verdict, Wire, verdict};

/// How long a goodbye may take.
const CLOSED_WITHIN: Duration = Duration::from_millis(250);

/// What a server takes to end a session after the goodbye, when it is busy (3 to 18 ms were measured). Until then it
/// counts the connection, and the driver does not wait for its end.
const GONE_AFTER: Duration = Duration::from_millis(50);

/// How many refusals of statements that nobody waits for any more are read past.
const MOST_REFUSALS: usize = 8;

/// Leaves nothing behind on the pooler's connection, in the round trip of the end itself: afterwards that connection is
/// another's. What `DISCARD ALL` does, which is refused beside other statements. A COMMIT that is refused takes it along: what
/// such a transaction prepared or locked for its session stays on the pooler's connection.
pub(super) const SWEEP: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; CLOSE ALL; DEALLOCATE ALL; \
    UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES";

pub(in crate::db) struct Link {
    /// `None` when it is being closed.
    wire: Option<Wire>,
    /// One of as many as there may be connections, kept until the server's end is closed too.
    permit: Option<OwnedSemaphorePermit>,
    core: Arc<Core>,
    /// When it is to be replaced.
    pub(super) old_at: Instant,
    /// When it was last given back.
    pub(super) used: Instant,
    /// The epoch in which it was last known to work.
    pub(super) epoch: u64,
    pub(super) marks: Marks,
}

/// What must be cleared before somebody else gets the connection. Each is set before the first byte of what it is about.
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true or not, apart from the others"
)]
pub(super) struct Marks {
    /// An answer has not been read to its end.
    pub(super) busy: bool,
    /// A transaction may be open.
    pub(super) transaction: bool,
    /// The open transaction may only read, which `SQLite` knows by connection.
    pub(super) read_only: bool,
    /// Settings, prepared statements or temporary tables may have been left behind.
    pub(super) tainted: bool,
    /// It cannot be used any more.
    pub(super) broken: bool,
}

impl Link {
    pub(super) fn new(
        wire: Wire,
        permit: OwnedSemaphorePermit,
        core: Arc<Core>,
        epoch: u64,
    ) -> Self {
        let number = core.gauges.connects.fetch_add(1, Ordering::Relaxed);
        core.gauges.open.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        // Those that were made together are not replaced together: each lives up to a tenth shorter, neighbours least
        // alike.
        let shorter = u32::try_from(number % 1000 * 618 % 1000).unwrap_or_default();
        let lifetime = core
            .max_lifetime
            .mul_f64(1.0 - f64::from(shorter) / 10_000.0);
        Self {
            wire: Some(wire),
            permit: Some(permit),
            core,
            old_at: now + lifetime,
            used: now,
            epoch,
            marks: Marks::default(),
        }
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// # Errors
    ///
    /// Where it is being closed, which nobody who holds it sees.
    pub(super) fn wire(&mut self) -> Result<&mut Wire, SqlxError> {
        self.wire.as_mut().ok_or(SqlxError::PoolClosed)
    }

    /// Whether it can be given to somebody else as it is.
    pub(super) fn is_clean(&self) -> bool {
        let marks = self.marks;
        !(marks.busy || marks.transaction || marks.read_only || marks.tainted || marks.broken)
    }

    /// Draws the consequences of an error.
    pub(super) fn judge(&mut self, error: &SqlxError) -> Verdict {
        let verdict = verdict(error);
        match verdict {
            Verdict::Broken | Verdict::Ended => {
                self.marks.broken = true;
                // What is older than this is looked at before it is used. Others that fail for the same reason say
                // nothing new.
                let epoch = &self.core.epoch;
                let _ = epoch.compare_exchange(
                    self.epoch,
                    self.epoch + 1,
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                );
            }
            Verdict::Stale => self.marks.tainted = true,
            Verdict::Sound | Verdict::Conflict => {}
        }
        verdict
    }

    /// Reads what is still under way to its end. `false`: it is of no use any more.
    pub(super) async fn settle(&mut self) -> bool {
        for _ in 0..MOST_REFUSALS {
            self.marks.busy = true;
            let done = match self.wire() {
                Ok(wire) => wire.ping().await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {
                    self.marks.busy = false;
                    return true;
                }
                Err(error) => {
                    self.judge(&error);
                    if self.marks.broken {
                        // The server has ended it: there is nobody who still works on something.
                        self.marks.busy = false;
                        return false;
                    }
                    // The refusal of a statement that nobody waits for any more: what follows it is not read yet.
                    if !matches!(error, SqlxError::Database(_)) {
                        break;
                    }
                }
            }
        }
        self.marks.broken = true;
        false
    }

    /// Brings it back into order: nothing under way, no transaction, nothing left behind. `false`: it cannot be.
    pub(super) async fn mend(&mut self) -> bool {
        if self.marks.busy && !self.settle().await {
            return false;
        }
        if self.marks.transaction && !self.undo().await {
            return false;
        }
        if self.marks.read_only {
            if self.send("PRAGMA query_only = OFF").await.is_err() {
                return false;
            }
            self.marks.read_only = false;
        }
        true
    }

    async fn undo(&mut self) -> bool {
        let swept = self.marks.tainted && self.core.address.pooled();
        let rollback = format!("ROLLBACK; {SWEEP}");
        let how = if swept { &rollback } else { "ROLLBACK" };
        match self.send(how).await {
            Ok(()) => {}
            // SQLite's way to say that none was open.
            Err(SqlxError::Database(_)) if !self.marks.broken => {}
            Err(_) => return false,
        }
        self.marks.transaction = false;
        true
    }

    /// Leaves nothing behind of what was done on it: `DISCARD ALL`, and no statement is known by its name any more.
    pub(super) async fn reset(&mut self) -> bool {
        let core = Arc::clone(&self.core);
        let done = match &core.address {
            // What a transaction left on the pooler's connection was cleared with its end.
            Address::Postgres { session, .. } if session.pooled => Ok(()),
            Address::Postgres { session, .. } => self.discard(session).await,
            // All of it is in the database, which must not go.
            Address::Sqlite {
                in_memory: true, ..
            } => {
                self.undo().await;
                Ok(())
            }
            // A new one costs less than to find out.
            Address::Sqlite { .. } => return false,
        };
        self.marks.tainted = false;
        done.is_ok() && !self.marks.broken
    }

    async fn discard(&mut self, session: &super::address::Session) -> Result<(), SqlxError> {
        // Nobody knows what was sent: it may have begun a transaction, inside which DISCARD is refused.
        if self.send("DISCARD ALL").await.is_err() {
            self.send("ROLLBACK").await?;
            self.send("DISCARD ALL").await?;
        }
        self.wire()?.forget_statements().await?;
        session.set_up(self.wire()?).await
    }

    async fn send(&mut self, sql: &str) -> Result<(), SqlxError> {
        self.marks.busy = true;
        let done = self.wire()?.send(sql).await;
        self.marks.busy = false;
        if let Err(error) = &done {
            self.judge(error);
        }
        done
    }
}

impl Link {
    /// Says goodbye in the background; where nothing runs there, the system closes it.
    pub(super) fn part(&mut self) {
        self.marks.broken = true;
        let (Some(wire), permit) = (self.wire.take(), self.permit.take()) else {
            return;
        };
        let core = Arc::clone(&self.core);
        // A server that works on a statement notices only after a while that nobody waits for it.
        let gone_after = if self.marks.busy {
            CLIENT_CHECKED_EVERY + GONE_AFTER
        } else {
            GONE_AFTER
        };
        let closing = async move {
            match wire {
                Wire::Postgres(_) => {
                    let _ = timeout(CLOSED_WITHIN, wire.close()).await;
                    sleep(gone_after).await;
                }
                Wire::Sqlite(_) => {
                    let _ = wire.close().await;
                }
            }
            core.gauges.open.fetch_sub(1, Ordering::Relaxed);
            count(&core.gauges.closed);
            drop(permit);
        };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(closing);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.part();
    }
}
