//! How migrations are run.
use std::time::Duration;

/// How [`up`](super::up) and its like go about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many migrations to run; `None`: all.
    pub limit: Option<u32>,
    /// How long to wait, all in all: for another migrator to end, and for the locks of one migration.
    pub lock_timeout: Duration,
    /// How long one statement may stand in the queue for a table. Whoever comes behind it waits too, so that this is
    /// short; the migration is then tried again, until [`lock_timeout`](Self::lock_timeout) is over.
    pub table_lock_timeout: Duration,
    /// How long one statement may run; `None`: as the server has it. `SQLite` has no such limit.
    pub statement_timeout: Option<Duration>,
    /// Whether a pending migration is applied although a later one is applied already.
    pub out_of_order: bool,
}

impl Default for Options {
    /// All of them, 60 s for all locks, 5 s in the queue for one, no limit for a statement, in order.
    fn default() -> Self {
        Self {
            limit: None,
            lock_timeout: Duration::from_mins(1),
            table_lock_timeout: Duration::from_secs(5),
            statement_timeout: None,
            out_of_order: false,
        }
    }
}
