//! The administrator's tool, as a process.
#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at rows behind the door"
)]

mod import;
mod process;
mod seed;
