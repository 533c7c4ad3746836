//! What a database means by its codes.
use std::borrow::Cow;

use sea_orm_migration::sea_orm::{DbErr, RuntimeErr, SqlxError};

/// What a driver's code means to us, on either backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    AuthenticationFailed,
    DatabaseMissing,
    PermissionDenied,
    ReadOnly,
    CannotOpen,
    NotADatabase,
    Locked,
    /// The server is there but takes no connection just now.
    Busy,
    /// What is to be made is there; `SQLite` has no code for it.
    Exists,
    Other,
}

impl Condition {
    /// A SQLSTATE has five characters; `SQLite`'s extended codes are shorter, but for a few with
    /// five digits that are no SQLSTATE of this list.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "28P01" | "28000" => return Self::AuthenticationFailed,
            "3D000" => return Self::DatabaseMissing,
            "42501" => return Self::PermissionDenied,
            "25006" => return Self::ReadOnly,
            // A deadlock too: both give way, and one comes back.
            "55P03" | "40P01" => return Self::Locked,
            "42P07" | "42723" | "42710" => return Self::Exists,
            "53300" | "57P03" => return Self::Busy,
            _ => {}
        }
        // The low byte is SQLite's primary code; the rest says more than we need.
        match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(_) if code.len() == 5 => Self::Other,
            Ok(3) => Self::PermissionDenied,
            Ok(5 | 6) => Self::Locked,
            Ok(8) => Self::ReadOnly,
            Ok(14) => Self::CannotOpen,
            Ok(26) => Self::NotADatabase,
            _ => Self::Other,
        }
    }
}

/// The SQLSTATE, or `SQLite`'s extended result code; `None` when it was not the database that
/// refused.
pub(crate) fn code(error: &DbErr) -> Option<String> {
    match sqlx(error)? {
        SqlxError::Database(error) => error.code().map(Cow::into_owned),
        _ => None,
    }
}

pub(super) fn sqlx(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;

    #[test]
    fn codes_of_both_backends_get_their_meaning() {
        for (code, condition) in [
            ("28P01", Condition::AuthenticationFailed),
            ("3D000", Condition::DatabaseMissing),
            ("42501", Condition::PermissionDenied),
            ("25006", Condition::ReadOnly),
            ("55P03", Condition::Locked),
            ("57P03", Condition::Busy),
            ("42P07", Condition::Exists),
            ("23505", Condition::Other),
            // SQLite: busy, its snapshot and recovery variants, read-only, cannot open, no database.
            ("5", Condition::Locked),
            ("517", Condition::Locked),
            ("261", Condition::Locked),
            ("1032", Condition::ReadOnly),
            ("14", Condition::CannotOpen),
            ("26", Condition::NotADatabase),
            ("2067", Condition::Other),
        ] {
            assert_eq!(Condition::of(code), condition, "{code}");
        }
    }
}
