//! Connecting.

use std::io;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _, Error as SqlxError};
use sea_orm::{ConnectOptions, Database, DbBackend, DbErr, RuntimeErr};
use tokio::sync::Mutex;

use super::place::{Place, address, quoted_schema, unusable};
use super::{Db, Link, Shared};
use crate::audit::Actor;
use crate::config::Config;
use crate::error::Result;
use crate::secret::Hasher;

/// How long a server that is not up yet is left alone before it is asked again.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

impl Db {
    /// Connects to the database that `config` names.
    ///
    /// A server that refuses connections or is starting up is asked again until the time to connect is over.
    ///
    /// # Errors
    ///
    /// [`Error::Config`](crate::Error::Config) where a setting cannot be used, the URL is for no supported database, or
    /// its server does not answer in time; [`Error::Database`](crate::Error::Database) where it refuses.
    pub async fn connect(config: Config) -> Result<Self> {
        config.check()?;
        let place = Place::read(&config.database_url)?;
        let options = options(&config, &place)?;
        let backend = match &place {
            Place::Postgres { options, .. } => {
                reach(options, config.connect_timeout).await?;
                DbBackend::Postgres
            }
            Place::Sqlite { .. } => DbBackend::Sqlite,
        };
        let connection = Database::connect(options).await?;
        Ok(Self {
            link: Link::Pool(connection),
            actor: Actor::default(),
            shared: Arc::new(Shared {
                backend,
                clock: config.clock,
                hasher: Hasher::new(config.hashing, config.peppers, config.random.clone()),
                policy: config.policy,
                audit: config.audit,
                random: config.random,
                observer: config.observer,
                writer: (backend == DbBackend::Sqlite).then(|| Arc::new(Mutex::new(()))),
                acquire_timeout: config.acquire_timeout,
            }),
        })
    }
}

/// Makes sure that the server lets us in, by a connection of its own.
///
/// The pool has one timeout for everything, and says no more than that it is over, whatever the reason.
async fn reach(options: &PgConnectOptions, timeout: Duration) -> Result<()> {
    let refusal = StdMutex::new(None);
    let asking = async {
        loop {
            match options.connect().await {
                Ok(connection) => break connection.close().await,
                Err(error) if passes(&error) => {
                    *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
                Err(error) => break Err(error),
            }
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
    };
    let error = match tokio::time::timeout(timeout, asking).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => Some(error),
        Err(_) => refusal.into_inner().unwrap_or_else(PoisonError::into_inner),
    };
    Err(match error {
        Some(SqlxError::Io(error)) => {
            let reason = format!("{}: {error}", address(options));
            DbErr::Conn(RuntimeErr::Internal(reason)).into()
        }
        Some(error) => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))).into(),
        None => unusable(format!(
            "names a server, {}, that does not answer within {} s",
            address(options),
            timeout.as_secs_f64()
        )),
    })
}

/// Whether the server may think better of it: it is not up yet, or is starting.
fn passes(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        SqlxError::Database(error) => error.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

fn options(config: &Config, place: &Place) -> Result<ConnectOptions> {
    let mut options = ConnectOptions::new(match place {
        Place::Postgres { url, .. } => url.as_str(),
        Place::Sqlite { .. } => &config.database_url,
    });
    options
        .max_connections(config.max_connections)
        // The pool knows no other time limit; `connect_timeout` would be another name for this one.
        .acquire_timeout(config.acquire_timeout)
        .idle_timeout(config.idle_timeout)
        .max_lifetime(config.max_lifetime)
        // A ping before each statement would be one more round trip; a broken connection shows at the statement.
        .test_before_acquire(false)
        .sqlx_logging(false);
    match place {
        Place::Sqlite { in_memory, .. } => {
            let busy_timeout = config.acquire_timeout;
            options.map_sqlx_sqlite_opts(move |sqlite| {
                sqlite
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .foreign_keys(true)
                    .busy_timeout(busy_timeout)
            });
            if *in_memory {
                // Each connection would have a database of its own, gone with it.
                options
                    .max_connections(1)
                    .idle_timeout(None)
                    .max_lifetime(None);
            }
        }
        Place::Postgres { schema, .. } => {
            let schema = config.schema.as_deref().or(schema.as_deref());
            options
                .set_schema_search_path(quoted_schema(schema.unwrap_or("public"))?)
                // Whether the server answers has been found out already.
                .connect_lazy(true);
        }
    }
    Ok(options)
}
