//! What can go wrong, by meaning: each message is one line that says what to do.
mod aftermath;
mod condition;
mod text;

use std::path::PathBuf;
use std::time::Duration;

use sea_orm_migration::sea_orm::DbErr;

use crate::isolation::quote::name;
use crate::migrate::{Direction, Holder, Problem, describe_problems};
use text::some;

pub use aftermath::Aftermath;
pub(crate) use condition::{Condition, code};
pub(crate) use text::{describe, one_line};

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
    /// A worker of a Citus cluster.
    #[error(
        "this is a worker of a Citus cluster, and nothing is migrated there: give the URL of its coordinator, {coordinator}"
    )]
    CitusWorker {
        /// `host:port`, or that it is another node, where this one does not know which.
        coordinator: String,
    },
    /// The tables were made before there was Citus in the database.
    #[error(
        "there is Citus in this database, and its tables lie on the coordinator alone: `distribute` puts them in their places \
         first, with their rows; or, to stay on one machine, drop the extension"
    )]
    NotDistributed,
    /// There is no wall, whose key could be replaced.
    #[error(
        "there is no wall to replace the key of: it takes PostgreSQL on one machine, and `up` first"
    )]
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
    /// Something is there already where the migrator writes, and is not such as it makes it: whoever put it there would have
    /// what hangs on it run as this login.
    #[error(
        "nothing was done: {what} {reason}, and what others put there would run as this login. Where it is not meant, drop or \
         rename it; where it is, migrate as its owner, or give it to this login"
    )]
    Planted {
        /// What is there.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A schema name that `PostgreSQL` would refuse, cut short or misread.
    #[error("`{name}` cannot be the name of a schema: {reason}")]
    SchemaInvalid {
        /// The name as it was given.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// There is no schema of that name.
    #[error("the database has no schema `{}`: check the name; `up` makes it", .name.escape_debug())]
    SchemaMissing {
        /// The name as it was given.
        name: String,
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
    /// The login may not make a schema, and so nobody can see what the migrations make.
    #[error(
        "`{login}` may not make a schema in the database `{database}`, and what the migrations make is seen by making it \
         there, in a transaction that is undone: run this as the owner of the tables, or GRANT CREATE ON DATABASE {} TO {}",
        name(.database),
        name(.login)
    )]
    NoScratch {
        /// The login.
        login: String,
        /// The database.
        database: String,
        /// The driver's error.
        source: DbErr,
    },
    /// The database is not as its migrations make it.
    #[error("the database is not as its migrations make it: {} differ", .objects.join(", "))]
    Drifted {
        /// What differs: `table users`, `function f()`.
        objects: Vec<String>,
    },
    /// Something has a name that a migration wants, and no recorded migration made it.
    #[error(
        "nothing was dropped: {} {} there, and no record says that it is ours: `baseline` adopts a database that has the \
         schema already, else drop or rename it by hand",
        some(.objects),
        if .objects.len() == 1 { "is" } else { "are" }
    )]
    NotOurs {
        /// What is there: `table users`, `function f()`.
        objects: Vec<String>,
    },
    /// Something of somebody else depends on what would be dropped.
    #[error("nothing was dropped: {what}; drop that first, it is not ours to drop")]
    InUse {
        /// What depends on what, in the database's words.
        what: String,
    },
    /// What a migration makes is there already, and it is not recorded as applied.
    #[error(
        "{reason}, and no record says that this migration made it: `baseline` adopts a database that has the schema already, else drop or \
         rename by hand what is in the way"
    )]
    NotRecorded {
        /// What is there, in the database's words.
        reason: String,
        /// The driver's error.
        source: DbErr,
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
            | Condition::Exists
            | Condition::Other => Self::Database(source),
        }
    }
}
