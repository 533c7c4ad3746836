//! The one connection that a run of migrations works on, whatever pool it was given.
use std::time::Duration;

use sea_orm_migration::sea_orm::sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sea_orm_migration::sea_orm::sqlx::sqlite::SqlitePool;
use sea_orm_migration::sea_orm::sqlx::{self, Error as SqlxError};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseConnectionType, SqlxPostgresConnector,
    SqlxSqliteConnector,
};

use crate::connect::connection_error;
use crate::error::Error;
use crate::isolation::PREFIX_SETTING;
use crate::isolation::adoption::IS_DEFAULT;

/// What a pool may have set on its connections and migrations depend on.
const SETTINGS: [&str; 4] = ["role", "search_path", PREFIX_SETTING, IS_DEFAULT];

/// A connection that stays the same one from the first statement to the last: the lock hangs on it.
pub(super) struct Session {
    db: DatabaseConnection,
    /// Whether it was opened here.
    own: bool,
    /// How many milliseconds a borrowed `SQLite` connection waits for a lock: migrations set that, and leave it as it was.
    busy_timeout: Option<i64>,
}

impl Session {
    /// `db` itself where it can be no other connection tomorrow; else a connection of its own, made as the pool makes them,
    /// so that a pool of one is not waited for while it is held, and what is set on it goes with it. A `SQLite` database in
    /// memory may be its pool's alone.
    pub(super) async fn open(db: &DatabaseConnection) -> Result<Self, Error> {
        if let Some(pool) = sqlite_pool(db) {
            return Self::in_sqlite(db, pool).await;
        }
        let session = match pool(db) {
            Some(pool) if !is_pinned(pool) => {
                Self::owned(connect(pool).await.map_err(connection_error)?)
            }
            _ => Self::borrowed(db, None),
        };
        if pool(db).is_some() {
            // A server process whose client was killed would go on with a long statement, and hold the lock. Some
            // systems cannot look, and refuse the setting.
            let _ = session
                .db
                .execute_unprepared("SET client_connection_check_interval = '500ms'")
                .await;
        }
        Ok(session)
    }

    async fn in_sqlite(db: &DatabaseConnection, pool: &SqlitePool) -> Result<Self, Error> {
        let file = "SELECT coalesce(max(file), '') FROM pragma_database_list WHERE name = 'main'";
        let file: String = sqlx::query_scalar(file)
            .fetch_one(pool)
            .await
            .map_err(connection_error)?;
        if file.is_empty() || pool.options().get_max_connections() == 1 {
            let busy_timeout = sqlx::query_scalar("PRAGMA busy_timeout")
                .fetch_one(pool)
                .await
                .map_err(connection_error)?;
            return Ok(Self::borrowed(db, Some(busy_timeout)));
        }
        // With what the pool's owner has done to each connection.
        let own = pool
            .options()
            .clone()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with((*pool.connect_options()).clone())
            .await
            .map_err(connection_error)?;
        Ok(Self::owned(SqlxSqliteConnector::from_sqlx_sqlite_pool(own)))
    }

    fn owned(db: DatabaseConnection) -> Self {
        Self {
            db,
            own: true,
            busy_timeout: None,
        }
    }

    fn borrowed(db: &DatabaseConnection, busy_timeout: Option<i64>) -> Self {
        Self {
            db: db.clone(),
            own: false,
            busy_timeout,
        }
    }

    pub(super) fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Closes what was opened. What was done is done: that it fails undoes nothing.
    pub(super) async fn close(self) {
        if let Some(milliseconds) = self.busy_timeout {
            let sql = format!("PRAGMA busy_timeout = {milliseconds}");
            let _ = self.db.execute_unprepared(&sql).await;
        }
        if self.own {
            let _ = self.db.close_by_ref().await;
        }
    }
}

fn pool(db: &DatabaseConnection) -> Option<&PgPool> {
    matches!(
        db.inner,
        DatabaseConnectionType::SqlxPostgresPoolConnection(_)
    )
    .then(|| db.get_postgres_connection_pool())
}

fn sqlite_pool(db: &DatabaseConnection) -> Option<&SqlitePool> {
    matches!(
        db.inner,
        DatabaseConnectionType::SqlxSqlitePoolConnection(_)
    )
    .then(|| db.get_sqlite_connection_pool())
}

/// As [`connect`](crate::connect::connect) makes them.
fn is_pinned(pool: &PgPool) -> bool {
    let options = pool.options();
    options.get_max_connections() == 1
        && options.get_max_lifetime().is_none()
        && options.get_idle_timeout().is_none()
}

async fn connect(pool: &PgPool) -> Result<DatabaseConnection, SqlxError> {
    let mut settings = Vec::new();
    for name in SETTINGS {
        let value: Option<String> = sqlx::query_scalar("SELECT current_setting($1, true)")
            .bind(name)
            .fetch_one(pool)
            .await?;
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            settings.push((name, value));
        }
    }
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(
            pool.options()
                .get_acquire_timeout()
                .max(Duration::from_secs(5)),
        )
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |connection: &mut PgConnection, _| {
            let settings = settings.clone();
            Box::pin(async move {
                for (name, value) in settings {
                    sqlx::query("SELECT set_config($1, $2, false)")
                        .bind(name)
                        .bind(value)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .connect_with((*pool.connect_options()).clone())
        .await?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}
