//! The generated entities at work, on `SQLite` and on `PostgreSQL`.
//!
//! Nothing here says what a table looks like: the tests hold the entities against the catalog of a migrated database, and
//! fail for a table or a column that somebody adds without adding its case. That `entity/src` is what the generator writes
//! is tested where it does not take a working `entity`: in `migration/tests/generate`.

// The manifest of `entity` switches these off, for the sake of generated code.
#![warn(clippy::all, clippy::pedantic)]
#![warn(clippy::allow_attributes, clippy::allow_attributes_without_reason)]
#![warn(missing_docs, unreachable_pub)]

mod catalog;
mod completeness;
mod entities;
mod loading;
mod relations;
mod round_trip;
mod rows;
mod trip;
mod values;
