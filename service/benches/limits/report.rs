//! What was measured, as it is kept.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::bounds::Bound;
use crate::common::{self, Outcome};

/// A whole run; what was left out is empty.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    /// Processors of the machine, shared by client and server.
    pub(crate) processors: usize,
    pub(crate) postgres: String,
    /// What differs from the server's defaults; the memory for growth alone is the more, the more rows there are.
    pub(crate) settings: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) window_ms: u128,
    pub(crate) growth: Vec<Grown>,
    pub(crate) writers: Vec<Writing>,
    pub(crate) floor: Option<FloorCost>,
    pub(crate) memory: Option<Memory>,
    pub(crate) cold: Option<Cold>,
    pub(crate) bounds: Vec<Bound>,
}

/// An operation with few rows and with many; pairs are of the two. Ratios are medians of those of the rounds.
#[derive(Serialize)]
pub(crate) struct Grown {
    pub(crate) operation: String,
    pub(crate) rows: [usize; 2],
    /// In µs.
    pub(crate) p50: [f64; 2],
    pub(crate) p50_ratio: f64,
    /// CPU time of the server for each, in µs; `None`: unknown.
    pub(crate) server_cpu: [Option<f64>; 2],
    pub(crate) server_cpu_ratio: Option<f64>,
    /// What the medians are of.
    pub(crate) few: Vec<Round>,
    pub(crate) many: Vec<Round>,
}

/// One round of an operation on one side, in µs.
#[derive(Serialize)]
pub(crate) struct Round {
    pub(crate) p50: f64,
    /// CPU time of this process for each.
    pub(crate) client_cpu: f64,
    pub(crate) server_cpu: Option<f64>,
}

/// So many writers at once.
#[derive(Serialize)]
pub(crate) struct Writing {
    /// Into so many applications.
    pub(crate) applications: usize,
    pub(crate) writers: usize,
    pub(crate) audit: bool,
    pub(crate) per_second: f64,
    /// In µs.
    pub(crate) p50: f64,
    /// In µs.
    pub(crate) p99: f64,
}

/// What a tenant's transaction of one statement costs.
#[derive(Serialize)]
pub(crate) struct FloorCost {
    pub(crate) ways: Vec<Way>,
    /// Than the statement alone.
    pub(crate) more_round_trips: f64,
    /// Its median to that of the statement alone, through ours.
    pub(crate) to_alone: f64,
    /// To `BEGIN`, the statement and `COMMIT` through tokio-postgres.
    pub(crate) to_hand: f64,
    /// To the same with the floor's settings.
    pub(crate) to_hand_floor: f64,
}

/// One way to read a row.
#[derive(Serialize)]
pub(crate) struct Way {
    pub(crate) title: String,
    pub(crate) round_trips: f64,
    /// In µs.
    pub(crate) p50: f64,
    /// In µs.
    pub(crate) p99: f64,
}

/// Resident memory of a process that has much to do, in MiB.
#[derive(Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) at_once: usize,
    pub(crate) connections: u32,
    pub(crate) operations: usize,
    /// Before it connected.
    pub(crate) before: f64,
    pub(crate) peak: f64,
}

/// From the start of a process to its first answer, in ms.
#[derive(Serialize)]
pub(crate) struct Cold {
    pub(crate) starts: usize,
    pub(crate) median: f64,
    pub(crate) slowest: f64,
    /// The median of what passed in it: since its `main` had a runtime.
    pub(crate) inside: f64,
    /// The median of a process that does nothing, start to end.
    pub(crate) bare: f64,
}

impl Report {
    /// Keeps it in `target/bench/limits.json`.
    pub(crate) fn write(&self) -> Outcome<()> {
        let path = common::report("limits.json");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, serde_json::to_vec_pretty(self)?)?)
    }
}
