//! The same rows on the cluster of `TEST_CITUS_URL`, in a database of their own.

use migration::Migrator;
use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::MigratorTrait;
use tokio_postgres::{Client, NoTls};

use crate::fill::spread;
use crate::operation::Outcome;

/// What it is that was measured.
const ABOUT: &str = "SELECT format('Citus %s, %s workers, %s shards, fsync %s', \
    (SELECT extversion FROM pg_extension WHERE extname = 'citus'), \
    (SELECT count(*) FROM pg_dist_node WHERE groupid <> 0), \
    (SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'clients'::regclass), current_setting('fsync'))";

/// Commits do not wait for the disk, as on the plain server, and on no node: of sessions that begin from now on. The server's
/// own settings are somebody else's.
const NO_WAIT: &str = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$";

/// The database, filled; dropped with this.
pub(crate) struct Citus {
    db: TestDb,
    /// The database, as a superuser.
    pub(crate) admin: Client,
    /// What it calls itself, with what its speed depends on.
    pub(crate) about: String,
}

impl Citus {
    pub(crate) async fn start() -> Outcome<Self> {
        if !on_citus() {
            return Err("TEST_CITUS_URL names no cluster".into());
        }
        let db = TestDb::empty(Backend::Postgres).await;
        let connection = db.connect().await;
        Migrator::up(&connection, None).await?;
        connection.close().await?;
        let url = db.admin_url().ok_or("the cluster has no administrator")?;
        let (admin, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        spread(&admin).await?;
        admin.batch_execute(NO_WAIT).await?;
        let about = admin.query_one(ABOUT, &[]).await?.get(0);
        Ok(Self { db, admin, about })
    }

    /// The database, as its owner.
    pub(crate) fn url(&self) -> &str {
        self.db.url()
    }
}
