//! Transactions: what is done inside one is done whole or not at all.

use std::sync::Arc;

use sea_orm::{
    DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::{RwLock, RwLockReadGuard};

use super::{Db, Link, connection};
use crate::error::Error;

/// A transaction that is open until it is taken out to be ended. Clones of its [`Db`] that outlive it find nothing.
pub(super) struct Open(RwLock<Option<DatabaseTransaction>>);

impl Open {
    pub(super) async fn session(&self) -> RwLockReadGuard<'_, Option<DatabaseTransaction>> {
        self.0.read().await
    }

    async fn take(&self) -> Result<DatabaseTransaction, DbErr> {
        self.0.write().await.take().ok_or_else(connection::ended)
    }
}

/// Ends the transaction of work that panicked or was dropped half-way, also where a clone of its [`Db`] lives on.
struct Abandoned(Arc<Open>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Ok(mut transaction) = self.0.0.try_write() {
            // Dropping it rolls back; nothing is left here where it was ended as it should be.
            transaction.take();
        } else if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // The clone is in the middle of a statement.
            let open = Arc::clone(&self.0);
            runtime.spawn(async move { open.0.write().await.take() });
        }
    }
}

impl Db {
    /// Runs `work` in a transaction: all that it does through the [`Db`] it is given is kept if it returns `Ok`, and
    /// undone if it returns an error, panics or is dropped half-way.
    ///
    /// Inside a transaction it is a savepoint: an error undoes `work` alone.
    ///
    /// On `SQLite` it is a writing transaction from its first statement on (`BEGIN IMMEDIATE`): what it read cannot
    /// change before it writes.
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
        let open = Arc::new(Open(RwLock::new(Some(
            self.begin().await.map_err(Error::from)?,
        ))));
        let _abandoned = Abandoned(Arc::clone(&open));
        let inside = Self {
            link: Link::Transaction(Arc::clone(&open)),
            shared: Arc::clone(&self.shared),
        };
        let done = work(&inside).await;
        let transaction = open.take().await.map_err(Error::from)?;
        let result = match done {
            Ok(done) => {
                self.observe("COMMIT");
                transaction.commit().await.map(|()| Ok(done))
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
