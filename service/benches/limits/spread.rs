//! How long it took, of many.

use crate::common::micros;

/// In µs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spread {
    /// Half of them took no longer.
    pub(crate) p50: f64,
    /// 99 in 100 took no longer.
    pub(crate) p99: f64,
}

impl Spread {
    pub(crate) fn of(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        let last = nanoseconds.len().saturating_sub(1);
        let at = |percent: usize| nanoseconds.get(last * percent / 100).copied();
        let at = |percent| at(percent).map_or(0.0, micros);
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}
