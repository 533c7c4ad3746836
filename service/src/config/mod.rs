//! How the service reaches its database.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::Statement;

use crate::clock::Clock;
use crate::db::Place;
use crate::error::{Error, Result};
use crate::random::Random;

/// Where the data lives when nothing says otherwise: a file in the working directory.
pub const EMBEDDED_URL: &str = "sqlite://aura.db?mode=rwc";

/// The longest that any time may be: a day. Far longer ones overflow the clock.
const LONGEST: Duration = Duration::from_hours(24);

/// The most connections: the driver takes memory for each before it is made.
const MOST_CONNECTIONS: u32 = 10_000;

/// Sees every statement before it is sent. See [`Config::observe`].
pub(crate) type Observer = Arc<dyn Fn(&Statement) + Send + Sync>;

/// Where the database is and how it is used. Its `Debug` shows no password.
#[derive(Clone)]
pub struct Config {
    pub(crate) database_url: String,
    pub(crate) schema: Option<String>,
    pub(crate) max_connections: u32,
    pub(crate) connect_timeout: Duration,
    pub(crate) acquire_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_lifetime: Duration,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) observer: Option<Observer>,
}

impl Config {
    /// The database at `database_url` (`postgres://…` or `sqlite://…`), everything else as it is by default.
    pub fn new(database_url: impl Into<String>) -> Self {
        Self {
            database_url: database_url.into(),
            schema: None,
            max_connections: 16,
            connect_timeout: Duration::from_secs(10),
            acquire_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_mins(10),
            max_lifetime: Duration::from_mins(30),
            clock: Clock::default(),
            random: Random::default(),
            observer: None,
        }
    }

    /// From the environment:
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `DATABASE_URL` | where the data lives | [`EMBEDDED_URL`] |
    /// | `DATABASE_SCHEMA` | the `PostgreSQL` schema of the tables | the URL's `?schema=`, else `public` |
    /// | `DATABASE_MAX_CONNECTIONS` | most connections at once, 1 to 10000 | 16 |
    /// | `DATABASE_CONNECT_TIMEOUT` | seconds to reach the server at the start | 10 |
    /// | `DATABASE_ACQUIRE_TIMEOUT` | seconds to wait for a free one | 5 |
    /// | `DATABASE_IDLE_TIMEOUT` | seconds after which an unused one is closed | 600 |
    /// | `DATABASE_MAX_LIFETIME` | seconds after which any is replaced | 1800 |
    ///
    /// Seconds are whole numbers from 1 to 86400.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] names the variable that cannot be used.
    pub fn from_env() -> Result<Self> {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), with `var` in the place of the environment.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] names the variable that cannot be used.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let mut config = Self::new(var("DATABASE_URL").unwrap_or_else(|| EMBEDDED_URL.to_owned()));
        config.schema = var("DATABASE_SCHEMA");
        let seconds = |name: &'static str, default: Duration| {
            number(name, var(name)).map(|value| value.map_or(default, Duration::from_secs))
        };
        config.connect_timeout = seconds("DATABASE_CONNECT_TIMEOUT", config.connect_timeout)?;
        config.acquire_timeout = seconds("DATABASE_ACQUIRE_TIMEOUT", config.acquire_timeout)?;
        config.idle_timeout = seconds("DATABASE_IDLE_TIMEOUT", config.idle_timeout)?;
        config.max_lifetime = seconds("DATABASE_MAX_LIFETIME", config.max_lifetime)?;
        let most = "DATABASE_MAX_CONNECTIONS";
        if let Some(value) = number(most, var(most))? {
            config.max_connections = value;
        }
        config.check()?;
        Ok(config)
    }

    /// Where the data lives, fit to be shown: without user, password and parameters, a file by its absolute path.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] where the URL cannot be read. It does not quote it.
    pub fn database(&self) -> Result<String> {
        Place::read(&self.database_url).map(|place| place.to_string())
    }

    /// Refuses what the driver would panic at, or never succeed with.
    pub(crate) fn check(&self) -> Result<()> {
        for (setting, time) in [
            ("DATABASE_CONNECT_TIMEOUT", self.connect_timeout),
            ("DATABASE_ACQUIRE_TIMEOUT", self.acquire_timeout),
            ("DATABASE_IDLE_TIMEOUT", self.idle_timeout),
            ("DATABASE_MAX_LIFETIME", self.max_lifetime),
        ] {
            if time.is_zero() || time > LONGEST {
                return Err(Error::Config {
                    setting,
                    reason: format!("is {} s: it takes 1 to 86400", time.as_secs()),
                });
            }
        }
        if !(1..=MOST_CONNECTIONS).contains(&self.max_connections) {
            return Err(Error::Config {
                setting: "DATABASE_MAX_CONNECTIONS",
                reason: format!(
                    "is {}: it takes 1 to {MOST_CONNECTIONS}",
                    self.max_connections
                ),
            });
        }
        Ok(())
    }

    /// The `PostgreSQL` schema of the tables, alone on the search path. Default: the `schema` parameter of the URL, else
    /// `public`.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Most connections at once, 1 to 10,000. Default: 16.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections;
        self
    }

    /// How long a caller waits for a free connection, a day at most. Default: 5 s.
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How long [`Db::connect`](crate::Db::connect) may take to reach a server, a day at most. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The clock that all instants come from. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Where ids and secrets come from. Default: seeded by the operating system.
    #[must_use]
    pub fn random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Shows `observer` each statement with its parameters before it is sent, `BEGIN` and `COMMIT` included. To count
    /// round trips or to read plans in tests; parameters hold what people entered, so do not log them.
    #[must_use]
    pub fn observe(mut self, observer: impl Fn(&Statement) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.database();
        f.debug_struct("Config")
            .field(
                "database_url",
                &database.as_deref().unwrap_or("cannot be read"),
            )
            .field("schema", &self.schema)
            .field("max_connections", &self.max_connections)
            .field("connect_timeout", &self.connect_timeout)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_lifetime", &self.max_lifetime)
            .finish_non_exhaustive()
    }
}

fn number<T: FromStr>(setting: &'static str, value: Option<String>) -> Result<Option<T>> {
    value
        .map(|value| {
            value.trim().parse().map_err(|_| Error::Config {
                setting,
                reason: format!("is `{value}`: it takes a whole number"),
            })
        })
        .transpose()
}
