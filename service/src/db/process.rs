//! The instance that a process shares, and its end.

use tokio::sync::{Mutex, OnceCell};

use super::{Db, On};
use crate::config::Config;
use crate::error::Result;

static SHARED: Mutex<OnceCell<Db>> = Mutex::const_new(OnceCell::const_new());

impl Db {
    /// The instance of this process, connected as the environment says ([`Config::from_env`]) when it is first asked
    /// for. For programs that would rather not pass a [`Db`] around.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`] and [`Db::connect`]; the next call tries again.
    pub async fn shared() -> Result<Self> {
        let cell = SHARED.lock().await;
        // Connecting takes a large future, and happens once: callers need not carry it about.
        cell.get_or_try_init(|| async { Box::pin(Self::connect(Config::from_env()?)).await })
            .await
            .cloned()
    }

    /// Closes the instance of this process, if there is one. A later [`Db::shared`] connects anew.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database) where a connection cannot be closed.
    pub async fn close_shared() -> Result<()> {
        // Others may ask for it while it closes: they are not kept waiting.
        let db = SHARED.lock().await.take();
        match db {
            Some(db) => db.close().await,
            None => Ok(()),
        }
    }

    /// Closes the pool: work in flight is finished, new work is refused, on every clone, and it returns when the last
    /// connection is closed. Nothing for a transaction.
    ///
    /// # Errors
    ///
    /// None at present: a connection that cannot be closed as it should be is dropped.
    pub async fn close(self) -> Result<()> {
        if matches!(self.on, On::Pool) {
            if let Some(wall) = &self.shared.wall {
                wall.pool().close().await;
            }
            self.shared.pool.close().await;
        }
        Ok(())
    }
}
