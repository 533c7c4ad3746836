//! The connection type, the configuration, time and randomness.

mod asking;
mod bouncer;
mod closed;
mod config;
mod dropped;
mod pool;
mod restarted;
mod round_trips;
mod schema;
mod sources;
mod terminated;
mod tls;
mod transactions;
mod writers;
