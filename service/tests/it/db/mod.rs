//! The connection type, the configuration, time and randomness.

mod config;
mod sources;
mod transactions;
mod writers;
