//! The one rule by which constraints and indexes are named.
//!
//! | what | name |
//! |---|---|
//! | primary key | `<table>_pkey` |
//! | unique for ever | `<table>_<columns>_key` |
//! | unique among the rows in one state | `<table>_<columns>_<state>_key`, as in `users_email_live_key` |
//! | foreign key | `<table>_<columns>_fkey` |
//! | index | `<table>_<columns>_idx` |
//! | index of the rows in one state, beside another by the same columns | `<table>_<columns>_<state>_idx` |
//! | index of an expression | `<table>_<what>_idx` |
//! | check | `<table>_<what>_check`; `what` is the column, where it is about one |
//! | trigger | `<table>_<what>` |
//!
//! `<columns>` are all of its columns, in order, joined by `_`. `PostgreSQL` cuts names at 63 bytes without a word, so
//! [`Table`](super::Table) and [`AddedColumn`](super::AddedColumn) refuse longer ones.

use sea_orm_migration::sea_orm::DbErr;

/// The longest name that `PostgreSQL` keeps whole, in bytes.
pub const MAX_LENGTH: usize = 63;

/// `<table>_pkey`
#[must_use]
pub fn primary_key(table: &str) -> String {
    format!("{table}_pkey")
}

/// `<table>_<columns>_key`, or `<table>_<columns>_<state>_key` for a partial index on the rows in that state.
#[must_use]
pub fn unique(table: &str, columns: &[&str], state: Option<&str>) -> String {
    let columns = columns.join("_");
    match state {
        Some(state) => format!("{table}_{columns}_{state}_key"),
        None => format!("{table}_{columns}_key"),
    }
}

/// `<table>_<columns>_fkey`
#[must_use]
pub fn foreign_key(table: &str, columns: &[&str]) -> String {
    format!("{table}_{}_fkey", columns.join("_"))
}

/// `<table>_<columns>_idx`
#[must_use]
pub fn index(table: &str, columns: &[&str]) -> String {
    format!("{table}_{}_idx", columns.join("_"))
}

/// `<table>_<columns>_<state>_idx`
#[must_use]
pub fn partial_index(table: &str, columns: &[&str], state: &str) -> String {
    format!("{table}_{}_{state}_idx", columns.join("_"))
}

/// `<table>_<what>_idx`
#[must_use]
pub fn expression_index(table: &str, what: &str) -> String {
    format!("{table}_{what}_idx")
}

/// `<table>_<what>_check`
#[must_use]
pub fn check(table: &str, what: &str) -> String {
    format!("{table}_{what}_check")
}

/// `<table>_<what>`
#[must_use]
pub fn trigger(table: &str, what: &str) -> String {
    format!("{table}_{what}")
}

/// Refuses a name that `PostgreSQL` would cut, of what belongs to `table`.
pub(super) fn refuse_long(table: &str, names: &[String]) -> Result<(), DbErr> {
    match names.iter().find(|name| name.len() > MAX_LENGTH) {
        Some(long) => Err(DbErr::Migration(format!(
            "`{long}` is longer than the {MAX_LENGTH} bytes that PostgreSQL keeps of a name: shorten a name in table \
             `{table}`"
        ))),
        None => Ok(()),
    }
}
