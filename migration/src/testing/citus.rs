//! The cluster of `TEST_CITUS_URL`, in place of a server: every database of the bench is one on all its nodes.

use std::{env, time::Duration};

use sea_orm_migration::sea_orm::sqlx::PgConnection;
use url::Url;

use super::{
    admin::{Admin, Owner},
    folder, server,
    session::{all, run},
};

/// A worker, as the coordinator knows it.
pub(super) struct Worker {
    /// Its `postgres` database, as the administrator.
    pub(super) url: Url,
    pub(super) session: PgConnection,
}

/// Whether the tests run on a Citus cluster: `TEST_CITUS_URL` names a database of its coordinator, as a superuser.
#[must_use]
pub fn on_citus() -> bool {
    given().is_some()
}

/// Says why a test cannot apply on Citus. Returns `true` there: the test is to end.
///
/// ```
/// use migration::testing::not_on_citus;
///
/// if not_on_citus("there is no wall") {
///     return;
/// }
/// ```
#[must_use]
pub fn not_on_citus(reason: &str) -> bool {
    if on_citus() {
        eprintln!("not on Citus: {reason}");
    }
    on_citus()
}

/// Ends a test that cannot apply on Citus, and says why: `not_on_citus!("reason")`, or `not_on_citus!(db, "reason")` in one that
/// runs on `SQLite` too.
#[macro_export]
macro_rules! not_on_citus {
    ($reason:literal) => {
        if $crate::testing::not_on_citus($reason) {
            return;
        }
    };
    ($db:expr, $reason:literal) => {
        if $db.backend() == $crate::testing::Backend::Postgres {
            $crate::not_on_citus!($reason);
        }
    };
}

/// The URL of the cluster, if the tests are to run on one.
pub(super) fn given() -> Option<String> {
    env::var("TEST_CITUS_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

/// The workers that the database of `url` knows.
pub(super) async fn workers(url: &Url) -> Result<Vec<Worker>, String> {
    let fail = |error| format!("the database of TEST_CITUS_URL does not let us in: {error}");
    let mut session = server::connect(url).await.map_err(fail)?;
    let nodes = "SELECT nodename || ' ' || nodeport FROM pg_dist_node WHERE groupid <> 0 AND noderole = 'primary' ORDER BY nodeid";
    let mut workers = Vec::new();
    for node in all(&mut session, nodes).await? {
        let (host, port) = node.split_once(' ').unwrap_or_default();
        let mut url = url.clone();
        url.set_path("/postgres");
        url.set_host(Some(host))
            .map_err(|error| error.to_string())?;
        let port = port.parse().map_err(|_| format!("{node} is no node"))?;
        url.set_port(Some(port))
            .map_err(|()| format!("{node} is no node"))?;
        let fail = |error| format!("the worker {node} does not let us in: {error}");
        let session = server::connect(&url).await.map_err(fail)?;
        workers.push(Worker { url, session });
    }
    if workers.is_empty() {
        return Err("the database of TEST_CITUS_URL knows no worker: citus_add_node".to_owned());
    }
    Ok(workers)
}

impl Admin {
    /// Runs SQL on every node: the server itself, where it is no cluster.
    pub(super) async fn everywhere(&mut self, sql: &str) -> Result<(), String> {
        self.execute(sql).await?;
        for worker in &mut self.workers {
            run(&mut worker.session, sql).await?;
        }
        Ok(())
    }

    /// Makes one cluster of the databases of this name that are on its nodes. Does nothing where there are no workers.
    pub(super) async fn join(&mut self, database: &str) -> Result<(), String> {
        if self.workers.is_empty() {
            return Ok(());
        }
        let coordinator = self.url_of(database, None);
        let mut urls: Vec<_> = self
            .workers
            .iter()
            .map(|worker| worker.url.clone())
            .collect();
        for url in &mut urls {
            url.set_path(database);
            extend(url).await?;
        }
        let mut session = extend(&coordinator).await?;
        run(
            &mut session,
            &host("citus_set_coordinator_host", &coordinator),
        )
        .await?;
        for url in &urls {
            add(&mut session, url).await?;
        }
        Ok(())
    }

    /// A login that is made in a database, since what is granted to others there does not come to the workers.
    pub(super) async fn create_role_in(
        &mut self,
        database: &str,
        name: &str,
    ) -> Result<Owner, String> {
        let login = Owner {
            name: name.to_owned(),
            password: folder::secret(),
        };
        let fail = |error| format!("{database} does not let us in: {error}");
        let mut session = server::connect(&self.url_of(database, None))
            .await
            .map_err(fail)?;
        let sql = format!("CREATE ROLE {name} LOGIN PASSWORD '{}'", login.password);
        run(&mut session, &sql).await?;
        Ok(login)
    }

    /// Lets nobody into a database that is a template from now on: Citus's own daemons would come back, and what somebody is
    /// in is not copied. Does nothing where there are no workers.
    pub(super) async fn close(&mut self, database: &str) -> Result<(), String> {
        if self.workers.is_empty() {
            return Ok(());
        }
        self.everywhere(&format!(
            "ALTER DATABASE {database} ALLOW_CONNECTIONS false"
        ))
        .await?;
        self.leave(database).await
    }
}

async fn extend(url: &Url) -> Result<PgConnection, String> {
    let fail = |error| {
        format!(
            "a database on {:?} does not let us in: {error}",
            url.host_str()
        )
    };
    let mut session = server::connect(url).await.map_err(fail)?;
    run(&mut session, "CREATE EXTENSION citus").await?;
    Ok(session)
}

/// Adds a node. Citus brings the roles of the coordinator to it, as often as another process adds it to another database:
/// of two at once one fails, and is tried again.
async fn add(session: &mut PgConnection, url: &Url) -> Result<(), String> {
    for _ in 0..20 {
        match run(session, &host("citus_add_node", url)).await {
            Err(problem) if problem.contains("marked as essential") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            added => return added,
        }
    }
    run(session, &host("citus_add_node", url)).await
}

fn host(function: &str, url: &Url) -> String {
    let (host, port) = (
        url.host_str().unwrap_or_default(),
        url.port().unwrap_or(5432),
    );
    format!("SELECT {function}('{host}', {port})")
}
