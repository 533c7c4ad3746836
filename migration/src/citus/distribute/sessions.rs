//! Who else is connected, and whether the cluster is fit.
use std::time::Duration;

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};

use super::catalog::rows;
use super::obstacle::Obstacle;
use crate::citus::Cluster;
use crate::error::{Error, describe};

/// Other sessions of the database, Citus's own apart. Of another login's an ordinary one sees less.
const OTHERS: &str = "\
SELECT coalesce(nullif(application_name, ''), 'a program') || ' of ' || coalesce(usename, 'nobody') || ' (pid ' || pid || ')'
  AS session
FROM pg_catalog.pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND coalesce(backend_type, 'client backend') = 'client backend'
  AND coalesce(application_name, '') NOT ILIKE 'citus%' ORDER BY pid";

/// How often those who leave are looked after, and how long is waited in between.
const LOOKS: (u32, Duration) = (10, Duration::from_millis(200));

/// Who is connected besides. Whoever was stopped just now may still be about to leave, such as a run of this that was killed.
pub(super) async fn others(db: &DatabaseConnection) -> Result<Vec<String>, Error> {
    let (looks, pause) = LOOKS;
    let mut found = look(db).await?;
    for _ in 1..looks {
        if found.is_empty() {
            break;
        }
        tokio::time::sleep(pause).await;
        found = look(db).await?;
    }
    Ok(found)
}

async fn look(db: &DatabaseConnection) -> Result<Vec<String>, Error> {
    let rows = rows(db, OTHERS).await?;
    let sessions = rows.iter().map(|row| row.try_get("", "session"));
    Ok(sessions.collect::<Result<_, _>>()?)
}

/// What is wrong with the cluster; nothing where rows could be moved to it now.
pub(super) async fn unfit(
    db: &DatabaseConnection,
    cluster: Option<&Cluster>,
) -> Result<Vec<Obstacle>, Error> {
    let Some(cluster) = cluster else {
        return Ok(vec![Obstacle::NoExtension]);
    };
    if let Some(coordinator) = &cluster.worker_of {
        return Ok(vec![Obstacle::OnWorker {
            coordinator: coordinator.clone(),
        }]);
    }
    let mut unfit = Vec::new();
    let nodes = "SELECT coalesce(bool_or(shouldhaveshards AND isactive), false) AS rows, coalesce(bool_or(groupid = 0), false) AS own \
                 FROM pg_catalog.pg_dist_node WHERE noderole = 'primary'";
    for row in rows(db, nodes).await? {
        if !row.try_get::<bool>("", "rows")? {
            unfit.push(Obstacle::NoWorkers);
        }
        if !row.try_get::<bool>("", "own")? {
            unfit.push(Obstacle::NoCoordinatorHost);
        }
    }
    if unfit.is_empty() {
        unfit = unprepared(db).await?;
    }
    if unfit.is_empty()
        && let Some(reason) = trial(db).await?
    {
        unfit.push(Obstacle::Unfit { reason });
    }
    Ok(unfit)
}

/// Nodes that prepare no transactions. One that does not answer is found by the trial.
async fn unprepared(db: &DatabaseConnection) -> Result<Vec<Obstacle>, Error> {
    let sql = "SELECT d.nodename || ':' || d.nodeport AS node \
               FROM run_command_on_all_nodes('SHOW max_prepared_transactions') AS r \
               JOIN pg_catalog.pg_dist_node AS d ON d.nodeid = r.nodeid WHERE r.success AND r.result = '0' ORDER BY d.nodeid";
    let rows = rows(db, sql).await?;
    let nodes = rows.iter().map(|row| {
        Ok(Obstacle::NoPreparedTransactions {
            node: row.try_get("", "node")?,
        })
    });
    nodes.collect()
}

/// Makes a table, distributes it and takes it back: every node is reached with this login's name and password. Returns why
/// that failed.
async fn trial(db: &DatabaseConnection) -> Result<Option<String>, Error> {
    let transaction = db.begin().await?;
    let mut failed = None;
    for statement in [
        "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'",
        "SET LOCAL client_min_messages = warning",
        "CREATE TABLE _aura_trial (id uuid PRIMARY KEY)",
        "SELECT create_distributed_table('_aura_trial', 'id', colocate_with => 'none')",
    ] {
        if let Err(error) = transaction.execute_unprepared(statement).await {
            failed = Some(describe(&error));
            break;
        }
    }
    // When it fails, the connection is gone, and the table with it.
    let _ = transaction.rollback().await;
    Ok(failed)
}
