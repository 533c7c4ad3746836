//! The end of life: what goes for good, and when.

mod purge;
mod retention;
mod sql;

use chrono::{DateTime, Utc};

pub use purge::{Progress, Purged};
pub use retention::Retention;

use crate::db::Db;
use crate::error::Result;
use purge::Cutoffs;

/// The verbs at the end of life. They are those of whoever runs the whole: who may call them is the caller's to decide. Got
/// by [`Db::lifecycle`].
#[derive(Clone, Copy, Debug)]
pub struct Lifecycle<'d>(&'d Db);

impl Db {
    /// The verbs at the end of life: purge, export, erase.
    #[must_use]
    pub fn lifecycle(&self) -> Lifecycle<'_> {
        Lifecycle(self)
    }
}

impl Lifecycle<'_> {
    /// Removes for good all rows that were deleted before `older_than`, and all sessions, verification tokens, invitations
    /// and counts of attempts to sign in that ended before it; returns how many of each table. An instant that is yet to
    /// come counts as now. Of the audit nothing goes: see [`apply_retention`](Self::apply_retention).
    ///
    /// At most `batch` rows (1 to 10,000; 500 is a good choice) go in one transaction, with what hangs on them alone: its
    /// locks are held for a moment, rows that others hold are passed over. `progress` is called after each. Whatever ends it
    /// half-way, what is done is done: call it again and it goes on. Two at once share the work.
    ///
    /// What refers to a row goes before it. Live rows are not touched, but that those that name a user or a member who is
    /// purged name nobody then: a mailbox is shared, and a client was made by nobody. A row that something refers to which
    /// stays is kept, and counted as such: a client with an invoice in a table of the application's own, say. Rows of such
    /// tables that refer by `ON DELETE CASCADE` go with it.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) of `batch` or `older_than`; [`Error::Database`](crate::Error::Database).
    pub async fn purge(
        &self,
        older_than: DateTime<Utc>,
        batch: u64,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Purged> {
        let cutoffs = Cutoffs::at(self.0, older_than)?;
        purge::purge(self.0, cutoffs, batch, &mut progress).await
    }

    /// As [`purge`](Self::purge), by what [`Config::retention`](crate::Config::retention) says of each kind of row, events
    /// of the audit included. To be called once a day or so, by one process or by many.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) of `batch`; [`Error::Database`](crate::Error::Database).
    pub async fn apply_retention(
        &self,
        batch: u64,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Purged> {
        let cutoffs = Cutoffs::of(self.0, &self.0.policy().retention);
        purge::purge(self.0, cutoffs, batch, &mut progress).await
    }
}
