//! The pool: as many connections as there may be, handed out in the order they are asked for.
//!
//! deadpool keeps the queue and the connections that wait. What it leaves open is here: connects that outlive who asked
//! for them, a bound that holds until the server has closed its end too, connections brought back into order after work
//! that was dropped half-way, and an end that waits for work in flight.

mod address;
mod ask;
mod exhausted;
mod lease;
mod link;
mod manager;
mod reaper;
mod salvage;
mod status;
mod trace;
mod wire;

use std::future::{Future as _, poll_fn};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use deadpool::managed::{self, PoolError, QueueMode};
use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, Semaphore};
use tokio::time::{Instant, timeout};

use super::opening::Opening;

pub(in crate::db) use address::{Address, Session};
pub(in crate::db) use ask::{Answer, Ask};
pub use exhausted::{Awaited, NoConnection};
pub(in crate::db) use lease::Lease;
use link::Link;
use manager::Manager;
pub(in crate::db) use manager::passes;
use reaper::reap;
pub use status::PoolStatus;
use status::{Counted, Gauges, count};
use wire::{Verdict, verdict};

#[derive(Clone)]
pub(in crate::db) struct Pool {
    links: managed::Pool<Manager>,
    core: Arc<Core>,
    /// `SQLite` has one writer at a time. Those who wait for it form a fair queue here, before they take a connection, in
    /// place of polling the file's lock.
    writer: Option<Arc<Mutex<()>>>,
}

/// What the pool, its connections and what is done in the background have in common.
pub(in crate::db) struct Core {
    address: Address,
    max: usize,
    connect_timeout: Duration,
    acquire_timeout: Duration,
    idle_timeout: Duration,
    max_lifetime: Duration,
    /// As many as there may be connections; each keeps one until the server's end is closed too.
    permits: Arc<Semaphore>,
    /// Made for callers who did not wait for them.
    spares: StdMutex<Vec<Link>>,
    spare_came: Notify,
    closed: AtomicBool,
    /// Raised when a connection fails: those that were not known to work since are asked before they are used.
    epoch: AtomicU64,
    gauges: Gauges,
    /// Why the server lets nobody in, as long as it does not.
    refusal: StdMutex<Option<String>>,
}

/// How a pool is to be.
pub(in crate::db) struct Terms {
    pub(in crate::db) max: u32,
    pub(in crate::db) connect_timeout: Duration,
    pub(in crate::db) acquire_timeout: Duration,
    pub(in crate::db) idle_timeout: Duration,
    pub(in crate::db) max_lifetime: Duration,
}

impl Pool {
    /// Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// None but where deadpool is not content with its settings.
    pub(in crate::db) fn new(address: Address, terms: &Terms) -> Result<Self, DbErr> {
        let in_memory = address.in_memory();
        let max = if in_memory { 1 } else { terms.max };
        let max = usize::try_from(max).unwrap_or(1);
        let writer = matches!(address, Address::Sqlite { .. }).then(Arc::default);
        let core = Arc::new(Core {
            address,
            max,
            connect_timeout: terms.connect_timeout,
            acquire_timeout: terms.acquire_timeout,
            idle_timeout: terms.idle_timeout,
            max_lifetime: terms.max_lifetime,
            permits: Arc::new(Semaphore::new(max)),
            spares: StdMutex::default(),
            spare_came: Notify::new(),
            closed: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            gauges: Gauges::default(),
            refusal: StdMutex::default(),
        });
        let manager = Manager {
            core: Arc::clone(&core),
        };
        let links = managed::Pool::builder(manager)
            .max_size(max)
            // The one used last has its statements at hand; those that are not needed grow idle.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        if !in_memory {
            tokio::spawn(reap(links.weak(), Arc::clone(&core)));
        }
        Ok(Self {
            links,
            core,
            writer,
        })
    }

    /// Connects once, without patience, and keeps the connection.
    ///
    /// # Errors
    ///
    /// As the driver.
    pub(in crate::db) async fn try_out(&self) -> Result<(), SqlxError> {
        let core = &self.core;
        let permit = Arc::clone(&core.permits).acquire_owned().await;
        let permit = permit.map_err(|_| SqlxError::PoolClosed)?;
        let wire = core.address.connect().await?;
        core.keep(Link::new(wire, permit, Arc::clone(core), 0));
        Ok(())
    }

    pub(in crate::db) fn status(&self) -> PoolStatus {
        self.core.status()
    }

    /// The turn to write, once it comes; `None` where many write at once.
    pub(in crate::db) async fn writer(&self) -> Result<Option<OwnedMutexGuard<()>>, DbErr> {
        let Some(writer) = &self.writer else {
            return Ok(None);
        };
        let turn = Arc::clone(writer).lock_owned();
        match timeout(self.core.acquire_timeout, turn).await {
            Ok(turn) => Ok(Some(turn)),
            Err(_) => Err(self.core.in_vain(Awaited::Writer)),
        }
    }

    /// A connection that works, once it is the caller's turn.
    pub(in crate::db) async fn acquire(
        &self,
        writer: Option<OwnedMutexGuard<()>>,
    ) -> Result<Lease, DbErr> {
        let waiting = Counted::new(&self.core.gauges.waiting);
        let mut working = std::pin::pin!(self.working(writer));
        // As a rule one is there, and no clock is needed.
        let first = poll_fn(|context| Poll::Ready(working.as_mut().poll(context)));
        let acquired = match first.await {
            Poll::Ready(acquired) => Ok(acquired),
            Poll::Pending => timeout(self.core.acquire_timeout, working).await,
        };
        drop(waiting);
        acquired.unwrap_or_else(|_| Err(self.core.in_vain(Awaited::Connection)))
    }

    async fn working(&self, mut writer: Option<OwnedMutexGuard<()>>) -> Result<Lease, DbErr> {
        loop {
            let object = self.links.get().await.map_err(refused)?;
            let mut lease = Lease::new(object, Arc::clone(&self.core), writer.take());
            if lease.works().await {
                return Ok(lease);
            }
            writer = lease.give_up_writer();
        }
    }

    /// A connection for one statement, with the turn to write where it writes.
    pub(in crate::db) async fn lease_for(&self, ask: Ask<'_>) -> Result<Lease, DbErr> {
        // A wrong guess costs a little waiting.
        let writer = if self.writer.is_some() && ask.operation() != "select" {
            self.writer().await?
        } else {
            None
        };
        self.acquire(writer).await
    }

    /// One statement.
    pub(in crate::db) async fn ask(&self, ask: Ask<'_>) -> Result<Answer, DbErr> {
        let mut lease = self.lease_for(ask).await?;
        let mut answer = lease.unit(ask).await;
        if lease.was_ended() && ask.may_be_sent_again() {
            // The server was stopped or restarted while the connection was idle.
            drop(lease);
            lease = self.acquire(None).await?;
            answer = lease.unit(ask).await;
        }
        let eager = lease.was_eager();
        drop(lease);
        give_way(eager).await;
        answer
    }

    /// A connection on which a transaction is open.
    pub(in crate::db) async fn begin(&self, opening: &Opening) -> Result<Lease, DbErr> {
        let writer = if opening.writes() {
            self.writer().await?
        } else {
            None
        };
        let mut lease = self.acquire(writer).await?;
        let mut begun = lease.begin(opening).await;
        if begun.is_err() && lease.was_lost() {
            // Nothing is lost with a transaction that has not begun.
            let writer = lease.give_up_writer();
            drop(lease);
            lease = self.acquire(writer).await?;
            begun = lease.begin(opening).await;
        }
        begun.map(|()| lease)
    }

    /// Work in flight is finished, new work is refused, and the last connection is closed when it returns.
    pub(in crate::db) async fn close(&self) {
        self.core.closed.store(true, Ordering::Release);
        self.links.close();
        self.core.keep_spares(|_| false);
        let all = u32::try_from(self.core.max).unwrap_or(u32::MAX);
        // Never closed: it cannot fail.
        let _ = self.core.permits.acquire_many(all).await;
    }

    /// The schema of the tables, quoted; empty on `SQLite`.
    pub(in crate::db) fn schema(&self) -> &str {
        match &self.core.address {
            Address::Postgres { session, .. } => &session.schema,
            Address::Sqlite { .. } => "",
        }
    }

    pub(in crate::db) fn is_on_citus(&self) -> bool {
        self.core.is_on_citus()
    }

    pub(in crate::db) fn is_pooled(&self) -> bool {
        self.core.address.pooled()
    }

    pub(in crate::db) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

/// Lets others run. A task whose answers are always there already would run on until it has used up what it may, and the
/// others would wait that long: the slowest of a hundred took 5 ms instead of 1 ms.
pub(in crate::db) async fn give_way(eager: bool) {
    if eager {
        tokio::task::yield_now().await;
    }
}

fn refused(error: PoolError<SqlxError>) -> DbErr {
    match error {
        PoolError::Backend(SqlxError::PoolClosed) | PoolError::Closed => {
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)
        }
        PoolError::Backend(error) => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
        other => DbErr::Custom(other.to_string()),
    }
}

/// Whether the work that ended so may succeed when it is done again.
pub(in crate::db) fn is_conflict(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return false;
    };
    verdict(cause) == Verdict::Conflict
}

impl Core {
    pub(in crate::db) fn is_sqlite(&self) -> bool {
        matches!(self.address, Address::Sqlite { .. })
    }

    pub(in crate::db) fn is_on_citus(&self) -> bool {
        matches!(&self.address, Address::Postgres { session, .. } if session.on_citus.load(Ordering::Relaxed))
    }

    pub(in crate::db) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    fn is_old(&self, link: &Link) -> bool {
        !self.address.in_memory() && Instant::now() >= link.old_at
    }

    fn is_idle(&self, link: &Link) -> bool {
        !self.address.in_memory() && link.used.elapsed() >= self.idle_timeout
    }

    fn take_spare(&self) -> Option<Link> {
        self.spares().pop()
    }

    /// Keeps a connection that nobody waits for; closes it where the pool is closed.
    fn keep(&self, link: Link) {
        let mut spares = self.spares();
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        spares.push(link);
        drop(spares);
        self.spare_came.notify_one();
    }

    fn keep_spares(&self, keeps: impl FnMut(&Link) -> bool) {
        self.spares().retain(keeps);
    }

    fn spares(&self) -> MutexGuard<'_, Vec<Link>> {
        self.spares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes why the server lets nobody in; `None`: it does.
    fn refused(&self, error: Option<&SqlxError>) {
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        *refusal = error.map(ToString::to_string);
    }

    /// The error of somebody who waited in vain.
    pub(in crate::db) fn in_vain(&self, awaited: Awaited) -> DbErr {
        count(&self.gauges.timeouts);
        let status = self.status();
        let refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        NoConnection {
            awaited,
            waited: self.acquire_timeout,
            in_use: status.in_use,
            waiting: status.waiting,
            max: self.max,
            refusal: refusal.clone(),
        }
        .into_db_err()
    }
}
