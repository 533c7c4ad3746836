//! What a migrator refuses to do on a cluster.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::cluster::Cluster;
use crate::error::Error;

/// Refuses a worker: what is changed there is changed on the coordinator, and what was migrated is remembered there.
///
/// # Errors
///
/// [`Error::CitusWorker`], and what the database refuses.
pub(crate) async fn refuse_worker<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    match Cluster::of(db).await? {
        Some(Cluster {
            worker_of: Some(coordinator),
            ..
        }) => Err(Error::CitusWorker { coordinator }),
        _ => Ok(()),
    }
}

/// Refuses tables that were made before there was Citus, and lie on the coordinator alone: what is said to a cluster does not
/// fit them.
///
/// # Errors
///
/// [`Error::NotDistributed`], and what the database refuses.
pub(crate) async fn refuse_whole<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    if Cluster::of(db).await?.is_none() {
        return Ok(());
    }
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, WHOLE))
        .await?;
    match row {
        Some(_) => Err(Error::NotDistributed),
        None => Ok(()),
    }
}

const WHOLE: &str = "\
SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname IN ('users', 'application_memberships') AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_dist_partition AS p WHERE p.logicalrelid = c.oid
    AND (p.partmethod <> 'n' OR p.repmodel = 't'))
LIMIT 1";
