//! Behaviour of the schema and of the migrator, on real databases.
mod cli;
mod migrate;
mod testing;
mod catalog;
mod golden;
mod round_trip;
mod rules;
