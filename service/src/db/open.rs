//! An open transaction, and what is nested in it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use sea_orm::{DbErr, QueryResult, Statement};
use tokio::sync::mpsc::Sender;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::floor::Settings;
use super::opening::Opening;
use super::own::By;
use super::pool::{Answer, Ask, Awaited, Core, Lease, give_way};
use crate::audit::Pending;

/// A transaction, or a savepoint inside one, that is open until it is ended. Clones of its [`Db`](super::Db) that outlive
/// it find that it has.
pub(super) struct Open {
    pub(super) line: Arc<Line>,
    around: Option<Arc<Open>>,
    /// What the database shuts it in; `None`: nothing.
    settings: Option<Settings>,
    /// How many savepoints inside it are open that are shut in something else. What is asked of this one meanwhile waits.
    shifted: AtomicUsize,
    ended: AtomicBool,
    /// Savepoints are named by their depth: of those directly inside this one, one at a time may be open.
    savepoint: Arc<Mutex<()>>,
    /// The events that the outermost transaction writes when it commits.
    pending: Pending,
}

/// The connection that a transaction and all its savepoints run on.
pub(super) struct Line {
    lease: Arc<Mutex<Option<Lease>>>,
    pub(super) core: Arc<Core>,
    /// What it was opened with.
    pub(super) opening: Opening,
    /// The outermost of the savepoints that were dropped half-way: it is undone before anything else is done.
    owed: StdMutex<Option<u32>>,
    /// A statement was refused. `PostgreSQL` commits nothing after that, and says so to nobody.
    refused: AtomicBool,
    /// It met another transaction in a way that may not happen again.
    pub(super) conflicted: AtomicBool,
    /// Rows are being read as they come: nothing else can be asked until they are read.
    streaming: AtomicBool,
}

impl Open {
    pub(super) fn new(
        lease: Lease,
        core: Arc<Core>,
        opening: Opening,
        settings: Option<Settings>,
    ) -> Self {
        Self {
            line: Arc::new(Line {
                lease: Arc::new(Mutex::new(Some(lease))),
                core,
                opening,
                owed: StdMutex::default(),
                refused: AtomicBool::new(false),
                conflicted: AtomicBool::new(false),
                streaming: AtomicBool::new(false),
            }),
            around: None,
            settings,
            shifted: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            savepoint: Arc::default(),
            pending: Pending::default(),
        }
    }

    pub(super) fn inside(around: &Arc<Self>, settings: Option<Settings>) -> Self {
        Self {
            line: Arc::clone(&around.line),
            around: Some(Arc::clone(around)),
            settings,
            shifted: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            savepoint: Arc::default(),
            pending: around.pending.clone(),
        }
    }

    pub(super) fn pending(&self) -> &Pending {
        &self.pending
    }

    pub(super) fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref()
    }

    /// What makes the settings those of the transaction around it, after this savepoint was kept.
    pub(super) fn change_back(&self) -> String {
        let around = self.around.as_ref().and_then(|around| around.settings());
        Settings::between(self.settings(), around)
    }

    /// Whether this savepoint is shut in something else than what is around it.
    pub(super) fn differs(&self) -> bool {
        self.around
            .as_ref()
            .is_some_and(|around| around.settings != self.settings)
    }

    /// Tells all around it that the connection's settings are not theirs for now, or are theirs again.
    pub(super) fn shift(&self, on: bool) {
        let mut around = self.around.as_ref();
        while let Some(open) = around {
            if on {
                open.shifted.fetch_add(1, Ordering::AcqRel);
            } else {
                open.shifted.fetch_sub(1, Ordering::AcqRel);
            }
            around = open.around.as_ref();
        }
    }

    /// The connection, for a statement: under the settings of this transaction, not of a savepoint that is open inside it.
    pub(super) async fn turn(&self) -> Result<OwnedMutexGuard<Option<Lease>>, DbErr> {
        loop {
            let guard = self.lock().await?;
            // Set with the connection in hand: it does not change while this one has it.
            if self.shifted.load(Ordering::Acquire) == 0 {
                return Ok(guard);
            }
            drop(guard);
            drop(self.savepoint().await?);
        }
    }

    /// 0 for the transaction itself.
    pub(super) fn depth(&self) -> u32 {
        self.around.as_ref().map_or(0, |around| around.depth() + 1)
    }

    /// The place of the one savepoint, once it is free.
    pub(super) async fn savepoint(&self) -> Result<OwnedMutexGuard<()>, DbErr> {
        let core = &self.line.core;
        timeout(
            core.acquire_timeout(),
            Arc::clone(&self.savepoint).lock_owned(),
        )
        .await
        .map_err(|_| core.in_vain(Awaited::Transaction))
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
            || self
                .around
                .as_ref()
                .is_some_and(|around| around.has_ended())
    }

    /// From now on nothing can be asked of it.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// The connection, when nobody else is using it and nothing is owed.
    ///
    /// # Errors
    ///
    /// Where the transaction has ended, or the connection is lost.
    pub(super) async fn lock(&self) -> Result<OwnedMutexGuard<Option<Lease>>, DbErr> {
        let line = &self.line;
        let lock = Arc::clone(&line.lease).lock_owned();
        let mut guard = if line.streaming.load(Ordering::Acquire) {
            // Whoever reads the rows may be the one who asks: it would wait for itself.
            timeout(line.core.acquire_timeout(), lock)
                .await
                .map_err(|_| line.core.in_vain(Awaited::Transaction))?
        } else {
            lock.await
        };
        if self.has_ended() {
            return Err(ended());
        }
        let lease = guard.as_mut().ok_or_else(ended)?;
        line.clear(lease).await?;
        Ok(guard)
    }

    pub(super) async fn ask(&self, by: By, ask: Ask<'_>) -> Result<Answer, DbErr> {
        let mut guard = self.turn().await?;
        let lease = guard.as_mut().ok_or_else(ended)?;
        if self.line.taints(by, &ask) {
            lease.taint();
        }
        let answer = self.line.ask(lease, ask).await;
        let eager = lease.was_eager();
        drop(guard);
        give_way(eager).await;
        answer
    }
}

impl Line {
    /// Whether the connection may be another one after the statement. Of what a caller's SQL does inside a function nothing
    /// is known, and on `PostgreSQL` what it left there has reached the next one's rows.
    pub(super) fn taints(&self, by: By, ask: &Ask<'_>) -> bool {
        ask.leaves_traces() || (by == By::Caller && !self.core.is_sqlite())
    }

    /// A savepoint, and what it sets. To its nodes Citus hands on the whole text that a `SET LOCAL` came in, the savepoint
    /// too, of which they have another name: so there each is said by itself.
    pub(super) async fn say(&self, lease: &mut Lease, sql: &str) -> Result<(), DbErr> {
        if !self.core.is_on_citus() {
            return self.ask(lease, Ask::Unprepared(sql)).await.map(drop);
        }
        for statement in sql.split("; ") {
            self.ask(lease, Ask::Unprepared(statement)).await?;
        }
        Ok(())
    }

    pub(super) async fn ask(&self, lease: &mut Lease, ask: Ask<'_>) -> Result<Answer, DbErr> {
        // Dropped half-way, nobody will see whether it was refused.
        let before = self.refused.swap(true, Ordering::AcqRel);
        let answer = lease.ask(ask).await;
        if answer.is_ok() {
            self.refused.store(before, Ordering::Release);
        } else if lease.conflicted() {
            self.conflicted.store(true, Ordering::Release);
        }
        answer
    }

    pub(super) async fn stream(
        &self,
        lease: &mut Lease,
        statement: &Statement,
        rows: Sender<QueryResult>,
    ) -> Result<(), DbErr> {
        let before = self.refused.swap(true, Ordering::AcqRel);
        let read = lease.stream(statement, rows).await;
        if read.is_ok() {
            self.refused.store(before, Ordering::Release);
        } else if lease.conflicted() {
            self.conflicted.store(true, Ordering::Release);
        }
        read
    }

    /// Reads what is unread, and undoes what was dropped.
    async fn clear(&self, lease: &mut Lease) -> Result<(), DbErr> {
        lease.settle().await?;
        let Some(depth) = *self.owed() else {
            return Ok(());
        };
        lease.ask(Ask::Unprepared(&rollback_to(depth))).await?;
        self.refused.store(false, Ordering::Release);
        *self.owed() = None;
        Ok(())
    }

    /// The savepoint at `depth` was dropped half-way.
    pub(super) fn owe(&self, depth: u32) {
        let mut owed = self.owed();
        *owed = Some(owed.map_or(depth, |owed| owed.min(depth)));
    }

    fn owed(&self) -> std::sync::MutexGuard<'_, Option<u32>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Undoes the savepoint at `depth`, and what was refused inside it.
    pub(super) async fn undo(&self, lease: &mut Lease, depth: u32) -> Result<(), DbErr> {
        self.owe(depth);
        self.clear(lease).await
    }

    /// Undoes the savepoint at `depth`, where it was made before what was sent along was refused. Where it was not, the
    /// transaction was spoilt before, and stays so.
    pub(super) async fn undo_begun(&self, lease: &mut Lease, depth: u32) {
        if lease
            .ask(Ask::Unprepared(&rollback_to(depth)))
            .await
            .is_ok()
        {
            self.refused.store(false, Ordering::Release);
        }
    }

    /// Whether nothing can be committed, because a statement was refused.
    pub(super) async fn is_spoilt(&self, lease: &mut Lease) -> bool {
        !self.core.is_sqlite()
            && self.refused.load(Ordering::Acquire)
            // Statements of the application's own may have cured it.
            && lease.ask(Ask::Unprepared("SELECT 1")).await.is_err()
    }

    /// The connection goes back, and is brought into order first where the transaction was not ended.
    pub(super) fn abandon(&self) {
        if let Ok(mut lease) = self.lease.try_lock() {
            lease.take();
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // A clone is in the middle of a statement.
            let lease = Arc::clone(&self.lease);
            runtime.spawn(async move {
                lease.lock().await.take();
            });
        }
    }

    /// `on` as long as rows are being read as they come.
    pub(super) fn set_streaming(&self, on: bool) {
        self.streaming.store(on, Ordering::Release);
    }
}

fn rollback_to(depth: u32) -> String {
    format!("ROLLBACK TO SAVEPOINT s{depth}; RELEASE SAVEPOINT s{depth}")
}

pub(super) fn ended() -> DbErr {
    DbErr::Custom(
        "the transaction has ended: what was made inside it cannot be used after it".into(),
    )
}
