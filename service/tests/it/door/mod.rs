//! The door: whatever is asked, only live rows of the tenant answer.

mod cursors;
mod custom;
mod filters;
mod plans;
mod relations;
mod under;
mod writing;
