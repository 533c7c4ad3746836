//! The meaning of a refusal by the database: which rule, and which field it is about.
//!
//! `PostgreSQL` names the constraint; `SQLite` names the columns of a unique rule and the name of a CHECK. Both lead to
//! the field by the schema's naming rule, for an application's own tables too. Citus hands on what one of its nodes said
//! without the fields that name table and constraint: they stand in the message alone.

use entity::{applications, domains, sessions, users, verification_tokens};
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::postgres::{PgDatabaseError, PgSeverity};
use sea_orm::{DbErr, EntityName, RuntimeErr};

use super::Error;

/// `None`: the error means no more than that the database failed.
pub(super) fn meaning(error: &DbErr) -> Option<Error> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return None;
    };
    let refusal = cause.as_database_error()?;
    let message = refusal.message();
    let code = refusal.code();
    // SQLSTATE on PostgreSQL, the extended result code on SQLite.
    match code.as_deref()? {
        "23505" => Some(Error::conflict(match refusal.constraint() {
            Some(name) => unique_field(refusal.table(), name),
            None => remote_unique_field(message, detail(refusal))?,
        })),
        "1555" | "2067" => Some(Error::conflict(sqlite_unique_field(message)?)),
        // What the row refers to is not there, or is still referred to.
        "23503" | "787" => Some(Error::NotFound),
        "23514" => Some(match refusal.constraint() {
            Some(name) => broken_check(refusal.table(), name),
            None => remote_broken_check(message)?,
        }),
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

/// Whether the server says that it cannot reach another one: a node of Citus that is down, or was when it was asked.
pub(super) fn is_out_of_reach(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return false;
    };
    let Some(refusal) = cause
        .as_database_error()
        .and_then(|refusal| refusal.try_downcast_ref::<PgDatabaseError>())
    else {
        return false;
    };
    // Of the server itself they are fatal, and about the connection to it.
    let handed_on = refusal.severity() == PgSeverity::Error;
    handed_on
        && (refusal.code().starts_with("08")
            || matches!(refusal.code(), "57P01" | "57P02" | "57P03"))
}

fn detail(refusal: &dyn DatabaseError) -> Option<&str> {
    refusal
        .try_downcast_ref::<PgDatabaseError>()
        .and_then(PgDatabaseError::detail)
}

/// What stands in quotes, first and last, without the number of a shard behind it.
fn quoted(message: &str) -> Option<(&str, &str)> {
    let mut quoted = message.split('"').skip(1).step_by(2).map(shardless);
    let first = quoted.next()?;
    Some((first, quoted.last().unwrap_or(first)))
}

/// `clients_pkey` of `clients_pkey_102330`.
fn shardless(name: &str) -> &str {
    name.rsplit_once('_')
        .filter(|(_, number)| !number.is_empty())
        .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(name, |(name, _)| name)
}

/// `duplicate key value violates unique constraint "<name>_<shard>"`, `Key (<columns>)=(<values>) already exists.` Whose name
/// it is is not said, so the field is the last of the columns; whom row-level security binds is not told those either.
fn remote_unique_field(message: &str, detail: Option<&str>) -> Option<String> {
    let (_, name) = quoted(message)?;
    if name.ends_with("_pkey") {
        return Some("id".to_owned());
    }
    let columns = detail
        .and_then(|detail| detail.split_once('(')?.1.split_once(")=("))
        .and_then(|(columns, _)| columns.split(", ").last());
    Some(columns.map_or_else(|| unique_field(table_of(name), name), ToOwned::to_owned))
}

/// Which table a constraint is of, by its name: before `_application_id_`, else one of those that no application owns.
fn table_of(name: &str) -> Option<&str> {
    let before = name.split_once("_application_id_").map(|(table, _)| table);
    let unowned = || {
        let names = [
            users::Entity.table_name(),
            applications::Entity.table_name(),
            domains::Entity.table_name(),
            sessions::Entity.table_name(),
            verification_tokens::Entity.table_name(),
        ];
        names.into_iter().find(|table| name.starts_with(table))
    };
    before.or_else(unowned)
}

/// `new row for relation "<table>_<shard>" violates check constraint "<name>"`
fn remote_broken_check(message: &str) -> Option<Error> {
    let (table, name) = quoted(message)?;
    Some(broken_check(Some(table), name))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_found_in_what_another_node_said() {
        let unique = |name: &str, columns: &str| {
            let message =
                format!("duplicate key value violates unique constraint \"{name}_102330\"");
            let detail = format!("Key ({columns})=(x, y)=(z) already exists.");
            remote_unique_field(&message, Some(&detail))
        };
        assert_eq!(unique("users_email_key", "email").as_deref(), Some("email"));
        assert_eq!(
            unique(
                "invitations_application_id_email_pending_key",
                "application_id, email"
            )
            .as_deref(),
            Some("email")
        );
        assert_eq!(unique("users_pkey", "id").as_deref(), Some("id"));
        assert_eq!(remote_unique_field("no name", Some("Key (a)=(b)")), None);
    }

    #[test]
    fn without_the_columns_the_name_tells_the_field() {
        for (name, field) in [
            ("users_email_live_key_102330", "email"),
            ("applications_public_id_key_102330", "public_id"),
            ("applications_slug_live_key_102330", "slug"),
            ("domains_name_verified_key_102330", "name"),
            ("roles_application_id_key_live_key_102330", "key"),
            ("clients_pkey_102330", "id"),
            ("machines_serial_key_102330", "machines_serial"),
        ] {
            let message = format!("what is meant by \"{name}\" is not translated");
            for detail in [None, Some("as it comes in another tongue")] {
                let found = remote_unique_field(&message, detail);
                assert_eq!(found.as_deref(), Some(field), "{name}");
            }
        }
    }

    #[test]
    fn a_check_is_named_by_another_node_without_its_shard() {
        let message = "new row for relation \"clients_102344\" violates check constraint \"clients_name_check\"";
        let Some(Error::Invalid { field, .. }) = remote_broken_check(message) else {
            panic!("a field");
        };
        assert_eq!(field, "name");
    }

    #[test]
    fn a_number_behind_a_name_is_the_shard_and_nothing_else_is() {
        assert_eq!(shardless("users_email_key_102330"), "users_email_key");
        assert_eq!(shardless("users_email_key"), "users_email_key");
        assert_eq!(shardless("a_"), "a_");
    }
}
