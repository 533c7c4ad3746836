//! Opening a `SQLite` file.
use std::path::Path;
use std::time::{Duration, Instant};

use sea_orm_migration::sea_orm::sqlx::sqlite::SqlitePool;
use sea_orm_migration::sea_orm::sqlx::{self, ConnectOptions as _, Error as SqlxError};
use sea_orm_migration::sea_orm::{DatabaseConnection, SqlxSqliteConnector};

use super::url::{Access, SqliteTarget};
use super::{ConnectOptions, Purpose, connection_error, pool};
use crate::error::{Condition, Error, code, describe};

/// How often the switch to write-ahead logging is tried while another process is in the way.
const RETRY_EVERY: Duration = Duration::from_millis(20);

pub(super) async fn connect(
    target: &SqliteTarget,
    options: &ConnectOptions,
) -> Result<DatabaseConnection, Error> {
    let migrate = options.purpose == Purpose::Migrate;
    let changes = options.purpose != Purpose::Inspect;
    let connect_options = target
        .options
        .clone()
        .create_if_missing(migrate && target.access == Access::Create)
        .foreign_keys(true)
        .busy_timeout(options.lock_timeout);
    let connect_options = if options.log_statements {
        // At debug level, as sqlx has it.
        connect_options
    } else {
        connect_options.disable_statement_logging()
    };
    let pool = pool(options)
        .connect_with(connect_options)
        .await
        .map_err(|error| failure(target, error))?;
    if let Some(path) = &target.path
        && changes
        && target.access != Access::ReadOnly
    {
        match switch_to_wal(&pool, options.lock_timeout).await {
            // What cannot be written can still be up to date; if it is not, migrating will tell.
            Err(error) if condition(&error) == Some(Condition::ReadOnly) => {}
            Err(error) => return Err(failure_at(path, target.access, error)),
            Ok(()) => {}
        }
    }
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Turns on write-ahead logging, a lasting property of the file.
///
/// The switch needs the file for itself for a moment, and `SQLite`'s busy timeout does not cover it.
async fn switch_to_wal(pool: &SqlitePool, timeout: Duration) -> Result<(), SqlxError> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(pool)
        .await?;
    if mode == "wal" {
        return Ok(());
    }
    let deadline = Instant::now() + timeout;
    loop {
        let switched = sqlx::query("PRAGMA journal_mode = WAL").execute(pool).await;
        match switched {
            Err(error)
                if condition(&error) == Some(Condition::Locked) && Instant::now() < deadline =>
            {
                tokio::time::sleep(RETRY_EVERY).await;
            }
            outcome => return outcome.map(drop),
        }
    }
}

fn condition(error: &SqlxError) -> Option<Condition> {
    match error {
        SqlxError::Database(error) => error.code().map(|code| Condition::of(&code)),
        _ => None,
    }
}

fn failure(target: &SqliteTarget, error: SqlxError) -> Error {
    match &target.path {
        Some(path) => failure_at(path, target.access, error),
        None => connection_error(error).into(),
    }
}

fn failure_at(path: &Path, access: Access, error: SqlxError) -> Error {
    let source = connection_error(error);
    match code(&source).as_deref().map(Condition::of) {
        Some(Condition::CannotOpen) => Error::CannotOpen {
            path: path.to_owned(),
            reason: obstacle(path, access).unwrap_or_else(|| describe(&source)),
            source,
        },
        _ => source.into(),
    }
}

/// `SQLite` says only that it cannot open the file; this is why. `None` when it is none of the
/// usual reasons.
fn obstacle(path: &Path, access: Access) -> Option<String> {
    let parent = path.parent()?;
    if path.is_dir() {
        Some("it is a directory".to_owned())
    } else if !parent.is_dir() {
        Some(format!("there is no directory {}", parent.display()))
    } else if !path.exists() && access != Access::Create {
        Some("there is no such file; add ?mode=rwc to the URL to make it".to_owned())
    } else if !path.exists() {
        Some(format!(
            "no file can be made in {}; check its permissions",
            parent.display()
        ))
    } else {
        let error = std::fs::File::open(path).err()?;
        Some(error.to_string())
    }
}
