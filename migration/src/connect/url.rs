//! Database URLs: read once, and never printed with a password.
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sea_orm_migration::sea_orm::sqlx::ConnectOptions as _;
use sea_orm_migration::sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm_migration::sea_orm::sqlx::sqlite::SqliteConnectOptions;
use url::{Url, form_urlencoded};

use crate::error::{Error, one_line};

/// The embedded database: a file in the current directory, made when it is missing.
pub const DEFAULT_URL: &str = "sqlite://aura.db?mode=rwc";

/// What sqlx understands of a `PostgreSQL` URL's parameters.
const POSTGRES_PARAMETERS: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "options",
];

/// What says that the address is that of a transaction pooler: our services' word, and Prisma's.
const POOLED: [&str; 2] = ["pooled", "pgbouncer"];

/// A database URL that has been read and found meaningful.
///
/// Both `Display` and `Debug` give the database without any password, a file by its absolute path.
#[derive(Clone)]
pub struct DatabaseUrl {
    pub(super) target: Target,
    pub(super) schema: Option<String>,
    ignored: Vec<String>,
}

#[derive(Clone)]
pub(super) enum Target {
    Postgres(PostgresTarget),
    Sqlite(SqliteTarget),
}

#[derive(Clone)]
pub(super) struct PostgresTarget {
    pub(super) options: PgConnectOptions,
    /// Whether the URL says that this is a pooler which gives each transaction another session.
    pub(super) pooled: bool,
    has_password: bool,
}

#[derive(Clone)]
pub(super) struct SqliteTarget {
    pub(super) options: SqliteConnectOptions,
    /// `None` for a database in memory.
    pub(super) path: Option<PathBuf>,
    pub(super) access: Access,
}

/// The `mode` of a `SQLite` URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    ReadOnly,
    ReadWrite,
    Create,
}

impl DatabaseUrl {
    /// The database's file; `None` for a server and for a database in memory.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.target {
            Target::Sqlite(target) => target.path.as_deref(),
            Target::Postgres(_) => None,
        }
    }

    /// Whether the database lives in this process's memory alone.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        matches!(&self.target, Target::Sqlite(target) if target.path.is_none())
    }

    /// Whether this is a file that does not exist yet and that [`connect`](super::connect()) would
    /// make.
    #[must_use]
    pub fn is_still_to_be_made(&self) -> bool {
        matches!(
            &self.target,
            Target::Sqlite(SqliteTarget { path: Some(path), access: Access::Create, .. })
                if !path.exists()
        )
    }

    /// The `PostgreSQL` schema that the URL names; `None` when it does not.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// What the database is called on its server; `None` for a file.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        match &self.target {
            Target::Postgres(target) => {
                let options = &target.options;
                Some(options.get_database().unwrap_or(options.get_username()))
            }
            Target::Sqlite(_) => None,
        }
    }

    /// Whether the database is on this machine: a file, a socket, or a loopback address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.target {
            Target::Sqlite(_) => true,
            Target::Postgres(target) => {
                let host = target.options.get_host();
                target.options.get_socket().is_some()
                    || host.starts_with('/')
                    || host.eq_ignore_ascii_case("localhost")
                    || host
                        .trim_matches(['[', ']'])
                        .parse()
                        .is_ok_and(|address: IpAddr| address.is_loopback())
            }
        }
    }

    /// Whether the database can have schemas.
    #[must_use]
    pub fn has_schemas(&self) -> bool {
        matches!(self.target, Target::Postgres(_))
    }

    /// The names of the URL's parameters that have no effect here.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    fn postgres(text: &str) -> Result<Self, Error> {
        let mut url = Url::parse(text).map_err(|error| malformed(error.to_string()))?;
        // `/`, `?` or `#` in a password that is not percent-encoded ends the host early: what
        // follows would be taken for, and printed as, the name of the database.
        if url.fragment().is_some()
            || url.path().contains('@')
            || url.query_pairs().any(|(key, _)| key.contains('@'))
        {
            return Err(malformed(
                "there is an @ or # after the host; in a user name or password write / as %2F, ? as %3F, # as %23, @ as %40",
            ));
        }
        let mut kept = Vec::new();
        let mut ignored = Vec::new();
        let mut schema = None;
        let mut pooled = false;
        for (key, value) in url.query_pairs() {
            if key.contains("search_path") || (key == "options" && value.contains("search_path")) {
                return Err(malformed(
                    "give the schema with --database-schema or ?schema=, not as a search_path in options",
                ));
            }
            if key == "schema" {
                schema = Some(value.into_owned());
            } else if POOLED.contains(&&*key) {
                pooled |= !matches!(&*value, "false" | "0" | "off" | "no");
            } else if POSTGRES_PARAMETERS.contains(&&*key) || key.starts_with("options[") {
                kept.push((key.into_owned(), value.into_owned()));
            } else if key != "application_name" {
                ignored.push(key.escape_debug().collect());
            }
        }
        let has_password =
            url.password().is_some() || kept.iter().any(|(key, _)| key == "password");
        url.query_pairs_mut().clear().extend_pairs(kept);
        let options = PgConnectOptions::from_url(&url)
            .map_err(|error| malformed(one_line(&error.to_string())))?;
        Ok(Self {
            target: Target::Postgres(PostgresTarget {
                options,
                pooled,
                has_password,
            }),
            schema,
            ignored,
        })
    }

    fn sqlite(text: &str) -> Result<Self, Error> {
        let options = SqliteConnectOptions::from_str(text)
            .map_err(|error| malformed(one_line(&error.to_string())))?;
        let (name, query) = text.split_once('?').unwrap_or((text, ""));
        let name = name
            .trim_start_matches("sqlite://")
            .trim_start_matches("sqlite:");
        let mode = form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| key == "mode")
            .last()
            .map(|(_, mode)| mode.into_owned());
        let in_memory = name == ":memory:" || mode.as_deref() == Some("memory");
        if name.is_empty() && !in_memory {
            return Err(malformed("the path of the file is missing"));
        }
        let path = if in_memory {
            None
        } else {
            let path = std::path::absolute(options.get_filename())
                .map_err(|error| malformed(error.to_string()))?;
            Some(path)
        };
        Ok(Self {
            target: Target::Sqlite(SqliteTarget {
                options,
                path,
                access: match mode.as_deref() {
                    Some("ro") => Access::ReadOnly,
                    Some("rwc") => Access::Create,
                    _ => Access::ReadWrite,
                },
            }),
            schema: None,
            ignored: Vec::new(),
        })
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(malformed("it is empty"));
        }
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        let (Some(scheme), true) = (scheme, text.contains("://") || text.starts_with("sqlite:"))
        else {
            return Err(malformed("it has no scheme"));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Self::postgres(text),
            "sqlite" => Self::sqlite(text),
            scheme if is_scheme(scheme) => Err(Error::UnsupportedDatabase {
                scheme: scheme.to_owned(),
            }),
            _ => Err(malformed("it has no scheme")),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Postgres(target) => {
                let options = &target.options;
                write!(f, "postgres://{}", options.get_username())?;
                if target.has_password {
                    f.write_str(":***")?;
                }
                let database = options.get_database().unwrap_or(options.get_username());
                write!(f, "@{}/{database}", target.address())
            }
            Target::Sqlite(SqliteTarget {
                path: Some(path), ..
            }) => write!(f, "sqlite://{}", path.display()),
            Target::Sqlite(_) => f.write_str("sqlite::memory:"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl PostgresTarget {
    /// `host:port`, or the path of the socket's directory.
    pub(super) fn address(&self) -> String {
        match self.options.get_socket() {
            Some(path) => path.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }
}

fn malformed(reason: impl Into<String>) -> Error {
    Error::MalformedUrl {
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

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
