//! What can go wrong, by meaning: each message is one line that says what to do.
use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use sea_orm_migration::sea_orm::sqlx::postgres::PgDatabaseError;
use sea_orm_migration::sea_orm::{DbErr, RuntimeErr, SqlxError};

use crate::migrate::{Direction, Holder, Problem, describe_problems};

/// Why the database could not be opened or migrated.
///
/// No message holds a password. Which database it was is for the caller to say: a
/// [`DatabaseUrl`](crate::connect::DatabaseUrl) prints itself without its password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not a database URL, or one with a part that cannot be meant.
    #[error(
        "malformed database URL: {reason} (expected postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite://PATH?mode=rwc)"
    )]
    MalformedUrl {
        /// What is wrong with it; never a part of the URL that could be secret.
        reason: String,
    },
    /// A URL of a database that this program cannot migrate.
    #[error(
        "databases of the kind `{scheme}` are not supported: use postgres:// (PostgreSQL 14 or later) or sqlite://"
    )]
    UnsupportedDatabase {
        /// The URL's scheme, in lower case.
        scheme: String,
    },
    /// A database in memory vanishes with the process that migrated it.
    #[error(
        "a SQLite database in memory would vanish when this program ends: name a file, such as sqlite://aura.db?mode=rwc"
    )]
    InMemory,
    /// There is no wall, whose key could be replaced.
    #[error("there is no wall to replace the key of: it takes PostgreSQL, and `up` first")]
    NoWall,
    /// Roles of the names that ours would have are there, and whoever is a member of them would be one of ours.
    #[error(
        "there are roles already that this database would use, with members that it has not made members: {roles}. Where these \
         are meant, say so with `--role-prefix {prefix}`; where not, choose another prefix, or take the members out"
    )]
    RolesTaken {
        /// The roles and in brackets the members of each.
        roles: String,
        /// What their names begin with.
        prefix: String,
    },
    /// A schema name that `PostgreSQL` would refuse, cut short or misread.
    #[error("`{name}` cannot be the name of a schema: {reason}")]
    SchemaInvalid {
        /// The name as it was given.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// Nobody answers at the address, or not as a `PostgreSQL` server does.
    #[error(
        "cannot reach the server at {address}: {reason}; is it running, and are host and port right?"
    )]
    Unreachable {
        /// `host:port`, or the path of the socket.
        address: String,
        /// What the operating system or the driver said.
        reason: String,
        /// The driver's error.
        source: DbErr,
    },
    /// A pooler that gives each transaction another session: what a migrator sets on its own, such as the schema and its
    /// locks, would be lost or left to others.
    #[error(
        "{address} is a transaction pooler ({reason}): migrate over a direct connection or a session pooler, as DATABASE_URL; the service can have the pooler as DATABASE_URL_POOLER"
    )]
    TransactionPooler {
        /// `host:port`, or the path of the socket.
        address: String,
        /// What gave it away.
        reason: &'static str,
    },
    /// The server did not let us in within the connect timeout.
    #[error(
        "no connection to {address} within {} s{}; check the network, or give it longer with --connect-timeout",
        .after.as_secs_f64(),
        .reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default()
    )]
    TimedOut {
        /// `host:port`, or the path of the socket.
        address: String,
        /// The connect timeout.
        after: Duration,
        /// What the server said when it sent us away; `None` when it said nothing.
        reason: Option<String>,
    },
    /// The server refuses this user or this password.
    #[error("the server refuses the login of `{user}`: {reason}; check user and password")]
    AuthenticationFailed {
        /// The user's name.
        user: String,
        /// What the server said.
        reason: String,
        /// The driver's error.
        source: DbErr,
    },
    /// The server has no database of that name.
    #[error("database `{name}` does not exist: create it first, with `createdb {name}`")]
    DatabaseMissing {
        /// The database's name.
        name: String,
        /// The driver's error.
        source: DbErr,
    },
    /// The login may not do what the migration needs.
    #[error("{what}: migrate as the owner of the schema, or grant this login what is missing")]
    PermissionDenied {
        /// What was refused, in the server's words.
        what: String,
        /// The driver's error.
        source: DbErr,
    },
    /// The database takes no writes.
    #[error("the database is read-only: {reason}; make it writable, or migrate the primary server")]
    ReadOnly {
        /// What the database said.
        reason: String,
        /// The driver's error.
        source: DbErr,
    },
    /// The file cannot be opened or created.
    #[error("cannot open {}: {reason}", .path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        reason: String,
        /// The driver's error.
        source: DbErr,
    },
    /// The file is something else than a `SQLite` database.
    #[error("the file is not a SQLite database: check the path; it was left as it is")]
    NotADatabase {
        /// The driver's error.
        source: DbErr,
    },
    /// Another process held a lock for longer than the lock timeout.
    #[error(
        "the database is locked by another process ({reason}): try again when it is done, or wait longer with --lock-timeout"
    )]
    Locked {
        /// What the database said.
        reason: String,
        /// The driver's error.
        source: DbErr,
    },
    /// Another migrator was at work for longer than the lock timeout.
    #[error(
        "{holder} is still at work after {} s: try again when it is done, or wait longer with --lock-timeout",
        .after.as_secs_f64()
    )]
    LockTimeout {
        /// Who that is.
        holder: Holder,
        /// The lock timeout.
        after: Duration,
    },
    /// The program's migrations are not those that the database was migrated with.
    #[error("{}", describe_problems(.problems))]
    Inconsistent {
        /// What is wrong, in the order of the migrations.
        problems: Vec<Problem>,
    },
    /// No migration of that name, or more than one.
    #[error("{reason}")]
    NoSuchMigration {
        /// What was asked for, and what there is.
        reason: String,
    },
    /// A migration needs an answer of the database to go on.
    #[error("{name} cannot be shown without a database: {reason}; `up --dry-run` shows it on one")]
    NotShown {
        /// The migration.
        name: String,
        /// Where it stopped.
        reason: String,
    },
    /// The database is not as its migrations make it.
    #[error("the database is not as its migrations make it: {} differ", .objects.join(", "))]
    Drifted {
        /// What differs: `table users`, `function f()`.
        objects: Vec<String>,
    },
    /// Something of somebody else depends on what would be dropped.
    #[error("nothing was dropped: {what}; drop that first, it is not ours to drop")]
    InUse {
        /// What depends on what, in the database's words.
        what: String,
    },
    /// A command that takes data away was not confirmed.
    #[error("{reason}")]
    NotConfirmed {
        /// What has to be said for it.
        reason: String,
    },
    /// The database has migrations that this program does not know.
    #[error(
        "the database was migrated by a newer version of this program, which also has {}: upgrade this program",
        .versions.join(", ")
    )]
    NewerSchema {
        /// The unknown migrations, in the order of their names.
        versions: Vec<String>,
    },
    /// A migration failed.
    #[error("{direction} {name} failed: {source}; {aftermath}")]
    MigrationFailed {
        /// The migration.
        name: String,
        /// Whether it was being applied or reverted.
        direction: Direction,
        /// In what state that leaves the database.
        aftermath: Aftermath,
        /// Why.
        source: Box<Error>,
    },
    /// A new migration could not be written.
    #[error("no migration generated: {reason}")]
    NotGenerated {
        /// What is in the way.
        reason: String,
    },
    /// A file of the environment or of the project could not be read or written.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never its content.
        reason: String,
    },
    /// Anything else that the database answered.
    #[error("{}", describe(.0))]
    Database(#[source] DbErr),
}

impl Error {
    /// Whether somebody else's lock was in the way: what failed may succeed later.
    #[must_use]
    pub fn is_lock(&self) -> bool {
        match self {
            Self::Locked { .. } | Self::LockTimeout { .. } => true,
            Self::MigrationFailed { source, .. } => source.is_lock(),
            _ => false,
        }
    }
}

/// In what state a migration that failed leaves the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aftermath {
    /// As it was before that migration.
    Undone,
    /// With whatever the migration did before it failed: it runs outside a transaction.
    Left,
    /// As before or with all of it: the connection broke while it was being committed.
    Unknown,
}

impl fmt::Display for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undone => "the database is as it was before it",
            Self::Left => "it runs outside a transaction, so check what it left behind",
            Self::Unknown => "whether it was committed is unknown, so look at the status",
        })
    }
}

impl From<DbErr> for Error {
    fn from(source: DbErr) -> Self {
        let Some(code) = code(&source) else {
            return Self::Database(source);
        };
        let reason = describe(&source);
        match Condition::of(&code) {
            Condition::PermissionDenied => Self::PermissionDenied {
                what: reason,
                source,
            },
            Condition::ReadOnly => Self::ReadOnly { reason, source },
            Condition::NotADatabase => Self::NotADatabase { source },
            Condition::Locked => Self::Locked { reason, source },
            Condition::AuthenticationFailed
            | Condition::DatabaseMissing
            | Condition::CannotOpen
            | Condition::Busy
            | Condition::Other => Self::Database(source),
        }
    }
}

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

/// The message on one line, with `PostgreSQL`'s detail and hint, without `SeaORM`'s and sqlx's
/// wrappings.
pub(crate) fn describe(error: &DbErr) -> String {
    let message = match sqlx(error) {
        Some(SqlxError::Database(error)) => match error.try_downcast_ref::<PgDatabaseError>() {
            Some(error) => [Some(error.message()), error.detail(), error.hint()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
            None => error.message().to_owned(),
        },
        Some(SqlxError::Io(error)) => error.to_string(),
        Some(error) => error.to_string(),
        None => match error {
            DbErr::Custom(message) | DbErr::Migration(message) => message.clone(),
            other => other.to_string(),
        },
    };
    one_line(&message)
}

fn sqlx(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// Line breaks and runs of blanks become single blanks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_backends_get_their_meaning() {
        for (code, condition) in [
            ("28P01", Condition::AuthenticationFailed),
            ("3D000", Condition::DatabaseMissing),
            ("42501", Condition::PermissionDenied),
            ("25006", Condition::ReadOnly),
            ("55P03", Condition::Locked),
            ("57P03", Condition::Busy),
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

    #[test]
    fn messages_are_one_line() {
        let error = Error::from(DbErr::Custom("first\n  second\r\n\tthird".to_owned()));
        assert_eq!(error.to_string(), "first second third");
    }
}
