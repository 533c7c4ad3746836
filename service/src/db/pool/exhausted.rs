//! Waiting in vain.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, RuntimeErr};

/// Nothing came free in the time to wait ([`Config::acquire_timeout`](crate::Config::acquire_timeout)): what was waited
/// for, and how things stood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoConnection {
    /// What was waited for.
    pub awaited: Awaited,
    /// How long.
    pub waited: Duration,
    /// Connections in use.
    pub in_use: usize,
    /// Others who wait for one.
    pub waiting: usize,
    /// Most connections at once.
    pub max: usize,
    /// Why the server lets nobody in, where that was the reason.
    pub refusal: Option<String>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Awaited {
    /// A connection of the pool.
    Connection,
    /// The turn to write: `SQLite` has one writer at a time.
    Writer,
    /// The end of another savepoint, or of a stream, on the same transaction.
    Transaction,
}

impl fmt::Display for NoConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.awaited {
            Awaited::Connection => "no connection came free",
            Awaited::Writer => "the turn to write did not come",
            Awaited::Transaction => "the transaction did not come free",
        })?;
        write!(
            f,
            " within {} s: {} of {} connections in use, {} more waiting",
            self.waited.as_secs_f64(),
            self.in_use,
            self.max,
            self.waiting
        )?;
        match &self.refusal {
            Some(refusal) => write!(f, "; the server refuses new ones: {refusal}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NoConnection {}

impl NoConnection {
    /// As the connection's traits return it.
    pub(in crate::db) fn into_db_err(self) -> DbErr {
        let error = SqlxError::Io(io::Error::new(io::ErrorKind::TimedOut, self));
        DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
    }

    /// Finds it again.
    pub(crate) fn of(error: &DbErr) -> Option<&Self> {
        let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else {
            return None;
        };
        let SqlxError::Io(error) = &**error else {
            return None;
        };
        error.get_ref()?.downcast_ref()
    }
}
