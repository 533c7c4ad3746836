//! Connecting.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Error as SqlxError};
use sea_orm::{DbBackend, DbErr, RuntimeErr};

use super::floor::{Found, Shut};
use super::place::{self, Place, quoted_schema, unusable};
use super::pool::{Address, Pool, Session, Terms, passes};
use super::wall::Wall;
use super::{Db, On, Shared};
use crate::audit::Actor;
use crate::config::{Config, IsolatedBy};
use crate::error::{Error, Result};
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
        check_floor(&config, &place)?;
        let (backend, server) = match &place {
            Place::Postgres { options, .. } => (DbBackend::Postgres, place::address(options)),
            Place::Sqlite { .. } => (DbBackend::Sqlite, place.to_string()),
        };
        let terms = Terms {
            max: config.max_connections,
            connect_timeout: config.connect_timeout,
            acquire_timeout: config.acquire_timeout,
            idle_timeout: config.idle_timeout,
            max_lifetime: config.max_lifetime,
        };
        let pool = Pool::new(address(&config, place)?, &terms)?;
        let schema = pool.schema().into();
        reach(&pool, &server, config.connect_timeout).await?;
        let wall = wall(&config, &terms).await?;
        Ok(Self {
            on: On::Pool,
            shut: Shut::default(),
            actor: Actor::default(),
            shared: Arc::new(Shared {
                backend,
                clock: config.clock,
                hasher: Hasher::new(config.hashing, config.peppers, config.random.clone()),
                policy: config.policy,
                audit: config.audit,
                random: config.random,
                observer: config.observer,
                own_observer: config.own_observer,
                pool,
                isolated_by: config.isolated_by,
                schema,
                found: Found::default(),
                wall,
            }),
        })
    }
}

/// That the database can do what is asked of it.
fn check_floor(config: &Config, place: &Place) -> Result<()> {
    if matches!(place, Place::Postgres { .. }) {
        return Ok(());
    }
    let setting = if config.isolated_by == IsolatedBy::Database {
        "DATABASE_ISOLATION"
    } else if config.runtime_url.is_some() {
        "DATABASE_URL_RUNTIME"
    } else {
        return Ok(());
    };
    Err(Error::Config {
        setting,
        reason: "asks for row-level security, which SQLite has not: it takes PostgreSQL".into(),
    })
}

/// The pool of the second login, where there is one.
async fn wall(config: &Config, terms: &Terms) -> Result<Option<Wall>> {
    let Some(url) = &config.runtime_url else {
        return Ok(None);
    };
    let place = Place::read(url).map_err(of_runtime)?;
    let Place::Postgres { options, .. } = &place else {
        return Err(of_runtime(unusable("takes postgres://…")));
    };
    let server = place::address(options);
    let pool = Pool::new(address(config, place)?, terms)?;
    let reached = reach(&pool, &server, config.connect_timeout).await;
    reached.map_err(of_runtime)?;
    let wall = Wall::new(pool);
    wall.check().await?;
    Ok(Some(wall))
}

/// The same of the second login's URL.
fn of_runtime(error: Error) -> Error {
    match error {
        Error::Config {
            setting: "DATABASE_URL",
            reason,
        } => Error::Config {
            setting: "DATABASE_URL_RUNTIME",
            reason,
        },
        other => other,
    }
}

/// Makes the first connection, and finds out whether `server` lets us in.
async fn reach(pool: &Pool, server: &str, timeout: Duration) -> Result<()> {
    let refusal = StdMutex::new(None);
    let asking = async {
        loop {
            match pool.try_out().await {
                Ok(()) => break Ok(()),
                Err(error) if may_come_up(&error) => {
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
            let reason = format!("{server}: {error}");
            DbErr::Conn(RuntimeErr::Internal(reason)).into()
        }
        Some(error) => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))).into(),
        None => unusable(format!(
            "names a server, {server}, that does not answer within {} s",
            timeout.as_secs_f64()
        )),
    })
}

/// Whether it is worth asking again. A socket or a certificate that is not there is a mistake, at the start.
fn may_come_up(error: &SqlxError) -> bool {
    passes(error)
        && !matches!(error, SqlxError::Io(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Where and how connections are made.
fn address(config: &Config, place: Place) -> Result<Address> {
    match place {
        Place::Sqlite { options, in_memory } => Ok(Address::Sqlite {
            options: Box::new(
                options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .foreign_keys(true)
                    .busy_timeout(config.acquire_timeout)
                    .disable_statement_logging(),
            ),
            in_memory,
        }),
        Place::Postgres {
            options,
            schema,
            pooled,
        } => {
            let schema = config.schema.as_deref().or(schema.as_deref());
            let schema = quoted_schema(schema.unwrap_or("public"))?;
            let pooled = config.pooled.unwrap_or(pooled);
            // The driver would log what callers wrote into their statements. What poolers refuse is not sent, and is for
            // floating-point numbers in text alone, which nothing here reads.
            let mut options = options.disable_statement_logging().extra_float_digits(None);
            if pooled {
                options = options.statement_cache_capacity(0);
            }
            Ok(Address::Postgres {
                options: Box::new(options),
                session: Session {
                    schema,
                    statement_timeout: config.statement_timeout,
                    pooled,
                    checks_client: AtomicBool::new(!pooled),
                    on_citus: AtomicBool::new(config.as_on_citus),
                },
            })
        }
    }
}
