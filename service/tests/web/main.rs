//! Web services on this crate: what they read, what they answer, and the one of the examples, over HTTP and in a browser.

#[path = "../../examples/web/app/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests keep mails in place of printing them"
)]
mod app;
mod browser;
mod concurrent;
mod driver;
mod foreign;
mod http;
mod input;
mod refused;
mod running;
#[cfg(feature = "schemars")]
mod schema;
mod sessions;
mod starting;
mod story;
