//! What is to hold, and whether it does.

use serde::Serialize;

use crate::report::Report;

/// No more than its limit.
#[derive(Serialize)]
pub(crate) struct Bound {
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) limit: f64,
    pub(crate) holds: bool,
}

impl Bound {
    fn most(what: impl Into<String>, value: f64, limit: f64) -> Self {
        Self {
            what: what.into(),
            value,
            limit,
            holds: value <= limit,
        }
    }
}

/// Those of all that was measured.
pub(crate) fn of(report: &Report) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for grown in &report.growth {
        let of = format!(
            "{}, {} rows to {}",
            grown.operation, grown.rows[1], grown.rows[0]
        );
        bounds.push(Bound::most(format!("{of}: p50"), grown.p50_ratio, 1.5));
        if let Some(ratio) = grown.server_cpu_ratio {
            bounds.push(Bound::most(format!("{of}: server CPU"), ratio, 1.5));
        }
    }
    if let Some(floor) = &report.floor {
        bounds.push(Bound::most(
            "tenant.transaction: round trips more than the statement's",
            floor.more_round_trips,
            2.0,
        ));
    }
    if let Some(memory) = &report.memory {
        bounds.push(Bound::most("peak resident memory, MiB", memory.peak, 32.0));
    }
    if let Some(cold) = &report.cold {
        bounds.push(Bound::most("cold start, ms", cold.median, 20.0));
    }
    bounds
}
