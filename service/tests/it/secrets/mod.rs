//! Secrets that come from outside: what is accepted as a password, a pepper and a hash, and that none of them is shown.

mod imported;
mod password;
mod pepper;
mod redaction;
mod settings;
