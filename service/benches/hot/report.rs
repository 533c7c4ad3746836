//! What was measured, as it is kept: medians of the rounds, and medians of each round's ratio to the reference.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::common::median;
use crate::measure::Window;
use crate::operation::{Operation, Outcome};

/// What others are compared with.
pub(crate) const REFERENCES: [&str; 2] = ["tokio-postgres", "rusqlite"];
/// What others are compared with besides.
pub(crate) const PLAIN: &str = "SeaORM";

/// A whole run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Processors of the machine, shared by client and server.
    pub(crate) processors: usize,
    /// Of the server; empty: there was none.
    pub(crate) postgres: String,
    /// What differs from the server's defaults.
    pub(crate) settings: Vec<String>,
    /// The cluster that ours was measured on besides; empty: there was none.
    #[serde(default)]
    pub(crate) citus: String,
    /// Of `SQLite`; empty: it was left out.
    pub(crate) sqlite: String,
    pub(crate) rounds: usize,
    pub(crate) window_ms: u128,
    pub(crate) cells: Vec<Cell>,
    /// Sixteen who write to `SQLite` at once, through ours.
    pub(crate) writers: Option<Writers>,
}

/// Where it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    Postgres,
    /// Commits wait for the disk.
    PostgresDisk,
    Sqlite,
}

/// One operation through one stack, by so many workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) part: Part,
    /// Its key: `a` to `f`.
    pub(crate) operation: String,
    pub(crate) title: String,
    pub(crate) workers: usize,
    pub(crate) stack: String,
    /// Operations in a second.
    pub(crate) per_second: f64,
    /// The same, as a part of the reference: tokio-postgres, or rusqlite. Like all ratios the median of those of the rounds;
    /// `None`: the reference was left out.
    pub(crate) ratio: Option<f64>,
    /// The same, as a part of plain `SeaORM`.
    pub(crate) seaorm_ratio: Option<f64>,
    /// In µs.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p99_ratio: Option<f64>,
    /// CPU time of the client for each, in µs.
    pub(crate) client_cpu: f64,
    pub(crate) client_cpu_ratio: Option<f64>,
    /// CPU time of the server for each, in µs.
    pub(crate) server_cpu: Option<f64>,
    pub(crate) server_cpu_ratio: Option<f64>,
    /// Of one operation; `None`: there is no server, or they were not counted.
    pub(crate) round_trips: Option<f64>,
    /// What the medians are of, in the order of the rounds.
    pub(crate) windows: Vec<Window>,
}

/// What many writers met.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Writers {
    pub(crate) at_once: usize,
    pub(crate) seconds: f64,
    pub(crate) writes: usize,
    /// How many were refused since the database was locked.
    pub(crate) locked: usize,
    /// In ms.
    pub(crate) p99: f64,
    /// In ms.
    pub(crate) slowest: f64,
}

/// What was measured of a cell, before it is compared.
pub(crate) struct Measured {
    pub(crate) part: Part,
    pub(crate) operation: Operation,
    pub(crate) workers: usize,
    pub(crate) stack: &'static str,
    pub(crate) round_trips: Option<f64>,
    pub(crate) windows: Vec<Window>,
}

impl Report {
    /// Adds what was measured, each compared with the reference of the same operation and workers.
    pub(crate) fn add(&mut self, measured: &[Measured]) {
        let same = |this: &Measured, stacks: &[&str]| {
            let reference = measured.iter().find(|other| {
                other.part == this.part
                    && other.operation == this.operation
                    && other.workers == this.workers
                    && stacks.contains(&other.stack)
            });
            reference.map(|reference| reference.windows.as_slice())
        };
        let cells: Vec<_> = measured
            .iter()
            .filter(|this| !this.windows.is_empty())
            .map(|this| cell(this, same(this, &REFERENCES), same(this, &[PLAIN])))
            .collect();
        self.cells.extend(cells);
    }

    /// How many times as fast a cell is as another stack at the same, the median of the rounds; `None`: that was left out.
    pub(crate) fn times(&self, cell: &Cell, stack: &str) -> Option<f64> {
        let other = self.cells.iter().find(|other| {
            other.part == cell.part
                && other.operation == cell.operation
                && other.workers == cell.workers
                && other.stack == stack
        })?;
        let both = cell.windows.iter().zip(&other.windows);
        median(both.map(|(this, other)| this.per_second / other.per_second))
    }

    /// Where it is kept: `target/bench/hot.json`.
    pub(crate) fn path() -> PathBuf {
        crate::common::report("hot.json")
    }

    pub(crate) fn write(&self) -> Outcome<()> {
        let path = Self::path();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, serde_json::to_vec_pretty(self)?)?)
    }

    pub(crate) fn read() -> Outcome<Self> {
        Ok(serde_json::from_slice(&fs::read(Self::path())?)?)
    }
}

fn cell(this: &Measured, reference: Option<&[Window]>, plain: Option<&[Window]>) -> Cell {
    let windows = &this.windows;
    let of = |value: fn(&Window) -> Option<f64>| median(windows.iter().filter_map(value));
    let over = |other: Option<&[Window]>, value: fn(&Window) -> Option<f64>| {
        let other = other?;
        let both = windows.iter().zip(other);
        median(both.filter_map(|(this, other)| Some(value(this)? / value(other)?)))
    };
    Cell {
        part: this.part,
        operation: this.operation.key().into(),
        title: this.operation.title().into(),
        workers: this.workers,
        stack: this.stack.into(),
        per_second: of(|window| Some(window.per_second)).unwrap_or_default(),
        ratio: over(reference, |window| Some(window.per_second)),
        seaorm_ratio: over(plain, |window| Some(window.per_second)),
        p50: of(|window| Some(window.p50)).unwrap_or_default(),
        p99: of(|window| Some(window.p99)).unwrap_or_default(),
        p99_ratio: over(reference, |window| Some(window.p99)),
        client_cpu: of(|window| Some(window.client_cpu)).unwrap_or_default(),
        client_cpu_ratio: over(reference, |window| Some(window.client_cpu)),
        server_cpu: of(|window| window.server_cpu),
        server_cpu_ratio: over(reference, |window| window.server_cpu),
        round_trips: this.round_trips,
        windows: windows.clone(),
    }
}
