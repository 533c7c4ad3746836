//! Passwords: what is stored, what ends with it, who is let in, and who has to wait.

mod accounts;
mod counting;
mod many;
mod places;
mod purging;
mod signing_in;
mod site;
mod storing;
mod upgrading;
