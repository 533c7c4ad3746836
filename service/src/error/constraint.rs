//! The meaning of a refusal by the database: which rule, and which field it is about.
//!
//! `PostgreSQL` names the constraint; `SQLite` names the columns of a unique rule and the name of a CHECK. Both lead to
//! the field by the schema's naming rule, for an application's own tables too.

use sea_orm::{DbErr, RuntimeErr};

use super::Error;

/// `None`: the error means no more than that the database failed.
pub(super) fn meaning(error: &DbErr) -> Option<Error> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return None;
    };
    let refusal = cause.as_database_error()?;
    let (rule, message) = (refusal.constraint(), refusal.message());
    let code = refusal.code();
    // SQLSTATE on PostgreSQL, the extended result code on SQLite.
    match code.as_deref()? {
        "23505" => Some(Error::conflict(unique_field(
            refusal.table(),
            &constraint_name(rule, message)?,
        ))),
        "1555" | "2067" => Some(Error::conflict(sqlite_unique_field(message)?)),
        // What the row refers to is not there, or is still referred to.
        "23503" | "787" => Some(Error::NotFound),
        "23514" => Some(broken_check(
            refusal.table(),
            &constraint_name(rule, message)?,
        )),
        "275" => {
            let name = message.split(": ").nth(1)?;
            Some(broken_check(None, name))
        }
        // SQLite stores it; PostgreSQL does not, and says so before it looks at anything else.
        "22021" => Some(Error::invalid(
            "text",
            "has a character that cannot be stored (NUL)",
        )),
        _ => None,
    }
}

/// A distributed engine gives the name in the message alone, with the number of the shard behind it.
fn constraint_name(field: Option<&str>, message: &str) -> Option<String> {
    if let Some(name) = field {
        return Some(name.to_owned());
    }
    let quoted = message.split('"').nth(1)?;
    let shardless = quoted
        .rsplit_once('_')
        .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(quoted, |(name, _)| name);
    Some(shardless.to_owned())
}

/// `<table>_[application_id_]<column>[_<state>]_key`, or `<table>_pkey`.
fn unique_field(table: Option<&str>, name: &str) -> String {
    let table = table.map(ToOwned::to_owned).unwrap_or_default();
    let inner = name
        .strip_prefix(&table)
        .unwrap_or(name)
        .trim_start_matches('_');
    if inner == "pkey" || name.ends_with("_pkey") {
        return "id".to_owned();
    }
    let inner = inner.strip_suffix("_key").unwrap_or(inner);
    let inner = ["_live", "_pending", "_verified"]
        .iter()
        .find_map(|state| inner.strip_suffix(state))
        .unwrap_or(inner);
    inner
        .strip_prefix("application_id_")
        .unwrap_or(inner)
        .to_owned()
}

/// `UNIQUE constraint failed: t.application_id, t.email`
fn sqlite_unique_field(message: &str) -> Option<String> {
    let columns = message.split(": ").nth(1)?;
    let last = columns.split(", ").last()?;
    Some(last.split('.').next_back()?.to_owned())
}

/// `<table>_<what>_check`
fn broken_check(table: Option<&str>, name: &str) -> Error {
    let table = table.map(|table| format!("{table}_")).unwrap_or_default();
    let inner = name.strip_prefix(&table).unwrap_or(name);
    let what = inner.strip_suffix("_check").unwrap_or(inner);
    Error::invalid(what, "has a form that the database does not accept")
}
