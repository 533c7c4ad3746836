//! What the benchmarks have in common: a server of their own, its rows, and how time is counted.

mod draw;
pub(crate) mod ids;
mod machine;
pub(crate) mod models;
mod progress;
pub(crate) mod server;
pub(crate) mod sql;

pub(crate) use draw::Draw;
pub(crate) use ids::{Kind, id, token};
pub(crate) use machine::{cpu, float, median, micros, report};
pub(crate) use progress::bar;

/// What a benchmark fails with.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
