//! Removing for good what nobody needs any more.

mod ended;
mod few;
mod rows;
mod tables;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::Retention;
use crate::audit;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::value::instant;

/// Most rows that one transaction removes.
const MAX_BATCH: u64 = 10_000;

/// How far a purge has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// The table it is at.
    pub table: &'static str,
    /// How many rows of it were removed so far.
    pub removed: u64,
    /// How many stay so far, as something refers to them that stays, or somebody holds them.
    pub kept: u64,
}

/// What a purge has done.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Purged {
    /// How many rows of each table were removed; tables without any are left out.
    pub removed: BTreeMap<&'static str, u64>,
    /// How many rows stay that were deleted long enough ago: a row that stays refers to them, often one of an application's
    /// own tables, or somebody held them at that moment. The next purge tries again.
    pub kept: BTreeMap<&'static str, u64>,
}

impl Purged {
    /// How many rows were removed of all tables.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.removed.values().sum()
    }
}

/// What ended before these instants goes; `None`: nothing of the kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cutoffs {
    deleted: Option<DateTime<FixedOffset>>,
    sessions: Option<DateTime<FixedOffset>>,
    tokens: Option<DateTime<FixedOffset>>,
    invitations: Option<DateTime<FixedOffset>>,
    throttles: Option<DateTime<FixedOffset>>,
    audit: Option<DateTime<FixedOffset>>,
}

impl Cutoffs {
    /// Everything that ended before the instant, but for the audit. What is to end later has not ended yet.
    pub(super) fn at(db: &Db, older_than: DateTime<Utc>) -> Result<Self> {
        let all = Some(instant("older_than", older_than.min(db.clock().now()))?);
        Ok(Self {
            deleted: all,
            sessions: all,
            tokens: all,
            invitations: all,
            throttles: all,
            audit: None,
        })
    }

    pub(super) fn of(db: &Db, retention: &Retention) -> Self {
        let now = db.clock().now();
        let before = |days: Option<u32>| {
            let then = now.checked_sub_days(chrono::Days::new(days?.into()))?;
            // Nothing is so old that it would be earlier than what a database can tell.
            instant("retention", then).ok()
        };
        Self {
            deleted: before(retention.deleted_rows),
            sessions: before(retention.ended_sessions),
            tokens: before(retention.ended_tokens),
            invitations: before(retention.ended_invitations),
            throttles: before(retention.throttles),
            audit: before(retention.audit),
        }
    }
}

/// A purge under way.
pub(super) struct Run<'a> {
    db: &'a Db,
    batch: u64,
    /// What its events have in common.
    id: Uuid,
    progress: &'a mut (dyn FnMut(&Progress) + Send),
    done: Purged,
}

impl Run<'_> {
    fn removed(&mut self, table: &'static str, rows: u64) {
        self.tell(table, rows, 0);
    }

    fn kept(&mut self, table: &'static str, rows: u64) {
        self.tell(table, 0, rows);
    }

    fn tell(&mut self, table: &'static str, removed: u64, kept: u64) {
        if removed > 0 {
            *self.done.removed.entry(table).or_default() += removed;
        }
        if kept > 0 {
            *self.done.kept.entry(table).or_default() += kept;
        }
        if removed > 0 || kept > 0 {
            let of = |counts: &BTreeMap<_, _>| counts.get(table).copied().unwrap_or_default();
            (self.progress)(&Progress {
                table,
                removed: of(&self.done.removed),
                kept: of(&self.done.kept),
            });
        }
    }
}

pub(super) async fn purge(
    db: &Db,
    cutoffs: Cutoffs,
    batch: u64,
    progress: &mut (dyn FnMut(&Progress) + Send),
) -> Result<Purged> {
    if !(1..=MAX_BATCH).contains(&batch) {
        return Err(Error::invalid("batch", format!("is not 1 to {MAX_BATCH}")));
    }
    let mut run = Run {
        db,
        batch,
        id: db.new_id(),
        progress,
        done: Purged::default(),
    };
    ended::purge(&mut run, &cutoffs).await?;
    if let Some(before) = cutoffs.deleted {
        for doomed in &tables::DOOMED {
            rows::purge(&mut run, doomed, before).await?;
        }
    }
    if let Some(before) = cutoffs.audit {
        retire(&mut run, before.to_utc()).await?;
    }
    Ok(run.done)
}

/// The oldest stretch of each chain of the audit; each tells of it itself.
async fn retire(run: &mut Run<'_>, before: DateTime<Utc>) -> Result<()> {
    let mut place = None;
    while let Some((retired, next)) = audit::retire(run.db, before, run.batch, place).await? {
        run.removed("audit_events", retired);
        place = next;
    }
    Ok(())
}
