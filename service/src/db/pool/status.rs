//! What a pool says about itself.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::Core;

/// A pool at one moment, and what it has done since it was made. Numbers that change while they are read may not add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Most connections at once.
    pub max: usize,
    /// Connections that are open.
    pub size: usize,
    /// Of those, how many wait to be used.
    pub idle: usize,
    /// Of those, how many are in use, or are being brought back into order after work that was dropped half-way.
    pub in_use: usize,
    /// Callers that wait for a connection.
    pub waiting: usize,
    /// Connections made so far.
    pub connects: u64,
    /// Connections closed so far, for whatever reason.
    pub closed: u64,
    /// How often a connection was brought back into order after work that was dropped half-way.
    pub salvaged: u64,
    /// Connections lost: they failed, or could not be brought back into order in time.
    pub lost: u64,
    /// How often somebody waited for a connection in vain.
    pub timeouts: u64,
}

#[derive(Default)]
pub(super) struct Gauges {
    pub(super) open: AtomicUsize,
    pub(super) in_use: AtomicUsize,
    pub(super) waiting: AtomicUsize,
    pub(super) connects: AtomicU64,
    pub(super) closed: AtomicU64,
    pub(super) salvaged: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) timeouts: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Core {
    pub(in crate::db) fn status(&self) -> PoolStatus {
        let gauges = &self.gauges;
        let size = gauges.open.load(Ordering::Relaxed);
        let in_use = gauges.in_use.load(Ordering::Relaxed);
        PoolStatus {
            max: self.max,
            size,
            idle: size.saturating_sub(in_use),
            in_use,
            waiting: gauges.waiting.load(Ordering::Relaxed),
            connects: gauges.connects.load(Ordering::Relaxed),
            closed: gauges.closed.load(Ordering::Relaxed),
            salvaged: gauges.salvaged.load(Ordering::Relaxed),
            lost: gauges.lost.load(Ordering::Relaxed),
            timeouts: gauges.timeouts.load(Ordering::Relaxed),
        }
    }
}

/// One more, for as long as it lives.
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    pub(super) fn new(gauge: &'a AtomicUsize) -> Self {
        gauge.fetch_add(1, Ordering::Relaxed);
        Self(gauge)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
