//! Whether the database is spread over several machines, and whether they reach each other.

use migration::citus::Cluster;
use sea_orm::DbErr;
use service::{Db, Error};

use super::ask;
use super::report::Report;
use crate::failure::Failure;

/// Nodes that another one does not reach.
const OUT_OF_REACH: &str = "SELECT string_agg(DISTINCT to_nodename || ':' || to_nodeport, ', ') AS nodes \
    FROM citus_check_cluster_node_health() WHERE result IS FALSE";

/// Says nothing where it is on one machine.
pub(super) async fn look(db: &Db, report: &mut Report) -> Result<(), Failure> {
    const CHECK: &str = "cluster";
    let Some(cluster) = Cluster::of(db).await.map_err(Error::from)? else {
        return Ok(());
    };
    if let Some(coordinator) = &cluster.worker_of {
        return report.failed(
            CHECK,
            format!("{cluster}; this is one of the workers"),
            format!("connect to the coordinator, {coordinator}"),
        );
    }
    match out_of_reach(db).await.map_err(Error::from)? {
        None => report.ok(CHECK, cluster.to_string()),
        Some(nodes) => report.failed(
            CHECK,
            format!("{cluster}; not in reach: {nodes}"),
            "what lies there answers again when they are back",
        ),
    }
}

async fn out_of_reach(db: &Db) -> Result<Option<String>, DbErr> {
    match ask(db, OUT_OF_REACH).await? {
        Some(row) => row.try_get("", "nodes"),
        None => Ok(None),
    }
}
