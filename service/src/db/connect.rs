//! Connecting.

use std::sync::Arc;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DbBackend};
use tokio::sync::Mutex;

use super::{Db, Link, Shared};
use crate::config::Config;
use crate::error::{Error, Result};

impl Db {
    /// Connects to the database that `config` names.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] where the URL is for no supported database; [`Error::Database`] where none answers.
    pub async fn connect(config: Config) -> Result<Self> {
        let backend = backend_of(&config.database_url)?;
        let acquire_timeout = config.acquire_timeout;
        let connection = Database::connect(options(&config, backend)).await?;
        Ok(Self {
            link: Link::Pool(connection),
            shared: Arc::new(Shared {
                backend,
                clock: config.clock,
                random: config.random,
                observer: config.observer,
                writer: (backend == DbBackend::Sqlite).then(|| Arc::new(Mutex::new(()))),
                acquire_timeout,
            }),
        })
    }
}

fn backend_of(url: &str) -> Result<DbBackend> {
    match url.split(':').next().unwrap_or_default() {
        "postgres" | "postgresql" => Ok(DbBackend::Postgres),
        "sqlite" => Ok(DbBackend::Sqlite),
        other => Err(Error::Config {
            setting: "DATABASE_URL",
            reason: format!("begins with `{other}:`: it takes postgres://… or sqlite://…"),
        }),
    }
}

fn options(config: &Config, backend: DbBackend) -> ConnectOptions {
    let mut options = ConnectOptions::new(config.database_url.as_str());
    options
        .max_connections(config.max_connections.max(1))
        .connect_timeout(config.connect_timeout)
        .acquire_timeout(config.acquire_timeout)
        .idle_timeout(config.idle_timeout)
        .max_lifetime(config.max_lifetime)
        // A ping before each statement would be one more round trip; a broken connection shows at the statement.
        .test_before_acquire(false)
        .sqlx_logging(false);
    if backend == DbBackend::Sqlite {
        let busy_timeout = config.acquire_timeout;
        options.map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                .busy_timeout(busy_timeout)
        });
        if config.database_url.contains(":memory:") || config.database_url.contains("mode=memory") {
            // Each connection would have a database of its own, gone with it.
            options
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None);
        }
    } else if let Some(schema) = &config.schema {
        options.set_schema_search_path(schema);
    }
    options
}
