//! How the service reaches its database, and how it keeps secrets.

mod vars;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::Statement;

use crate::clock::Clock;
use crate::db::Place;
use crate::error::{Error, Result};
use crate::lifecycle::Retention;
use crate::passwords::Throttling;
use crate::random::Random;
use crate::secret::{Hashing, Pepper, Peppers};

/// Where the data lives when nothing says otherwise: a file in the working directory.
pub const EMBEDDED_URL: &str = "sqlite://aura.db?mode=rwc";

/// The longest that any time may be: a day. Far longer ones overflow the clock.
const LONGEST: Duration = Duration::from_hours(24);

/// The most connections: the driver takes memory for each before it is made.
const MOST_CONNECTIONS: u32 = 10_000;

/// A session's use is noted to about a minute: a shorter one would end while it is used.
const SHORTEST_SESSION: Duration = Duration::from_mins(5);
const LONGEST_SESSION: Duration = Duration::from_hours(400 * 24);

/// Sees every statement before it is sent. See [`Config::observe`].
pub(crate) type Observer = Arc<dyn Fn(&Statement) + Send + Sync>;
/// Sees the SQL of this crate alone. See [`Config::observe_own`].
pub(crate) type OwnObserver = Arc<dyn Fn(&str, bool) + Send + Sync>;

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
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) pooled: Option<bool>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) observer: Option<Observer>,
    pub(crate) own_observer: Option<OwnObserver>,
    pub(crate) as_on_citus: bool,
    pub(crate) hashing: Hashing,
    pub(crate) peppers: Peppers,
    pub(crate) policy: Policy,
    pub(crate) audit: bool,
    pub(crate) isolated_by: IsolatedBy,
    pub(crate) runtime_url: Option<String>,
}

/// What keeps tenants apart in single statements. In a tenant's transaction the database does, on `PostgreSQL`, whatever is
/// chosen here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IsolatedBy {
    /// The types: what is asked through a [`Tenant`](crate::Tenant) carries its application's id. A statement is one round
    /// trip. SQL of one's own on [`Tenant::db`](crate::Tenant::db) is not held back.
    #[default]
    Types,
    /// The types, and below them row-level security: every statement of a tenant runs in a transaction of its own, with the
    /// application set and under the runtime role. Two round trips more for each.
    Database,
}

/// What is demanded of passwords and sessions, and how long things are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) password_min_length: usize,
    pub(crate) throttling: Throttling,
    pub(crate) session_lifetime: Duration,
    pub(crate) session_idle: Duration,
    pub(crate) retention: Retention,
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
            statement_timeout: None,
            pooled: None,
            clock: Clock::default(),
            random: Random::default(),
            observer: None,
            own_observer: None,
            as_on_citus: false,
            hashing: Hashing::default(),
            peppers: Peppers::default(),
            policy: Policy {
                password_min_length: 15,
                throttling: Throttling::default(),
                session_lifetime: Duration::from_hours(30 * 24),
                session_idle: Duration::from_hours(7 * 24),
                retention: Retention::default(),
            },
            audit: true,
            isolated_by: IsolatedBy::default(),
            runtime_url: None,
        }
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
        let statement_timeout = self.statement_timeout.unwrap_or(LONGEST);
        for (setting, time) in [
            ("DATABASE_CONNECT_TIMEOUT", self.connect_timeout),
            ("DATABASE_ACQUIRE_TIMEOUT", self.acquire_timeout),
            ("DATABASE_IDLE_TIMEOUT", self.idle_timeout),
            ("DATABASE_MAX_LIFETIME", self.max_lifetime),
            ("DATABASE_STATEMENT_TIMEOUT", statement_timeout),
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
        self.check_secrets()
    }

    fn check_secrets(&self) -> Result<()> {
        self.hashing.check()?;
        self.peppers.check()?;
        self.policy.throttling.check()?;
        self.policy.retention.check()?;
        if !(8..=64).contains(&self.policy.password_min_length) {
            return Err(Error::Config {
                setting: "PASSWORD_MIN_LENGTH",
                reason: format!("is {}: it takes 8 to 64", self.policy.password_min_length),
            });
        }
        for (setting, time) in [
            ("SESSION_LIFETIME", self.policy.session_lifetime),
            ("SESSION_IDLE", self.policy.session_idle),
        ] {
            if !(SHORTEST_SESSION..=LONGEST_SESSION).contains(&time) {
                return Err(Error::Config {
                    setting,
                    reason: format!("is {} s: it takes 300 to 34560000", time.as_secs()),
                });
            }
        }
        Ok(())
    }

    /// Whether every change writes its [event](crate::audit), in the same transaction. Default: on.
    #[must_use]
    pub fn audit(mut self, on: bool) -> Self {
        self.audit = on;
        self
    }

    /// What keeps tenants apart in single statements. Default: [`IsolatedBy::Types`].
    #[must_use]
    pub fn isolated_by(mut self, isolated_by: IsolatedBy) -> Self {
        self.isolated_by = isolated_by;
        self
    }

    /// The login for SQL that nobody vouches for, as a URL of the same database: an ordinary login that is a member of the
    /// guest role and of no other. [`Tenant::walled`](crate::Tenant::walled) takes it; it has a pool of its own, as large as
    /// the other. Default: none.
    #[must_use]
    pub fn runtime_url(mut self, url: impl Into<String>) -> Self {
        self.runtime_url = Some(url.into());
        self
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

    /// How long it may take to reach a server, at the start and later, a day at most. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// After how long without use a connection is closed, a day at most. Default: 10 min.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// After how long any connection is replaced by a new one, a day at most. Default: 30 min.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// How long the server may work on one statement (`statement_timeout`), a day at most; `None`: as the server is set.
    /// Without effect on `SQLite`, whose statements end when they end. Default: `None`.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.statement_timeout = timeout.into();
        self
    }

    /// Whether a pooler stands before the server that gives every transaction another connection and keeps no track of
    /// prepared statements: `PgBouncer` before 1.21 in transaction mode, Supavisor. Every statement is then a transaction of
    /// its own where none is open (four round trips in place of one), nothing is prepared by name, and nothing is set on
    /// a session. Default: what the URL says (`pooled=true`, or Prisma's `pgbouncer=true`), else whether it is Supabase's
    /// transaction pooler (port 6543).
    #[must_use]
    pub fn pooled(mut self, pooled: bool) -> Self {
        self.pooled = Some(pooled);
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

    /// What a password hash costs, and how many are made at once. Default: [`Hashing::default`].
    #[must_use]
    pub fn hashing(mut self, hashing: Hashing) -> Self {
        self.hashing = hashing;
        self
    }

    /// The pepper of new password hashes: a key that is kept outside the database, without which no stolen hash can be
    /// guessed at. Hashes made without one, or with a [former](Self::former_pepper) one, are replaced at sign-in.
    /// Default: none.
    #[must_use]
    pub fn pepper(mut self, pepper: Pepper) -> Self {
        self.peppers.current = Some(pepper);
        self
    }

    /// A pepper that was in use before: hashes made with it verify until they are replaced.
    #[must_use]
    pub fn former_pepper(mut self, pepper: Pepper) -> Self {
        self.peppers.former.push(pepper);
        self
    }

    /// The fewest characters (Unicode code points) of a new password, 8 to 64. Default: 15, the least where a password
    /// is the only factor (NIST SP 800-63B-4 §3.1.1.2).
    #[must_use]
    pub fn password_min_length(mut self, characters: usize) -> Self {
        self.policy.password_min_length = characters;
        self
    }

    /// How guessing of passwords is slowed down. Default: [`Throttling::default`].
    #[must_use]
    pub fn throttling(mut self, throttling: Throttling) -> Self {
        self.policy.throttling = throttling;
        self
    }

    /// How long a session lasts at most, however much it is used: 5 minutes to 400 days. Default: 30 days (NIST
    /// SP 800-63B-4 §2.1.3).
    #[must_use]
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.policy.session_lifetime = lifetime;
        self
    }

    /// How long a session lasts without being used: 5 minutes to 400 days. Use is noted to about a minute, so it may end up
    /// to a minute early. Default: 7 days.
    #[must_use]
    pub fn session_idle(mut self, idle: Duration) -> Self {
        self.policy.session_idle = idle;
        self
    }

    /// How long things are kept that have come to their end: what
    /// [`apply_retention`](crate::lifecycle::Lifecycle::apply_retention) removes. Default: [`Retention::default`].
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.policy.retention = retention;
        self
    }

    /// Shows `observer` the SQL of each statement that this crate itself makes before it is sent, and whether it is made for
    /// Citus: for tests, which hold it against what a distributed database takes.
    #[doc(hidden)]
    #[must_use]
    pub fn observe_own(mut self, observer: impl Fn(&str, bool) + Send + Sync + 'static) -> Self {
        self.own_observer = Some(Arc::new(observer));
        self
    }

    /// Sends to any `PostgreSQL` what is sent to Citus: for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn as_on_citus(mut self) -> Self {
        self.as_on_citus = true;
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
            .field("statement_timeout", &self.statement_timeout)
            .field("pooled", &self.pooled)
            .field("hashing", &self.hashing)
            .field("peppers", &self.peppers)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
