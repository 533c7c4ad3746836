//! How guessing is slowed down.

use std::time::Duration;

use crate::error::{Error, Result};

/// How guessing of passwords is slowed down. Attempts that do not succeed are counted in the database, in three ways at
/// once; each count has a [`Limit`] of its own.
///
/// A stranger who guesses at an account from one place is soon held up there, and nobody else is: of what comes from one
/// place, no more counts against the account than is free. Many places together hold up the account for a short while
/// at most, and not where its owner has signed in before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Throttling {
    /// On one account from one source. Default: 5 free, then 1 s, doubled each time, up to 15 min; forgotten after a day.
    pub account_source: Limit,
    /// From one source, whatever the account. Default: 50 free, then 1 s, doubled each time, up to 15 min; forgotten after
    /// an hour.
    pub source: Limit,
    /// On one account, whatever the source, unless it has signed in from there before. Default: 50 free, then 1 s, doubled
    /// each time, up to 1 min; forgotten after a day.
    pub account: Limit,
    /// How long a source is known after an account signed in from there. Default: 30 days.
    pub trust: Duration,
}

/// How many attempts are free, and how long whoever made more is held up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// Attempts that do not succeed before the first wait, 1 to 1,000.
    pub free: u32,
    /// The first wait, a second at least; it doubles with each attempt.
    pub first_wait: Duration,
    /// The longest wait, a day at most.
    pub longest_wait: Duration,
    /// How long after the last attempt all is forgotten, 30 days at most, and not before the longest wait is over.
    pub forgotten_after: Duration,
}

const DAY: Duration = Duration::from_hours(24);

impl Default for Throttling {
    fn default() -> Self {
        let limit = |free, longest_wait, forgotten_after| Limit {
            free,
            first_wait: Duration::from_secs(1),
            longest_wait,
            forgotten_after,
        };
        Self {
            account_source: limit(5, Duration::from_mins(15), DAY),
            source: limit(50, Duration::from_mins(15), Duration::from_hours(1)),
            account: limit(50, Duration::from_mins(1), DAY),
            trust: 30 * DAY,
        }
    }
}

impl Throttling {
    pub(crate) fn check(&self) -> Result<()> {
        for limit in [&self.account_source, &self.source, &self.account] {
            limit.check()?;
        }
        if self.trust > 400 * DAY {
            return Err(refused("trusts a source for more than 400 days"));
        }
        Ok(())
    }
}

impl Limit {
    fn check(&self) -> Result<()> {
        if !(1..=1000).contains(&self.free) {
            return Err(refused("has a limit whose free attempts are not 1 to 1000"));
        }
        if self.first_wait < Duration::from_secs(1)
            || self.longest_wait < self.first_wait
            || self.longest_wait > DAY
        {
            return Err(refused(
                "has a limit whose waits are not 1 s to a day, the first no longer than the longest",
            ));
        }
        if self.forgotten_after < self.longest_wait || self.forgotten_after > 30 * DAY {
            return Err(refused(
                "has a limit that is forgotten before its longest wait, or after more than 30 days",
            ));
        }
        Ok(())
    }

    /// How long whoever has made `failures` attempts is held up; `None`: not at all.
    pub(super) fn wait(&self, failures: u64) -> Option<Duration> {
        let beyond = failures.checked_sub(u64::from(self.free))?;
        let doubled = u32::try_from(beyond)
            .ok()
            .and_then(|times| 2_u32.checked_pow(times))
            .and_then(|factor| self.first_wait.checked_mul(factor));
        Some(doubled.map_or(self.longest_wait, |wait| wait.min(self.longest_wait)))
    }
}

fn refused(reason: &str) -> Error {
    Error::Config {
        setting: "throttling",
        reason: reason.to_owned(),
    }
}
