//! The connection type, the configuration, time and randomness.

mod config;
mod shared;
mod sources;
mod transactions;
mod writers;
