//! A database for one test.
use std::{
    env, fmt,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use sea_orm_migration::{
    MigratorTrait,
    sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr},
};

use super::{admin::Made, history::History, janitor, sqlite::SqliteFile};
use crate::Migrator;

/// The databases that the schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// `SQLite`, in a file.
    Sqlite,
    /// `PostgreSQL`, on a server.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A login without rights in any database but what `PUBLIC` has, dropped with the [`TestDb`] that it was made for.
#[derive(Debug)]
pub struct Login {
    /// The role's name, fit for SQL without quotes.
    pub name: String,
    /// The URL of the test's database as this login, the password in it.
    pub url: String,
}

/// A database of its own for one test, dropped when this is, whoever is still connected.
#[derive(Debug)]
pub struct TestDb {
    url: String,
    place: Place,
}

enum Place {
    File(SqliteFile),
    Server {
        database: String,
        admin_url: String,
        /// How many there are: what they are named by.
        logins: AtomicUsize,
    },
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.path().display()),
            Self::Server { database, .. } => f.write_str(database),
        }
    }
}

impl TestDb {
    /// A database with the schema of this crate.
    ///
    /// # Panics
    ///
    /// When no database can be had, or a migration fails; the message says what to do.
    pub async fn new(backend: Backend) -> Self {
        Self::migrated::<Migrator>(backend).await
    }

    /// A database with the schema of another history, such as that of an application that adds migrations of its own.
    ///
    /// The history is applied once per program and then copied: two histories must be two types. What `PostgreSQL` keeps about a
    /// database outside of it (`ALTER DATABASE … SET`, `GRANT … ON DATABASE`) is not part of a copy.
    ///
    /// # Panics
    ///
    /// When no database can be had, or a migration fails; the message says what to do.
    pub async fn migrated<M: MigratorTrait>(backend: Backend) -> Self {
        Self::create(backend, Some(History::of::<M>())).await
    }

    /// A database with nothing in it; for `SQLite` not even a file yet. On `PostgreSQL` its owner is a login of its own.
    ///
    /// # Panics
    ///
    /// When no database can be had; the message says what to do.
    pub async fn empty(backend: Backend) -> Self {
        Self::create(backend, None).await
    }

    async fn create(backend: Backend, history: Option<History>) -> Self {
        match backend {
            Backend::Sqlite => {
                let file = SqliteFile::create(history)
                    .await
                    .unwrap_or_else(|problem| panic!("{problem}"));
                Self {
                    url: file.url(),
                    place: Place::File(file),
                }
            }
            Backend::Postgres => {
                let Made {
                    database,
                    url,
                    admin_url,
                } = janitor::create(history).await;
                let place = Place::Server {
                    database,
                    admin_url: admin_url.to_string(),
                    logins: AtomicUsize::new(0),
                };
                Self {
                    url: url.to_string(),
                    place,
                }
            }
        }
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.place {
            Place::File(_) => Backend::Sqlite,
            Place::Server { .. } => Backend::Postgres,
        }
    }

    /// A URL that any client can use: on `PostgreSQL` as the database's owner, an ordinary login that may make roles, with its
    /// password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same database as the server's administrator, a superuser on the throwaway server, whom row-level security does not
    /// bind; `None` on `SQLite`.
    #[must_use]
    pub fn admin_url(&self) -> Option<&str> {
        match &self.place {
            Place::File(_) => None,
            Place::Server { admin_url, .. } => Some(admin_url),
        }
    }

    /// The database's file; `None` on `PostgreSQL`. What lies beside it goes with it.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(file) => Some(file.path()),
            Place::Server { .. } => None,
        }
    }

    /// A pool of its own on this database, as its owner: at most five connections on `PostgreSQL`, one on `SQLite`.
    ///
    /// # Panics
    ///
    /// When the database does not let us in.
    pub async fn connect(&self) -> DatabaseConnection {
        open(self.backend(), &self.url)
            .await
            .unwrap_or_else(|error| panic!("{self:?} does not open: {error}"))
    }

    /// Runs SQL as the owner, several statements if need be, on a connection of its own.
    ///
    /// # Errors
    ///
    /// What the database says to it.
    ///
    /// # Panics
    ///
    /// When the database does not let us in.
    pub async fn execute(&self, sql: &str) -> Result<(), DbErr> {
        let connection = self.connect().await;
        let done = connection.execute_unprepared(sql).await;
        connection.close().await?;
        done.map(drop)
    }

    /// A new login on the server, with a random password and no rights.
    ///
    /// # Panics
    ///
    /// On `SQLite`, which has no logins; when the server refuses.
    pub async fn create_login(&self) -> Login {
        let Place::Server {
            database, logins, ..
        } = &self.place
        else {
            panic!("SQLite has no logins");
        };
        let number = logins.fetch_add(1, Ordering::Relaxed) + 1;
        let (name, url) = janitor::create_login(database, number).await;
        Login {
            name,
            url: url.to_string(),
        }
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if env::var_os("TEST_KEEP").is_some_and(|keep| keep == "1") {
            eprintln!("kept: {}", self.url);
            return;
        }
        match &self.place {
            Place::File(file) => file.remove(),
            Place::Server { database, .. } => {
                if let Err(problem) = janitor::drop_database(database.clone()) {
                    // A panic here would hide the one that may be under way.
                    eprintln!("{database} is left behind: {problem}");
                }
            }
        }
    }
}

/// Opens a small pool that keeps no connection alive for its own sake.
pub(super) async fn open(backend: Backend, url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .sqlx_logging(false)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(20));
    match backend {
        Backend::Sqlite => {
            options.max_connections(1).map_sqlx_sqlite_opts(|options| {
                options
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(10))
            });
        }
        Backend::Postgres => {
            options.max_connections(5);
        }
    }
    Database::connect(options).await
}
