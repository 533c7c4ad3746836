//! What can go wrong, by meaning.

mod constraint;

use std::fmt;
use std::time::Duration;

use sea_orm::DbErr;
use uuid::Uuid;

use crate::db::NoConnection;

/// What can go wrong, by what it means to the caller and what to do about it.
///
/// No message holds a secret or anything of another tenant. A row of another tenant, a deleted row and a row that never
/// was are one and the same [`NotFound`](Error::NotFound).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such row, as far as the caller may know.
    #[error("not found")]
    NotFound,
    /// Another row has the value already, or has changed since it was read (`field` is then `updated_at`).
    #[error(
        "{field} is in conflict with what is stored: choose another value, or read the row again"
    )]
    Conflict {
        /// The field that is in conflict.
        field: String,
    },
    /// The caller may not do this.
    #[error("not allowed: it takes {needed}")]
    Forbidden {
        /// What the caller lacks: a permission or a role.
        needed: String,
    },
    /// The value cannot be accepted. Nothing was written.
    ///
    /// Its message begins with the field; in the form `{:#}` it is the reason alone, for what names the place itself.
    #[error(fmt = invalid)]
    Invalid {
        /// The field that the value is for.
        field: String,
        /// What is wrong with it, as the end of a sentence that begins with the field.
        reason: String,
    },
    /// An application would be left without an owner: make somebody else an owner first.
    #[error("the application would be left without an owner: make somebody else an owner first")]
    LastOwner,
    /// The user is the only owner of these live applications: make somebody else an owner of each, or delete it, first.
    #[error(
        "the user is the only owner of {}: make somebody else an owner, or delete them, first",
        slugs(applications)
    )]
    StillOwner {
        /// The applications, by their id and slug.
        applications: Vec<(Uuid, String)>,
    },
    /// What was to be written to could not be.
    #[error("cannot write: {0}")]
    Output(std::io::Error),
    /// The e-mail address or the password is wrong. Which of them is not said, nor whether there is such a user.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// The token cannot be used: it is malformed, wrong, used, expired, revoked, or what it is about is gone. Which of
    /// these is not said. Issue a new one.
    #[error("the token is not valid: ask for a new one")]
    InvalidToken,
    /// Too many attempts to sign in: no password is looked at before `retry_after` has passed.
    #[error("too many attempts: try again in {} s", retry_after.as_millis().div_ceil(1000))]
    TooManyAttempts {
        /// How long to wait.
        retry_after: Duration,
    },
    /// More passwords wait to be hashed than the queue holds. Nothing was written: try again shortly.
    #[error("busy: more passwords are waiting than the queue holds, try again shortly")]
    Busy,
    /// No connection came free, or no turn to write came, in the time to wait. Nothing was done.
    #[error("busy: {0}")]
    NoConnection(NoConnection),
    /// A part of the database cannot be reached: a node of a Citus cluster that is down. What lies on others is served. Nothing
    /// was kept: try again later.
    #[error("a part of the database cannot be reached: try again later ({0})")]
    Unavailable(DbErr),
    /// The configuration cannot be used.
    #[error("configuration: {setting} {reason}")]
    Config {
        /// The setting, as the environment names it.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database failed, or refused for a reason that has no meaning of its own here.
    #[error("database: {0}")]
    Database(DbErr),
}

/// What every verb returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The value of `field` cannot be accepted, because it `reason`.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// Another row has this value of `field`.
    pub fn conflict(field: impl Into<String>) -> Self {
        Self::Conflict {
            field: field.into(),
        }
    }

    /// It takes `needed`, which the caller lacks.
    pub fn forbidden(needed: impl Into<String>) -> Self {
        Self::Forbidden {
            needed: needed.into(),
        }
    }
}

fn invalid(field: &str, reason: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if f.alternate() {
        f.write_str(reason)
    } else {
        write!(f, "{field} {reason}")
    }
}

fn slugs(applications: &[(Uuid, String)]) -> String {
    let slugs: Vec<_> = applications.iter().map(|(_, slug)| slug.as_str()).collect();
    slugs.join(", ")
}

impl From<DbErr> for Error {
    /// Finds the meaning of what the database refused; what has none stays a [`Database`](Error::Database) error.
    fn from(error: DbErr) -> Self {
        if let Some(in_vain) = NoConnection::of(&error) {
            return Self::NoConnection(in_vain.clone());
        }
        if constraint::is_out_of_reach(&error) {
            return Self::Unavailable(error);
        }
        constraint::meaning(&error).unwrap_or(Self::Database(error))
    }
}
