//! How a connection is made.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{ConnectOptions as _, Error as SqlxError};

use super::ask::{Answer, Ask};
use super::wire::Wire;

/// How soon a server looks whether the one that asked is still there, while it works on a long statement.
pub(super) const CLIENT_CHECKED_EVERY: Duration = Duration::from_secs(1);

/// A row where the database is spread by Citus. What is said of it counts as rows in what the server says it has done.
const IS_CITUS: &str = "SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus'";

/// What Citus is told, as `SET` or `SET LOCAL` takes it: that the settings of a transaction hold on all nodes that it reaches,
/// without which a tenant's finds no row there; and that it reaches one shard of a table after the other, without which one
/// that has changed several shards changes nothing more that stands on every node.
const ON_CITUS: [&str; 2] = [
    "citus.propagate_set_commands = 'local'",
    "citus.multi_shard_modify_mode = 'sequential'",
];

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
    /// Whether the database is spread by Citus, as far as the connections made so far have found. One that becomes so is
    /// found so by the next connection.
    pub(in crate::db) on_citus: AtomicBool,
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
        if self.on_citus.load(Ordering::Relaxed) {
            settings.extend(ON_CITUS.map(ToOwned::to_owned));
        }
        settings
    }

    /// One round trip, by statements: poolers refuse what comes with the start-up message. One more on the first connection
    /// to Citus.
    pub(super) async fn set_up(&self, wire: &mut Wire) -> Result<(), SqlxError> {
        if self.pooled {
            return self.see(wire, IS_CITUS).await.map(drop);
        }
        let seen = match self.see(wire, &self.batch()).await {
            Err(SqlxError::Database(_)) if self.checks_client.swap(false, Ordering::Relaxed) => {
                // Some systems cannot tell that a client has gone, and refuse to look.
                self.see(wire, &self.batch()).await
            }
            seen => seen,
        };
        if seen? {
            wire.send(&self.batch()).await?;
        }
        Ok(())
    }

    /// Sends the batch, and notes whether it found Citus. Returns whether that is news.
    async fn see(&self, wire: &mut Wire, batch: &str) -> Result<bool, SqlxError> {
        if self.on_citus.load(Ordering::Relaxed) {
            return wire.send(batch).await.map(|()| false);
        }
        let done = wire.answer(Ask::Unprepared(batch), true).await?;
        let found = matches!(done, Answer::Done(done) if done.rows_affected() > 0);
        Ok(found && !self.on_citus.swap(true, Ordering::Relaxed))
    }

    fn batch(&self) -> String {
        let mut batch = String::new();
        for setting in self.settings() {
            // Writing to a string cannot fail.
            let _ = write!(batch, "SET {setting};");
        }
        if !self.on_citus.load(Ordering::Relaxed) {
            batch.push_str(IS_CITUS);
        }
        batch
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
