//! Transactions: what is done inside one is done whole or not at all.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnAcquireErr, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{Mutex, OwnedMutexGuard, RwLock, RwLockReadGuard};

use super::{Db, Link, connection};
use crate::audit::{self, Pending};
use crate::error::Error;

/// A transaction that is open until it is taken out to be ended. Clones of its [`Db`] that outlive it find nothing.
pub(super) struct Open {
    session: RwLock<Option<DatabaseTransaction>>,
    /// Savepoints are numbered by their depth: of those directly inside this transaction one at a time may be open.
    savepoint: Arc<Mutex<()>>,
    /// The events that the outermost transaction writes when it commits.
    pending: Pending,
}

impl Open {
    fn new(transaction: DatabaseTransaction, pending: Pending) -> Self {
        Self {
            session: RwLock::new(Some(transaction)),
            savepoint: Arc::default(),
            pending,
        }
    }

    pub(super) fn pending(&self) -> &Pending {
        &self.pending
    }

    /// The place of the one savepoint, once it is free.
    async fn savepoint(&self, timeout: Duration) -> Result<OwnedMutexGuard<()>, DbErr> {
        tokio::time::timeout(timeout, Arc::clone(&self.savepoint).lock_owned())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }

    pub(super) async fn session(&self) -> RwLockReadGuard<'_, Option<DatabaseTransaction>> {
        self.session.read().await
    }

    async fn take(&self) -> Result<DatabaseTransaction, DbErr> {
        self.session
            .write()
            .await
            .take()
            .ok_or_else(connection::ended)
    }
}

/// Ends the transaction of work that panicked or was dropped half-way, also where a clone of its [`Db`] lives on.
struct Abandoned {
    open: Arc<Open>,
    /// Its place in the transaction around it, kept until it has ended.
    place: Option<OwnedMutexGuard<()>>,
    /// How many events were pending when it began: those that came since go with what they tell.
    pending: usize,
    kept: bool,
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        if !self.kept {
            self.open.pending.truncate(self.pending);
        }
        if let Ok(mut transaction) = self.open.session.try_write() {
            // Dropping it rolls back; nothing is left here where it was ended as it should be.
            transaction.take();
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // The clone is in the middle of a statement.
            let open = Arc::clone(&self.open);
            let place = self.place.take();
            runtime.spawn(async move {
                drop(open.session.write().await.take());
                drop(place);
            });
        }
    }
}

impl Db {
    /// Runs `work` in a transaction: all that it does through the [`Db`] it is given is kept if it returns `Ok`, and
    /// undone if it returns an error, panics or is dropped half-way.
    ///
    /// Inside a transaction it is a savepoint: an error undoes `work` alone. Of those that are begun on one [`Db`] at the
    /// same time, one waits for the other. What is run meanwhile on the [`Db`] around it falls inside the open savepoint
    /// and is undone with it; to begin another one there from within `work` would be to wait for oneself, until the time
    /// to wait for a connection is over. So `work` uses the [`Db`] it is given.
    ///
    /// On `SQLite` it is a writing transaction from its first statement on (`BEGIN IMMEDIATE`): what it read cannot
    /// change before it writes.
    ///
    /// The audit's events of what the verbs did inside are written just before the outermost one commits.
    ///
    /// # Errors
    ///
    /// What `work` returns, and [`Error::Database`] where the transaction cannot begin or end.
    pub async fn transaction<T, E>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let _writer = match &self.link {
            Link::Pool(_) => self.shared.writer().await.map_err(Error::from)?,
            Link::Transaction(_) => None,
        };
        let place = match &self.link {
            Link::Pool(_) => None,
            Link::Transaction(around) => Some(
                around
                    .savepoint(self.shared.acquire_timeout)
                    .await
                    .map_err(Error::from)?,
            ),
        };
        let transaction = self.begin().await.map_err(Error::from)?;
        let pending = self.pending().cloned().unwrap_or_default();
        let open = Arc::new(Open::new(transaction, pending));
        let mut abandoned = Abandoned {
            pending: open.pending.len(),
            open: Arc::clone(&open),
            place,
            kept: false,
        };
        let inside = Self {
            link: Link::Transaction(Arc::clone(&open)),
            actor: self.actor.clone(),
            shared: Arc::clone(&self.shared),
        };
        let mut done = work(&inside).await;
        if done.is_ok()
            && matches!(self.link, Link::Pool(_))
            && let Err(error) = audit::flush(&inside).await
        {
            done = Err(error.into());
        }
        let transaction = open.take().await.map_err(Error::from)?;
        let result = match done {
            Ok(done) => {
                self.observe("COMMIT");
                let committed = transaction.commit().await;
                abandoned.kept = committed.is_ok();
                committed.map(|()| Ok(done))
            }
            Err(error) => {
                self.observe("ROLLBACK");
                transaction.rollback().await.map(|()| Err(error))
            }
        };
        result.map_err(Error::from)?
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: self
                .shared
                .writer
                .is_some()
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        match &self.link {
            Link::Pool(pool) => {
                self.observe("BEGIN");
                pool.begin_with_options(options).await
            }
            Link::Transaction(open) => {
                self.observe("SAVEPOINT");
                match &*open.session().await {
                    Some(transaction) => transaction.begin().await,
                    None => Err(connection::ended()),
                }
            }
        }
    }
}
