//! The configuration from the environment.

use std::str::FromStr;
use std::time::Duration;

use super::{Config, EMBEDDED_URL, IsolatedBy};
use crate::error::{Error, Result};

impl Config {
    /// From the environment:
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `DATABASE_URL_POOLER` | where the data lives, through a pooler | `DATABASE_URL` |
    /// | `DATABASE_URL` | where the data lives | [`EMBEDDED_URL`] |
    /// | `DATABASE_SCHEMA` | the `PostgreSQL` schema of the tables | the URL's `?schema=`, else `public` |
    /// | `DATABASE_MAX_CONNECTIONS` | most connections at once, 1 to 10000 | 16 |
    /// | `DATABASE_CONNECT_TIMEOUT` | seconds to reach the server | 10 |
    /// | `DATABASE_ACQUIRE_TIMEOUT` | seconds to wait for a free one | 5 |
    /// | `DATABASE_IDLE_TIMEOUT` | seconds after which an unused one is closed | 600 |
    /// | `DATABASE_MAX_LIFETIME` | seconds after which any is replaced | 1800 |
    /// | `DATABASE_STATEMENT_TIMEOUT` | seconds that the server may work on a statement | as the server is set |
    /// | `DATABASE_URL_RUNTIME` | the login of the wall, see [`Config::runtime_url`] | none |
    /// | `DATABASE_ISOLATION` | `types` or `database`, see [`Config::isolated_by`] | `types` |
    /// | `DATABASE_POOLED` | `true` behind a transaction pooler, see [`Config::pooled`] | as the URL says |
    /// | `PASSWORD_MIN_LENGTH` | fewest characters of a new password, 8 to 64 | 15 |
    /// | `PASSWORD_PEPPER` | `id:key`, see [`Pepper`](crate::secret::Pepper) | none |
    /// | `PASSWORD_FORMER_PEPPERS` | those in use before, with commas between | none |
    /// | `PASSWORD_HASHING_MEMORY` | KiB that a hash takes | 19456 |
    /// | `PASSWORD_HASHING_PASSES` | passes over that memory | 2 |
    /// | `PASSWORD_HASHING_CONCURRENCY` | most hashes made at once | one per core |
    /// | `PASSWORD_HASHING_QUEUE` | most callers that wait for their turn | 256 |
    /// | `SESSION_LIFETIME` | seconds that a session lasts at most, 300 to 34560000 | 2592000 |
    /// | `SESSION_IDLE` | seconds that it lasts unused, 300 to 34560000 | 604800 |
    /// | `AUDIT` | whether changes are recorded: `on` or `off` | `on` |
    /// | `RETENTION_DELETED_ROWS` | days that deleted rows are kept, or `forever` | 30 |
    /// | `RETENTION_ENDED_SESSIONS` | the same of sessions that ended | 30 |
    /// | `RETENTION_ENDED_TOKENS` | the same of verification tokens | 30 |
    /// | `RETENTION_ENDED_INVITATIONS` | the same of invitations | 90 |
    /// | `RETENTION_THROTTLES` | the same of counts of attempts to sign in | 1 |
    /// | `RETENTION_AUDIT` | the same of events of the audit | `forever` |
    ///
    /// Seconds are whole numbers; where no bounds are said, from 1 to 86400.
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
        let url = var("DATABASE_URL_POOLER").or_else(|| var("DATABASE_URL"));
        let mut config = Self::new(url.unwrap_or_else(|| EMBEDDED_URL.to_owned()));
        config.schema = var("DATABASE_SCHEMA");
        let seconds = |name: &'static str, default: Duration| {
            number(name, var(name)).map(|value| value.map_or(default, Duration::from_secs))
        };
        config.connect_timeout = seconds("DATABASE_CONNECT_TIMEOUT", config.connect_timeout)?;
        config.acquire_timeout = seconds("DATABASE_ACQUIRE_TIMEOUT", config.acquire_timeout)?;
        config.idle_timeout = seconds("DATABASE_IDLE_TIMEOUT", config.idle_timeout)?;
        config.max_lifetime = seconds("DATABASE_MAX_LIFETIME", config.max_lifetime)?;
        let longest = "DATABASE_STATEMENT_TIMEOUT";
        config.statement_timeout = number(longest, var(longest))?.map(Duration::from_secs);
        config.pooled = match var("DATABASE_POOLED").as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => {
                return Err(Error::Config {
                    setting: "DATABASE_POOLED",
                    reason: "is neither `true` nor `false`".into(),
                });
            }
        };
        let most = "DATABASE_MAX_CONNECTIONS";
        if let Some(value) = number(most, var(most))? {
            config.max_connections = value;
        }
        config.secrets_from(&var)?;
        config.audit = match var("AUDIT").as_deref() {
            None | Some("on") => true,
            Some("off") => false,
            Some(_) => {
                return Err(Error::Config {
                    setting: "AUDIT",
                    reason: "is neither `on` nor `off`".into(),
                });
            }
        };
        config.runtime_url = var("DATABASE_URL_RUNTIME");
        config.isolated_by = match var("DATABASE_ISOLATION").as_deref() {
            None | Some("types") => IsolatedBy::Types,
            Some("database") => IsolatedBy::Database,
            Some(_) => {
                return Err(Error::Config {
                    setting: "DATABASE_ISOLATION",
                    reason: "is neither `types` nor `database`".into(),
                });
            }
        };
        config.retention_from(&var)?;
        config.check()?;
        Ok(config)
    }

    fn retention_from(&mut self, var: &impl Fn(&str) -> Option<String>) -> Result<()> {
        for (setting, days) in self.policy.retention.settings() {
            match var(setting).as_deref().map(str::trim) {
                None => {}
                Some("forever") => *days = None,
                Some(value) => {
                    let value = value.parse().map_err(|_| Error::Config {
                        setting,
                        reason: format!("is `{value}`: it takes a number of days, or `forever`"),
                    })?;
                    *days = Some(value);
                }
            }
        }
        Ok(())
    }

    fn secrets_from(&mut self, var: &impl Fn(&str) -> Option<String>) -> Result<()> {
        set(
            &mut self.policy.password_min_length,
            "PASSWORD_MIN_LENGTH",
            var,
        )?;
        set(&mut self.hashing.memory_kib, "PASSWORD_HASHING_MEMORY", var)?;
        set(&mut self.hashing.passes, "PASSWORD_HASHING_PASSES", var)?;
        set(
            &mut self.hashing.concurrency,
            "PASSWORD_HASHING_CONCURRENCY",
            var,
        )?;
        set(&mut self.hashing.queue, "PASSWORD_HASHING_QUEUE", var)?;
        if let Some(pepper) = var("PASSWORD_PEPPER") {
            self.peppers.current = Some(pepper.parse()?);
        }
        if let Some(former) = var("PASSWORD_FORMER_PEPPERS") {
            self.peppers.former = former.split(',').map(str::parse).collect::<Result<_>>()?;
        }
        for (time, name) in [
            (&mut self.policy.session_lifetime, "SESSION_LIFETIME"),
            (&mut self.policy.session_idle, "SESSION_IDLE"),
        ] {
            if let Some(seconds) = number(name, var(name))? {
                *time = Duration::from_secs(seconds);
            }
        }
        Ok(())
    }
}

fn set<T: FromStr>(
    setting: &mut T,
    name: &'static str,
    var: &impl Fn(&str) -> Option<String>,
) -> Result<()> {
    if let Some(value) = number(name, var(name))? {
        *setting = value;
    }
    Ok(())
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
