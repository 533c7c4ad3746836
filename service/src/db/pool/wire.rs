//! One connection of the driver, of either kind.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sea_orm::sqlx::postgres::{PgConnection, PgSeverity, Postgres};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::sqlite::{Sqlite, SqliteConnection};
use sea_orm::sqlx::{AssertSqlSafe, Connection as _, Error as SqlxError, Executor as _};
use sea_orm::sqlx::{postgres, query_with};
use sea_orm::{QueryResult, Statement};
use sea_query_sqlx::SqlxValues;

use super::ask::{Answer, Ask, check};

pub(super) enum Wire {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

macro_rules! answer {
    ($connection:expr, $ask:expr, $query:expr) => {
        match $ask {
            Ask::Execute(statement) => {
                let done = $query(statement)?.execute($connection).await?;
                Ok(Answer::Done(done.into()))
            }
            Ask::Unprepared(sql) => {
                let sql = AssertSqlSafe(sql.to_owned());
                Ok(Answer::Done($connection.execute(sql).await?.into()))
            }
            Ask::One(statement) => {
                let row = $query(statement)?.fetch_optional($connection).await?;
                Ok(Answer::One(row.map(Into::into)))
            }
            Ask::All(statement) => {
                let rows = $query(statement)?.fetch_all($connection).await?;
                Ok(Answer::All(rows.into_iter().map(Into::into).collect()))
            }
        }
    };
}

impl Wire {
    /// `named`: the statement is kept by the server under a name, so that it is prepared once.
    pub(super) async fn answer(&mut self, ask: Ask<'_>, named: bool) -> Result<Answer, SqlxError> {
        match self {
            Self::Postgres(connection) => {
                answer!(connection, ask, |statement| on_postgres(statement, named))
            }
            Self::Sqlite(connection) => answer!(connection, ask, on_sqlite),
        }
    }

    /// The rows as they come.
    pub(super) fn rows(
        &mut self,
        statement: &Statement,
        named: bool,
    ) -> Result<BoxStream<'_, Result<QueryResult, SqlxError>>, SqlxError> {
        Ok(match self {
            Self::Postgres(connection) => on_postgres(statement, named)?
                .fetch(connection)
                .map_ok(Into::into)
                .boxed(),
            Self::Sqlite(connection) => on_sqlite(statement)?
                .fetch(connection)
                .map_ok(Into::into)
                .boxed(),
        })
    }

    /// Text whose answer is of no interest.
    pub(super) async fn send(&mut self, sql: &str) -> Result<(), SqlxError> {
        self.answer(Ask::Unprepared(sql), true).await.map(drop)
    }

    /// One round trip, and all that was still under way has been answered.
    pub(super) async fn ping(&mut self) -> Result<(), SqlxError> {
        match self {
            Self::Postgres(connection) => connection.ping().await,
            Self::Sqlite(connection) => connection.ping().await,
        }
    }

    /// Forgets all prepared statements, on both sides.
    pub(super) async fn forget_statements(&mut self) -> Result<(), SqlxError> {
        match self {
            Self::Postgres(connection) => connection.clear_cached_statements().await,
            Self::Sqlite(connection) => connection.clear_cached_statements().await,
        }
    }

    pub(super) async fn close(self) -> Result<(), SqlxError> {
        match self {
            Self::Postgres(connection) => connection.close().await,
            Self::Sqlite(connection) => connection.close().await,
        }
    }
}

fn on_postgres(
    statement: &Statement,
    named: bool,
) -> Result<Query<'static, Postgres, SqlxValues>, SqlxError> {
    check(statement)?;
    let values = statement.values.clone().unwrap_or(no_values());
    let sql = AssertSqlSafe(statement.sql.as_str());
    Ok(query_with(sql, SqlxValues(values)).persistent(named))
}

fn on_sqlite(statement: &Statement) -> Result<Query<'static, Sqlite, SqlxValues>, SqlxError> {
    check(statement)?;
    let values = statement.values.clone().unwrap_or(no_values());
    let sql = AssertSqlSafe(statement.sql.as_str());
    Ok(query_with(sql, SqlxValues(values)))
}

fn no_values() -> sea_orm::Values {
    sea_orm::Values(Vec::new())
}

/// What an error says about the connection that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The database refused, and goes on.
    Sound,
    /// A deadlock or a conflict of transactions: the same work may succeed when it is done again.
    Conflict,
    /// The connection's prepared statements do not fit any more.
    Stale,
    /// The server ended the connection on purpose, and says that the statement was not done.
    Ended,
    /// It cannot be used any more, and whether the statement was done is not known.
    Broken,
}

/// Class and codes: `PostgreSQL` appendix A; `SQLite` result codes.
pub(super) fn verdict(error: &SqlxError) -> Verdict {
    let refusal = match error {
        SqlxError::Database(refusal) => refusal,
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::Protocol(_)
        | SqlxError::WorkerCrashed => {
            return Verdict::Broken;
        }
        _ => return Verdict::Sound,
    };
    let code = refusal.code().unwrap_or_default();
    let fatal = refusal
        .try_downcast_ref::<postgres::PgDatabaseError>()
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic));
    match &*code {
        "57P01" if fatal => Verdict::Ended,
        _ if fatal => Verdict::Broken,
        // Deadlock, serialization; busy, busy with an old snapshot, a table locked.
        "40001" | "40P01" | "5" | "261" | "517" | "6" | "262" => Verdict::Conflict,
        // "cached plan must not change result type", a prepared statement that is not there.
        "0A000" | "26000" => Verdict::Stale,
        _ => Verdict::Sound,
    }
}
