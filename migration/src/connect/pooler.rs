//! Telling a transaction pooler from a server.

use std::time::Duration;

use sea_orm_migration::sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sea_orm_migration::sea_orm::sqlx::{
    ConnectOptions as _, Connection, Error as SqlxError, Executor, PgExecutor, Row, raw_sql,
};
use tokio::time::timeout;

use super::url::PostgresTarget;
use crate::error::Error;

/// Where Supabase's poolers give each transaction a session of its own; on 5432 they keep one for each client.
const SUPABASE_PORT: u16 = 6543;
const SUPABASE_HOSTS: [&str; 2] = [".supabase.com", ".supabase.co"];

/// How long an answer may take that a server gives at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// Refuses what the URL says is one.
pub(super) fn refuse_by_address(target: &PostgresTarget) -> Result<(), Error> {
    let host = target.options.get_host().to_ascii_lowercase();
    let reason = if target.pooled {
        "as the URL says"
    } else if target.options.get_port() == SUPABASE_PORT
        && SUPABASE_HOSTS.iter().any(|end| host.ends_with(end))
    {
        "Supabase's, by its port; 5432 keeps a session"
    } else {
        return Ok(());
    };
    Err(Error::TransactionPooler {
        address: target.address(),
        reason,
    })
}

/// Refuses what gives us another session as soon as somebody else is in one. What cannot be told is let pass.
pub(super) async fn refuse_by_answer(
    pool: &PgPool,
    options: &PgConnectOptions,
    address: impl FnOnce() -> String,
) -> Result<(), Error> {
    let Ok(Ok(before)) = timeout(PATIENCE, session(pool)).await else {
        return Ok(());
    };
    // A server may have no place for a second client.
    let Ok(Ok(mut other)) = timeout(PATIENCE, options.connect()).await else {
        return Ok(());
    };
    // Holds the session that the pooler would have given us next.
    let held = timeout(PATIENCE, hold(&mut other)).await;
    let after = match held {
        Ok(Ok(())) => timeout(PATIENCE, session(pool)).await,
        _ => Ok(Ok(before)),
    };
    let _ = timeout(PATIENCE, other.close()).await;
    match after {
        Ok(Ok(after)) if after == before => Ok(()),
        // Another session, or none while somebody else has it.
        Ok(Ok(_)) | Err(_) => Err(Error::TransactionPooler {
            address: address(),
            reason: "two statements met two sessions",
        }),
        Ok(Err(error)) => Err(super::connection_error(error).into()),
    }
}

async fn hold(other: &mut PgConnection) -> Result<(), SqlxError> {
    other.execute(raw_sql("BEGIN; SELECT 1")).await.map(drop)
}

/// Which session of the server answers, asked without a prepared statement, which a pooler could mistake for another's.
async fn session<'e>(db: impl PgExecutor<'e>) -> Result<i32, SqlxError> {
    db.fetch_one(raw_sql("SELECT pg_backend_pid()"))
        .await?
        .try_get(0)
}
