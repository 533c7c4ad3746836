//! Where a database is: its URL, read before anything is done with it, so that no error ever quotes it.

use std::fmt;
use std::str::FromStr;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use url::Url;

use super::parameters::Parameters;
use crate::error::{Error, Result};

/// The longest identifier, in bytes; `PostgreSQL` silently cuts off what is beyond.
const MAX_SCHEMA_BYTES: usize = 63;

/// Where Supabase's pooler gives every transaction another connection of the server: under these names, at this port.
const SUPABASE_POOLER: ([&str; 2], u16) = ([".supabase.com", ".supabase.co"], 6543);

/// A database URL that the driver can read. `Display` leaves out user, password and parameters.
pub(crate) enum Place {
    Postgres {
        options: Box<PgConnectOptions>,
        schema: Option<String>,
        /// Whether a transaction pooler stands before the server, as far as the URL says.
        pooled: bool,
    },
    Sqlite {
        options: Box<SqliteConnectOptions>,
        in_memory: bool,
    },
}

impl Place {
    pub(crate) fn read(text: &str) -> Result<Self> {
        let scheme = text.split(':').next().unwrap_or_default();
        match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Self::postgres(text),
            "sqlite" => Self::sqlite(text),
            other if is_scheme(other) && text[other.len()..].starts_with("://") => Err(unusable(
                format!("begins with `{other}://`: it takes postgres://… or sqlite://…"),
            )),
            _ => Err(unusable(
                "has no scheme: it takes postgres://… or sqlite://…",
            )),
        }
    }

    fn postgres(text: &str) -> Result<Self> {
        // The driver's own messages may hold parts of the URL.
        let unreadable = || {
            unusable(
                "cannot be read: it takes postgres://user:password@host:port/database, with / ? # @ in a password \
                 percent-encoded",
            )
        };
        let mut url = Url::parse(text).map_err(|_| unreadable())?;
        // A `/`, `?` or `#` in a password ends the host early: what follows would be taken for the database's name.
        if url.fragment().is_some()
            || url.path().contains('@')
            || url.query_pairs().any(|(key, _)| key.contains('@'))
        {
            return Err(unreadable());
        }
        let mut parameters = Parameters::read(&url)?;
        parameters.apply(&mut url);
        let options = PgConnectOptions::from_str(url.as_str()).map_err(|_| unreadable())?;
        let pooled = parameters.pooled.unwrap_or_else(|| {
            let host = options.get_host();
            let (names, port) = SUPABASE_POOLER;
            options.get_port() == port && names.iter().any(|name| host.ends_with(name))
        });
        Ok(Self::Postgres {
            options: Box::new(parameters.tls(options)),
            schema: parameters.schema,
            pooled,
        })
    }

    fn sqlite(text: &str) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(text)
            .map_err(|_| unusable("cannot be read: it takes sqlite://path/to/file?mode=rwc"))?;
        Ok(Self::Sqlite {
            options: Box::new(options),
            in_memory: text.contains(":memory:") || text.contains("mode=memory"),
        })
    }
}

/// `host:port`, or the directory of the server's socket.
pub(crate) fn address(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(path) => path.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres { options, .. } => {
                let database = options.get_database().unwrap_or(options.get_username());
                write!(f, "postgres://{}/{database}", address(options))
            }
            Self::Sqlite {
                in_memory: true, ..
            } => f.write_str("sqlite::memory:"),
            Self::Sqlite { options, .. } => {
                let file = options.get_filename();
                let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
                write!(f, "sqlite://{}", file.display())
            }
        }
    }
}

/// The schema's name as `SeaORM` passes it on untouched: quoted.
pub(super) fn quoted_schema(name: &str) -> Result<String> {
    let reason = if name.is_empty() {
        "is empty"
    } else if name.len() > MAX_SCHEMA_BYTES {
        "is longer than 63 bytes"
    } else if name.contains(char::is_control) {
        "contains a control character"
    } else if name.starts_with("pg_") || name == "information_schema" {
        "is a name that PostgreSQL keeps for itself"
    } else {
        return Ok(format!("\"{}\"", name.replace('"', "\"\"")));
    };
    Err(Error::Config {
        setting: "DATABASE_SCHEMA",
        reason: reason.to_owned(),
    })
}

pub(super) fn unusable(reason: impl Into<String>) -> Error {
    Error::Config {
        setting: "DATABASE_URL",
        reason: reason.into(),
    }
}

/// A scheme as RFC 3986 has it, and short: what is printed must not be a stray secret.
fn is_scheme(text: &str) -> bool {
    text.len() <= 16
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
}
