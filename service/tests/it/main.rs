//! Behaviour of the service, on `SQLite` and on `PostgreSQL`: seen from outside, as an application sees it.
#![expect(
    clippy::disallowed_methods,
    reason = "a test puts rows in place, and looks at them, behind the door"
)]

mod applications;
#[path = "../../examples/invoices/billing/mod.rs"]
mod billing;
mod db;
mod door;
mod memberships;
mod people;
mod roles;
mod world;
