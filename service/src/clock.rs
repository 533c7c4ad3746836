//! Time, injected. The database's own clock decides nothing.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// Gives the current instant, in UTC, to the microsecond; never the same instant twice, never an earlier one.
///
/// Microseconds are what `PostgreSQL` keeps: a finer instant would come back changed. That no two are equal is what
/// lets `updated_at` tell two writes apart, and makes ids made one after the other sort in that order.
///
/// Clones share what they have given.
#[derive(Clone)]
pub struct Clock {
    source: Source,
    last: Arc<AtomicI64>,
}

#[derive(Clone)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self::of(Source::System)
    }

    /// A clock that stands at `start` until it is [moved](Clock::advance). For tests: what expires in an hour does so at once.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self::of(Source::Manual(Arc::new(AtomicI64::new(
            start.timestamp_micros(),
        ))))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            last: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// The current instant; at least one microsecond after the one given before.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let read = self.read();
        let mut given = read;
        // The update cannot fail: the closure always gives a value.
        let _ = self
            .last
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| {
                given = read.max(last.saturating_add(1));
                Some(given)
            });
        DateTime::from_timestamp_micros(given).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Moves a manual clock on by `by`; a system clock goes its own way.
    pub fn advance(&self, by: TimeDelta) {
        if let Source::Manual(micros) = &self.source {
            let by = by.num_microseconds().unwrap_or(i64::MAX);
            let _ = micros.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| {
                Some(now.saturating_add(by))
            });
        }
    }

    fn read(&self) -> i64 {
        match &self.source {
            Source::System => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the one place where the system's clock is read"
                )]
                let now = Utc::now();
                now.timestamp_micros()
            }
            Source::Manual(micros) => micros.load(Ordering::Acquire),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            Source::System => "system",
            Source::Manual(_) => "manual",
        };
        f.debug_tuple("Clock").field(&source).finish()
    }
}
