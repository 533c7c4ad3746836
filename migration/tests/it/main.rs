//! Behaviour of the schema and of the migrator, on real databases.
mod added_columns;
mod catalog;
mod citus;
mod cli;
mod constraints;
mod golden;
mod isolation;
mod library;
mod migrate;
mod round_trip;
mod rows;
mod rules;
mod testing;
mod updated_at;
mod wall;
mod world;
