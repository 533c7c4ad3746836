//! Behaviour of the service, on `SQLite` and on `PostgreSQL`: seen from outside, as an application sees it.
#![expect(
    clippy::disallowed_methods,
    reason = "a test puts rows in place, and looks at them, behind the door"
)]

mod access;
mod applications;
mod at_rest;
mod audit;
#[path = "../../examples/invoices/billing/mod.rs"]
mod billing;
mod clients;
mod crossings;
mod db;
mod declared;
mod domains;
mod door;
mod emails;
mod examples;
mod fence;
mod floor;
mod invitations;
mod lifecycle;
mod mailboxes;
mod memberships;
mod passwords;
mod people;
mod plans;
mod readme;
mod roles;
mod rules;
mod secrets;
#[cfg(feature = "cli")]
mod seed;
mod sessions;
mod tokens;
mod users;
mod values;
mod verification_tokens;
mod world;
