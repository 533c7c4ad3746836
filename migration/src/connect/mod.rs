//! Opens the one connection that a migrator works on.
mod pooler;
mod postgres;
mod presence;
mod production;
mod schema_name;
mod sqlite;
mod url;

use std::time::Duration;

use sea_orm_migration::sea_orm::sqlx::pool::PoolOptions;
use sea_orm_migration::sea_orm::sqlx::{Database, Error as SqlxError};
use sea_orm_migration::sea_orm::{DatabaseConnection, DbErr, RuntimeErr};

use crate::error::Error;
use url::Target;

pub(crate) use presence::none_current;
pub use production::production;
pub use url::{DEFAULT_URL, DatabaseUrl};

/// What the connection is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To migrate: a missing schema and a missing file are made.
    #[default]
    Migrate,
    /// To change what is there: as to migrate, but nothing that is missing is made.
    Change,
    /// To look: nothing is made or changed by connecting.
    Inspect,
}

/// How to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectOptions {
    /// The `PostgreSQL` schema to work in, alone on the search path, made if it is missing. `None`:
    /// the URL's `schema` parameter, else `public`. Ignored on `SQLite`.
    pub schema: Option<String>,
    /// What the names of the schema's roles begin with, for migrations that make them. `None`: what the server has for
    /// [`PREFIX_SETTING`](crate::isolation::PREFIX_SETTING), else the name of the database, and for a schema that is not
    /// `public` `<database>_<schema>`; where the tables know their roles, what these are called. Ignored on `SQLite`.
    pub role_prefix: Option<String>,
    /// How long connecting may take. Nothing is tried again that the server refused for good.
    pub connect_timeout: Duration,
    /// How long one statement may wait for a lock that another process holds; a migration has limits of its own
    /// ([`Options`](crate::migrate::Options)).
    pub lock_timeout: Duration,
    /// What the connection is for.
    pub purpose: Purpose,
    /// Whether each statement is logged, at debug level for the target `sqlx::query`.
    pub log_statements: bool,
}

impl Default for ConnectOptions {
    /// The URL's schema, roles named after the database, 10 s to connect, 5 s for a lock, to migrate, no log.
    fn default() -> Self {
        Self {
            schema: None,
            role_prefix: None,
            connect_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
            purpose: Purpose::default(),
            log_statements: false,
        }
    }
}

/// Connects to the database: exactly one connection, kept until the end, so that what is set on
/// it (search path, timeouts, locks) holds for everything that is run.
///
/// # Errors
///
/// The variants of [`Error`] that are about the database as a whole, such as
/// [`Error::Unreachable`], [`Error::TimedOut`], [`Error::AuthenticationFailed`],
/// [`Error::CannotOpen`], [`Error::SchemaInvalid`] or [`Error::SchemaMissing`].
pub async fn connect(
    url: &DatabaseUrl,
    options: &ConnectOptions,
) -> Result<DatabaseConnection, Error> {
    match &url.target {
        Target::Postgres(target) => {
            let schema = options.schema.as_deref().or(url.schema.as_deref());
            postgres::connect(target, schema, options).await
        }
        Target::Sqlite(target) => sqlite::connect(target, options).await,
    }
}

/// A pool of one connection that is neither retired nor probed.
fn pool<DB: Database>(options: &ConnectOptions) -> PoolOptions<DB> {
    PoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(options.connect_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

pub(crate) fn connection_error(error: SqlxError) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

/// The name of a schema as SQL has it, in quotes.
pub(crate) fn quoted_schema(name: &str) -> Result<String, Error> {
    Ok(schema_name::SchemaName::new(name)?.to_string())
}
