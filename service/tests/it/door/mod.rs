//! The door: whatever is asked, only live rows of the tenant answer.

mod cursors;
mod custom;
mod deleting;
mod filters;
mod loading;
mod plans;
mod relations;
mod tampered;
mod under;
mod writing;
