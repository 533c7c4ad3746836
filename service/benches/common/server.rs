//! The server that is measured on: started for it, on disk, and gone afterwards.

use std::fs;

use migration::testing::{OwnServer, ServerSetup};
use tokio_postgres::{Client, NoTls};
use url::Url;

use super::Outcome;

/// What differs from the defaults, besides memory: nothing is to start by itself in the middle of a window.
const SETTINGS: [&str; 3] = ["max_wal_size=4GB", "max_connections=200", "autovacuum=off"];

/// The server, migrated.
pub(crate) struct Server {
    own: OwnServer,
    /// The database, as a superuser.
    pub(crate) admin: Client,
    /// What it calls itself.
    pub(crate) version: String,
    /// What differs from its defaults.
    pub(crate) settings: Vec<String>,
    /// Its main process; `None` where the system does not tell.
    postmaster: Option<u32>,
}

impl Server {
    /// Starts it with so much memory for its pages, that all is to fit into.
    pub(crate) async fn start(shared_buffers: &str) -> Outcome<Self> {
        let memory = format!("shared_buffers={shared_buffers}");
        let settings: Vec<_> = [memory.as_str()].into_iter().chain(SETTINGS).collect();
        let own = OwnServer::start(ServerSetup {
            settings: &settings,
            durable: true,
            ..ServerSetup::default()
        })
        .await;
        own.migrate().await;
        let mut url = Url::parse(own.admin_url())?;
        url.set_path(Url::parse(own.url())?.path());
        let (admin, connection) = tokio_postgres::connect(url.as_str(), NoTls).await?;
        tokio::spawn(connection);
        let version = admin.query_one("SHOW server_version", &[]).await?.get(0);
        let backend: i32 = admin
            .query_one("SELECT pg_backend_pid()", &[])
            .await?
            .get(0);
        Ok(Self {
            own,
            admin,
            version,
            settings: settings.into_iter().map(ToOwned::to_owned).collect(),
            postmaster: parent(backend),
        })
    }

    /// The database, as its owner.
    pub(crate) fn url(&self) -> &str {
        self.own.url()
    }

    /// Whether commits wait for the disk.
    pub(crate) async fn set_commit(&self, wait: bool) -> Outcome<()> {
        let value = if wait { "on" } else { "off" };
        // By itself: it takes no transaction.
        self.admin
            .batch_execute(&format!("ALTER SYSTEM SET synchronous_commit = {value}"))
            .await?;
        self.admin.batch_execute("SELECT pg_reload_conf()").await?;
        // Every process hears of it by a signal.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        Ok(())
    }

    /// What its processes have run so far, in nanoseconds, by process.
    pub(crate) fn cpu(&self) -> Option<Vec<(u32, u64)>> {
        let postmaster = self.postmaster?;
        let children =
            fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).ok()?;
        let run = |process: u32| {
            let stat = fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
            Some((process, stat.split(' ').next()?.parse().ok()?))
        };
        let processes = children.split_whitespace().filter_map(|id| id.parse().ok());
        Some(processes.filter_map(run).collect())
    }
}

/// What was run between two readings. A process that began meanwhile counts whole; one that ended, not at all.
pub(crate) fn run_between(before: &[(u32, u64)], after: &[(u32, u64)]) -> u64 {
    let at_first = |process: u32| {
        let found = before.iter().find(|(known, _)| *known == process);
        found.map_or(0, |(_, run)| *run)
    };
    after
        .iter()
        .map(|(process, run)| run.saturating_sub(at_first(*process)))
        .sum()
}

/// The process that a process was started by.
fn parent(process: i32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in brackets may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok()
}
