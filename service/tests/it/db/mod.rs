//! The connection type, the configuration, time and randomness.

mod config;
mod pool;
mod schema;
mod sources;
mod transactions;
mod writers;
