//! `aura`, the administrator's tool, as a process: on `SQLite` and on `PostgreSQL`, each test on a database of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "a test makes logins and rows, behind the door"
)]

mod applications;
mod audit;
mod doctor;
mod ends;
mod first_steps;
mod import;
mod import_lines;
mod lists;
mod members;
mod secrets;
mod seed;
mod sessions;
mod shells;
mod sixty_seconds;
mod stage;
#[cfg(unix)]
mod terminal;
mod users;
