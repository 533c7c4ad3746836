//! On `PostgreSQL`: an advisory lock of the session that migrates.
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
};
use tokio::runtime::Handle;

use super::super::holder::Holder;
use crate::connect::none_current;
use crate::error::Error;

/// The lock's key, as SQL: of the schema at the head of the search path. A database has advisory locks of its own.
pub(crate) const KEY: &str = "hashtextextended('migrations of ' || current_schema(), 0)";

/// The lock, until it is released; dropped, it is released as soon as the connection is free.
pub(in super::super) struct Held {
    db: Option<DatabaseConnection>,
}

/// Takes the lock, or says who has it.
pub(super) async fn try_take(db: &DatabaseConnection) -> Result<Result<Held, Holder>, Error> {
    let sql = format!("SELECT pg_try_advisory_lock({KEY}) AS taken");
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let Some(taken) = row
        .map(|row| row.try_get::<Option<bool>>("", "taken"))
        .transpose()?
        .flatten()
    else {
        return Err(none_current(db).await?);
    };
    if taken {
        return Ok(Ok(Held {
            db: Some(db.clone()),
        }));
    }
    Ok(Err(holder(db).await?))
}

async fn holder(db: &DatabaseConnection) -> Result<Holder, DbErr> {
    let sql = format!(
        "SELECT l.pid, nullif(a.application_name, '') AS program, a.backend_start AS since \
         FROM (SELECT {KEY} AS key) AS k \
         JOIN pg_catalog.pg_locks AS l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted \
           AND l.classid = ((k.key >> 32) & 4294967295)::oid AND l.objid = (k.key & 4294967295)::oid \
           AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
         LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid LIMIT 1"
    );
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let Some(row) = row else {
        return Ok(Holder::default());
    };
    Ok(Holder {
        pid: row.try_get("", "pid")?,
        program: row.try_get("", "program")?,
        since: row.try_get("", "since")?,
    })
}

impl Held {
    pub(super) async fn release(mut self) -> Result<(), DbErr> {
        match self.db.take() {
            Some(db) => unlock(&db).await,
            None => Ok(()),
        }
    }
}

async fn unlock(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.execute_unprepared(&format!("SELECT pg_advisory_unlock({KEY})"))
        .await
        .map(drop)
}

impl Drop for Held {
    fn drop(&mut self) {
        // The migration's future was dropped: the connection lives on in its pool, and the lock with it.
        if let (Some(db), Ok(runtime)) = (self.db.take(), Handle::try_current()) {
            runtime.spawn(async move {
                if unlock(&db).await.is_err() {
                    let _ = db.close_by_ref().await;
                }
            });
        }
    }
}
