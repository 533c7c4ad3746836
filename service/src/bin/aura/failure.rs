//! Why a command did not do what it was asked, and the exit code that says as much.

use std::fmt;
use std::io;
use std::process::ExitCode;

use sea_orm::{DbErr, RuntimeErr};
use service::Error;

/// What to do where the tables are missing.
pub(crate) const NO_SCHEMA: &str =
    "the database has no schema yet: run `cargo run -p migration -- up` first";

/// Why a command did not do what it was asked. No text of it holds a secret.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It did not work.
    Failed(String),
    /// A value cannot be accepted.
    Invalid(String),
    /// There is nothing of the kind.
    NotFound(String),
    /// What is stored, or a rule, is against it.
    Refused(String),
    /// Nobody said yes.
    NotConfirmed(String),
    /// Whoever read the output has gone, and no line would reach anybody.
    Unread,
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) | Self::Unread => 1,
            Self::Invalid(_) => 2,
            Self::NotFound(_) => 3,
            Self::Refused(_) => 4,
            Self::NotConfirmed(_) => 5,
        })
    }

    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::Unread)
    }

    /// The result could not be written.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Unread
        } else {
            Self::Failed(format!("cannot write the result: {error}"))
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text)
            | Self::Invalid(text)
            | Self::NotFound(text)
            | Self::Refused(text)
            | Self::NotConfirmed(text) => f.write_str(text),
            Self::Unread => f.write_str("nobody reads the result"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if let Error::Output(error) = &error {
            return Self::output(error);
        }
        let text = error.to_string().replace('\n', " ");
        match error {
            Error::NotFound => Self::NotFound(text),
            Error::Conflict { field } => Self::Refused(conflict(&field)),
            Error::Forbidden { .. } | Error::LastOwner | Error::StillOwner { .. } => {
                Self::Refused(text)
            }
            Error::Invalid { .. } => Self::Invalid(text),
            Error::Database(error) => Self::Failed(schema_of(&error).unwrap_or(text)),
            _ => Self::Failed(text),
        }
    }
}

fn conflict(field: &str) -> String {
    match field {
        "user_id" => "the user is a member already".to_owned(),
        "deletion_id" => "something else was deleted or restored meanwhile: try again".to_owned(),
        field => format!("another one has this {field} already: choose another"),
    }
}

/// What to do where the database has other tables than this program knows; `None`: that is not what is wrong.
fn schema_of(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return None;
    };
    let refusal = cause.as_database_error()?;
    let (code, message) = (refusal.code(), refusal.message());
    if code.as_deref() == Some("42P01") || message.starts_with("no such table") {
        Some(NO_SCHEMA.to_owned())
    } else if code.as_deref() == Some("42703") || message.starts_with("no such column") {
        Some(
            "the schema of the database is not the one that this program knows: `cargo run -p migration -- status` tells \
             which is the older"
                .to_owned(),
        )
    } else {
        None
    }
}
