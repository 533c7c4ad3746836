//! How a connection is made.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{ConnectOptions as _, Error as SqlxError};

use super::wire::Wire;

/// How soon a server looks whether the one that asked is still there, while it works on a long statement.
pub(super) const CLIENT_CHECKED_EVERY: Duration = Duration::from_secs(1);

pub(in crate::db) enum Address {
    Postgres {
        options: Box<PgConnectOptions>,
        session: Session,
    },
    Sqlite {
        options: Box<SqliteConnectOptions>,
        in_memory: bool,
    },
}

/// What holds on every connection to `PostgreSQL`.
pub(in crate::db) struct Session {
    /// Quoted.
    pub(in crate::db) schema: String,
    pub(in crate::db) statement_timeout: Option<Duration>,
    /// Behind a pooler that gives every transaction another connection of the server: nothing is set on a session.
    pub(in crate::db) pooled: bool,
    /// Whether the server knows `client_connection_check_interval`, as far as has been found out.
    pub(in crate::db) checks_client: AtomicBool,
}

impl Session {
    /// The settings, as `SET` or `SET LOCAL` takes them.
    pub(in crate::db) fn settings(&self) -> Vec<String> {
        let mut settings = vec![format!("search_path = {}, pg_temp", self.schema)];
        if let Some(timeout) = self.statement_timeout {
            settings.push(format!("statement_timeout = {}", timeout.as_millis()));
        }
        if self.checks_client.load(Ordering::Relaxed) {
            let millis = CLIENT_CHECKED_EVERY.as_millis();
            settings.push(format!("client_connection_check_interval = {millis}"));
        }
        settings
    }

    /// One round trip, by statements: poolers refuse what comes with the start-up message.
    pub(super) async fn set_up(&self, wire: &mut Wire) -> Result<(), SqlxError> {
        if self.pooled {
            return Ok(());
        }
        match wire.send(&self.batch()).await {
            Err(SqlxError::Database(_)) if self.checks_client.swap(false, Ordering::Relaxed) => {
                // Some systems cannot tell that a client has gone, and refuse to look.
                wire.send(&self.batch()).await
            }
            done => done,
        }
    }

    fn batch(&self) -> String {
        self.settings()
            .iter()
            .fold(String::new(), |mut batch, setting| {
                let _ = write!(batch, "SET {setting};");
                batch
            })
    }
}

impl Address {
    pub(super) async fn connect(&self) -> Result<Wire, SqlxError> {
        match self {
            Self::Postgres { options, session } => {
                let connection = match options.connect().await {
                    // libpq's `allow`: first without TLS, and with it where the server will not have that.
                    Err(SqlxError::Database(_))
                        if matches!(options.get_ssl_mode(), PgSslMode::Allow) =>
                    {
                        let options = options.as_ref().clone();
                        options.ssl_mode(PgSslMode::Require).connect().await?
                    }
                    connected => connected?,
                };
                let mut wire = Wire::Postgres(connection);
                session.set_up(&mut wire).await?;
                Ok(wire)
            }
            Self::Sqlite { options, .. } => Ok(Wire::Sqlite(options.connect().await?)),
        }
    }

    /// Whether everything ends with the connection.
    pub(super) fn in_memory(&self) -> bool {
        matches!(
            self,
            Self::Sqlite {
                in_memory: true,
                ..
            }
        )
    }

    pub(super) fn pooled(&self) -> bool {
        matches!(self, Self::Postgres { session, .. } if session.pooled)
    }
}
