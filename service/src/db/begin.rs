//! Transactions as `SeaORM` has them: begun, passed around, and ended by hand.

use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StreamTrait, TransactionError, TransactionSession, TransactionTrait,
};
use tokio::sync::OwnedMutexGuard;

use super::floor::Settings;
use super::open::{Line, Open, ended};
use super::opening::{Isolation, Opening};
use super::own::By;
use super::pool::{Answer, Ask};
use super::stream::RowStream;
use super::{Db, On};
use crate::audit;
use crate::error::Error;

/// A transaction that is open until [`commit`](TransactionSession::commit) or
/// [`rollback`](TransactionSession::rollback), and undone where it is dropped. It is a [`Db`]: all verbs run on it.
///
/// It comes from [`TransactionTrait::begin`]; [`Db::transaction`] is the shorter way.
pub struct Transaction {
    db: Db,
    open: Arc<Open>,
    /// Its place in the transaction around it, kept until it has ended.
    place: Option<OwnedMutexGuard<()>>,
    /// How many events were pending when it began: those that came since go with what they tell.
    pending: usize,
    /// It may have to be undone.
    begun: bool,
    /// Those around it have been told that the settings are not theirs.
    shifted: bool,
}

impl Transaction {
    pub(super) async fn open(db: &Db, opening: Opening) -> Result<Self, DbErr> {
        match &db.on {
            On::Pool => {
                let pool = &db.shared.pool;
                let settings = db.settings().await?;
                let mut opening = opening;
                opening.locals = settings.iter().flat_map(Settings::locals).collect();
                db.observe("BEGIN");
                let lease = pool.begin(&opening).await?;
                let open = Open::new(lease, Arc::clone(pool.core()), opening, settings);
                Ok(Self::new(db, open, None))
            }
            On::Transaction(around) => {
                let place = around.savepoint().await?;
                let settings = db.settings().await?;
                db.observe("SAVEPOINT");
                let change = Settings::between(around.settings(), settings.as_ref());
                let mut inside = Self::new(db, Open::inside(around, settings), Some(place));
                inside.begun = false;
                let mut guard = around.lock().await?;
                let lease = guard.as_mut().ok_or_else(ended)?;
                let sql = format!("SAVEPOINT s{}{change}", inside.open.depth());
                if inside.open.differs() {
                    inside.open.shift(true);
                    inside.shifted = true;
                }
                inside.begun = true;
                let begun = around.line.say(lease, &sql).await;
                if begun.is_err() && !change.is_empty() {
                    // The savepoint may be there, and one of its settings was refused.
                    around.line.undo_begun(lease, inside.open.depth()).await;
                }
                inside.begun = begun.is_ok();
                begun.map(|()| inside)
            }
        }
    }

    pub(super) fn new(db: &Db, open: Open, place: Option<OwnedMutexGuard<()>>) -> Self {
        let open = Arc::new(open);
        Self {
            db: Db {
                on: On::Transaction(Arc::clone(&open)),
                shut: db.shut,
                actor: db.actor.clone(),
                shared: Arc::clone(&db.shared),
            },
            pending: open.pending().len(),
            open,
            place,
            begun: true,
            shifted: false,
        }
    }

    pub(super) fn line(&self) -> &Arc<Line> {
        &self.open.line
    }

    /// Writes what is pending where it is the outermost one, and keeps what was done.
    ///
    /// What is still open inside it is waited for: half of it would be kept.
    pub(super) async fn keep(self) -> Result<(), Error> {
        let _place = self.open.savepoint().await?;
        if self.open.depth() == 0
            && let Err(error) = audit::flush(&self.db).await
        {
            self.undo().await;
            return Err(error);
        }
        Ok(self.end("COMMIT").await?)
    }

    /// Undoes what was done. Where the connection is lost there is nothing to undo.
    pub(super) async fn undo(self) {
        let _ = self.end("ROLLBACK").await;
    }

    pub(super) async fn ask_in(&self, by: By, ask: Ask<'_>) -> Result<Answer, DbErr> {
        self.open.ask(by, ask).await
    }

    pub(super) async fn end(mut self, how: &'static str) -> Result<(), DbErr> {
        let open = Arc::clone(&self.open);
        let (line, depth) = (&open.line, open.depth());
        let mut guard = open.lock().await?;
        let lease = guard.as_mut().ok_or_else(ended)?;
        let commits = how == "COMMIT";
        if depth > 0 {
            self.db.observe(how);
            if commits {
                let back = open.change_back();
                let sql = format!("RELEASE SAVEPOINT s{depth}{back}");
                line.say(lease, &sql).await?;
                self.begun = false;
            } else {
                self.open.pending().truncate(self.pending);
                line.undo(lease, depth).await?;
                self.begun = false;
            }
            open.end();
            return Ok(());
        }
        let spoilt = commits && line.is_spoilt(lease).await;
        let how = if spoilt { "ROLLBACK" } else { how };
        self.db.observe(how);
        let done = lease.end(how).await;
        if lease.conflicted() {
            line.conflicted.store(true, Ordering::Release);
        }
        self.begun = !(commits && done.is_ok() && !spoilt);
        open.end();
        // It goes back before anything else is done.
        drop(guard.take());
        if spoilt {
            return Err(DbErr::Custom(
                "an error inside the transaction was passed over, and nothing of it could be kept: what may fail belongs \
                 in a transaction of its own inside it"
                    .into(),
            ));
        }
        done
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.open.end();
        let depth = self.open.depth();
        if self.begun {
            self.open.pending().truncate(self.pending);
        }
        if depth == 0 {
            self.open.line.abandon();
        } else if self.begun {
            self.open.line.owe(depth);
        }
        if self.shifted {
            self.open.shift(false);
        }
        drop(self.place.take());
    }
}

impl Deref for Transaction {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

#[async_trait::async_trait]
impl TransactionSession for Transaction {
    async fn commit(self) -> Result<(), DbErr> {
        self.keep().await.map_err(|error| match error {
            Error::Database(error) => error,
            other => DbErr::Custom(other.to_string()),
        })
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.end("ROLLBACK").await
    }
}

/// In `SeaORM`'s words, which know a level more.
fn opening(isolation: Option<IsolationLevel>, access: Option<AccessMode>) -> Opening {
    Opening {
        isolation: isolation.map(|isolation| match isolation {
            // PostgreSQL takes the first for the second.
            IsolationLevel::ReadUncommitted | IsolationLevel::ReadCommitted => {
                Isolation::ReadCommitted
            }
            IsolationLevel::RepeatableRead => Isolation::RepeatableRead,
            IsolationLevel::Serializable => Isolation::Serializable,
        }),
        read_only: access == Some(AccessMode::ReadOnly),
        locals: Vec::new(),
    }
}

#[async_trait::async_trait]
impl TransactionTrait for Db {
    type Transaction = Transaction;

    async fn begin(&self) -> Result<Transaction, DbErr> {
        Transaction::open(self, Opening::default()).await
    }

    async fn begin_with_config(
        &self,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<Transaction, DbErr> {
        let opening = opening(isolation, access);
        self.check_opening(&opening)
            .map_err(|error| DbErr::Custom(error.to_string()))?;
        Transaction::open(self, opening).await
    }

    /// `SQLite` begins as it always does here: `IMMEDIATE`, or `DEFERRED` for one that only reads.
    async fn begin_with_options(
        &self,
        options: sea_orm::TransactionOptions,
    ) -> Result<Transaction, DbErr> {
        self.begin_with_config(options.isolation_level, options.access_mode)
            .await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        self.transaction_with_config(callback, None, None).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        let transaction = self
            .begin_with_config(isolation, access)
            .await
            .map_err(TransactionError::Connection)?;
        match callback(&transaction).await {
            Ok(done) => {
                let kept = transaction.commit().await;
                kept.map(|()| done).map_err(TransactionError::Connection)
            }
            Err(error) => {
                transaction.undo().await;
                Err(TransactionError::Transaction(error))
            }
        }
    }
}

#[async_trait::async_trait]
impl TransactionTrait for Transaction {
    type Transaction = Self;

    async fn begin(&self) -> Result<Self, DbErr> {
        self.db.begin().await
    }

    async fn begin_with_config(
        &self,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<Self, DbErr> {
        self.db.begin_with_config(isolation, access).await
    }

    async fn begin_with_options(
        &self,
        options: sea_orm::TransactionOptions,
    ) -> Result<Self, DbErr> {
        self.db.begin_with_options(options).await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        TransactionTrait::transaction(&self.db, callback).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        self.db
            .transaction_with_config(callback, isolation, access)
            .await
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection itself: what comes here has passed the door, or is the application's own"
)]
#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.db.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.db.query_all_raw(statement).await
    }

    fn support_returning(&self) -> bool {
        true
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection itself: what comes here has passed the door, or is the application's own"
)]
impl StreamTrait for Transaction {
    type Stream<'a> = RowStream;

    fn get_database_backend(&self) -> DbBackend {
        self.db.backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<RowStream, DbErr>> + 'a + Send>> {
        self.db.stream_raw(statement)
    }
}
