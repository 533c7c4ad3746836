//! The constraints by what they do, tried with raw SQL.

mod addresses;
mod audit;
mod defaults;
mod deletion;
mod forms;
mod instants;
mod rows;
mod tenancy;
mod throttles;
mod uniqueness;
mod values;
