//! Which cluster a database is on, if any.

use std::fmt;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// A Citus cluster, as one of its nodes knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The extension's version: `13.2-1`.
    pub version: String,
    /// How many nodes hold rows beside the coordinator; 0: it holds them itself.
    pub workers: u32,
    /// `host:port` of the coordinator where this node is one of its workers, as far as it knows; `None`: this is the
    /// coordinator.
    pub worker_of: Option<String>,
}

impl Cluster {
    /// The cluster that the database is on. Returns `None` on `SQLite`, and on `PostgreSQL` without the extension.
    ///
    /// # Errors
    ///
    /// What the database refuses.
    pub async fn of<C: ConnectionTrait>(db: &C) -> Result<Option<Self>, DbErr> {
        if db.get_database_backend() != DbBackend::Postgres || !is_installed(db).await? {
            return Ok(None);
        }
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, CLUSTER))
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let workers: i64 = row.try_get("", "workers")?;
        Ok(Some(Self {
            version: row.try_get("", "version")?,
            workers: u32::try_from(workers).unwrap_or(u32::MAX),
            worker_of: row.try_get("", "worker_of")?,
        }))
    }
}

impl fmt::Display for Cluster {
    /// `Citus 13.2, 2 workers`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.split('-').next().unwrap_or_default();
        write!(f, "Citus {version}, ")?;
        match self.workers {
            0 => f.write_str("no workers yet"),
            1 => f.write_str("1 worker"),
            more => write!(f, "{more} workers"),
        }
    }
}

/// Whether the extension is in the database. Its own tables are there only then.
async fn is_installed<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let sql = "SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'citus'";
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(row.is_some())
}

/// A coordinator is of group 0; what a worker knows of the others was sent to it.
const CLUSTER: &str = "\
SELECT e.extversion::text AS version,
  (SELECT count(*) FROM pg_catalog.pg_dist_node WHERE noderole = 'primary' AND groupid <> 0) AS workers,
  CASE WHEN l.groupid <> 0 THEN coalesce((SELECT nodename || ':' || nodeport FROM pg_catalog.pg_dist_node
    WHERE groupid = 0 AND noderole = 'primary' LIMIT 1), 'another node') END AS worker_of
FROM pg_catalog.pg_extension AS e LEFT JOIN pg_catalog.pg_dist_local_group AS l ON true
WHERE e.extname = 'citus'";

#[cfg(test)]
mod tests {
    use super::Cluster;

    #[test]
    fn a_cluster_is_said_in_a_few_words() {
        let cluster = |workers| Cluster {
            version: "13.2-1".to_owned(),
            workers,
            worker_of: None,
        };
        assert_eq!(cluster(2).to_string(), "Citus 13.2, 2 workers");
        assert_eq!(cluster(1).to_string(), "Citus 13.2, 1 worker");
        assert_eq!(cluster(0).to_string(), "Citus 13.2, no workers yet");
    }
}
