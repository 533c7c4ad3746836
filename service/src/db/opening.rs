//! How a transaction opens.

use std::fmt::{self, Write as _};

use super::pool::Address;

/// What a transaction sees of others that run at the same time. `SQLite` always gives the last, whatever is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// All statements see what was committed before the first of them.
    RepeatableRead,
    /// As if transactions ran one after the other.
    Serializable,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        })
    }
}

/// How a transaction is to be: [`Db::transaction_with`](crate::Db::transaction_with).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionOptions {
    /// What it sees of others. `None`: as the database is set, by default [`Isolation::ReadCommitted`].
    pub isolation: Option<Isolation>,
    /// Whether it may only read: a write in it is an error. On `SQLite` it then waits for no writer.
    pub read_only: bool,
    /// How often the work is done at most, where it ends in a deadlock or a conflict with another transaction (`SQLSTATE`
    /// 40P01, 40001; on `SQLite` a database that is busy). 1 and more.
    pub attempts: u32,
}

impl Default for TransactionOptions {
    /// As the database is set, reading and writing, one attempt.
    fn default() -> Self {
        Self {
            isolation: None,
            read_only: false,
            attempts: 1,
        }
    }
}

impl TransactionOptions {
    /// Serializable, and tried up to `attempts` times: what reads and then writes depending on it.
    #[must_use]
    pub fn serializable(attempts: u32) -> Self {
        Self {
            isolation: Some(Isolation::Serializable),
            attempts,
            ..Self::default()
        }
    }

    /// Only reads, all of it as of one moment.
    #[must_use]
    pub fn snapshot() -> Self {
        Self {
            isolation: Some(Isolation::RepeatableRead),
            read_only: true,
            ..Self::default()
        }
    }
}

/// What a transaction opens with, in one round trip.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) isolation: Option<Isolation>,
    pub(crate) read_only: bool,
    /// What holds until its end, as `SET LOCAL` takes it: `app.application_id = '…'`. On `PostgreSQL` alone. It is SQL:
    /// nothing that a caller has written belongs here.
    pub(crate) locals: Vec<String>,
}

impl Opening {
    pub(super) fn of(options: TransactionOptions) -> Self {
        Self {
            isolation: options.isolation,
            read_only: options.read_only,
            locals: Vec::new(),
        }
    }

    /// Whether it takes the turn to write, where one writes at a time.
    pub(super) fn writes(&self) -> bool {
        !self.read_only
    }

    /// Whether the connection itself has to be told that nothing may be written.
    pub(super) fn marks_connection(&self, address: &Address) -> bool {
        self.read_only && matches!(address, Address::Sqlite { .. })
    }

    /// The text of it.
    pub(super) fn batch(&self, address: &Address) -> String {
        match address {
            Address::Sqlite { .. } if self.read_only => "BEGIN; PRAGMA query_only = ON".to_owned(),
            // What was read cannot change before it is written: a transaction that begins by reading would fail where
            // another one has written meanwhile.
            Address::Sqlite { .. } => "BEGIN IMMEDIATE".to_owned(),
            Address::Postgres { session, .. } => {
                let mut batch = "BEGIN".to_owned();
                if let Some(isolation) = self.isolation {
                    let _ = write!(batch, " ISOLATION LEVEL {isolation}");
                }
                if self.read_only {
                    batch.push_str(" READ ONLY");
                }
                if session.pooled {
                    for setting in session.settings() {
                        let _ = write!(batch, "; SET LOCAL {setting}");
                    }
                }
                for local in &self.locals {
                    let _ = write!(batch, "; SET LOCAL {local}");
                }
                batch
            }
        }
    }
}
