//! How long to wait before something is tried again.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Pauses that grow, none of two processes quite alike.
pub(crate) struct Pause {
    next: Duration,
    longest: Duration,
}

impl Pause {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            next: first,
            longest,
        }
    }

    /// Half of the pause at least: those who began together do not come back together.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        let nanos = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos());
        pause / 2 + (pause / 2).mul_f64(f64::from(nanos % 1000) / 1000.0)
    }
}
