//! The migrator on a cluster: what it says, what it refuses, where tables lie, and what `check` makes of it.
//!
//! Each is not run, and says so, where `TEST_CITUS_URL` names no cluster.

use migration::citus::Cluster;
use migration::citus::layout::{FIRST, TABLES};
use migration::error::Error;
use migration::migrate::{self, Options};
use migration::schema::{self, Column, OnDelete, Table};
use migration::testing::{Backend, TestDb, on_citus};
use migration::{Migrator, check};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{Database, DatabaseConnection, DbBackend, Statement};
use url::Url;

use crate::cli::Place;

/// Whether there is a cluster to try it on.
pub(super) fn a_cluster_is_there() -> bool {
    if !on_citus() {
        eprintln!("not run: TEST_CITUS_URL names no cluster");
    }
    on_citus()
}

/// What an application may add: what no application owns, and what is only added to.
pub(super) struct Ledger;

impl MigrationName for Ledger {
    fn name(&self) -> &'static str {
        "m20270101_000001_ledger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Ledger {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        currencies().create(manager).await?;
        entries().create(manager).await?;
        schema::isolate(manager, "entries").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        schema::lift_isolation(manager, "entries").await?;
        entries().drop(manager).await?;
        currencies().drop(manager).await
    }
}

fn currencies() -> Table {
    Table::new("currencies", "What is paid in")
        .column(Column::text("code", "As in ISO 4217").length(3, 3))
        .key(&["code"])
}

fn entries() -> Table {
    Table::new("entries", "What was paid")
        .tenant_owned()
        .column(Column::text("currency", "In what").length(3, 3))
        .references(&["currency"], "currencies", &["code"], OnDelete::NoAction)
        .created_at()
        .append_only()
}

/// This crate's history and that.
struct Own;

impl MigratorTrait for Own {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = Migrator::migrations();
        all.push(Box::new(Ledger));
        all
    }
}

#[tokio::test]
async fn up_says_which_cluster_it_is_and_check_agrees() {
    if !a_cluster_is_there() {
        return;
    }
    let (place, db) = (Place::new(), TestDb::empty(Backend::Postgres).await);
    let cluster = Cluster::of(&db.connect().await).await.unwrap().unwrap();
    assert!(cluster.workers > 0 && cluster.worker_of.is_none());
    place
        .on(db.url(), "up")
        .succeeds()
        .says(&[&cluster.to_string(), "0 pending"]);
    place
        .on(db.url(), "check")
        .succeeds()
        .says(&["as its migrations make it"]);
    let connection = db.connect().await;
    for (name, _) in TABLES {
        let spread =
            format!("SELECT 1 FROM pg_dist_partition WHERE logicalrelid = '{name}'::regclass");
        assert_eq!(count(&connection, &spread).await, 1, "{name}");
    }
    for command in [
        "down --yes -n 7",
        "up",
        "refresh --yes",
        "fresh --yes",
        "check",
    ] {
        place.on(db.url(), command).succeeds();
    }
    place.on(db.url(), "reset --yes").succeeds();
    place.on(db.url(), "up --dry-run").succeeds().says(&[
        "create_distributed_table",
        "SET LOCAL citus.multi_shard_modify_mode",
    ]);
}

#[tokio::test]
async fn a_worker_is_refused() {
    if !a_cluster_is_there() {
        return;
    }
    let db = TestDb::new(Backend::Postgres).await;
    let worker = worker(&db).await;
    let place = Place::new();
    let coordinator = Url::parse(db.url()).unwrap();
    for command in ["up", "status", "check", "fresh --yes"] {
        place.on(worker.as_str(), command).fails(&[
            "a worker of a Citus cluster",
            &format!("{}", coordinator.port().unwrap()),
        ]);
    }
}

/// The same database on a worker.
async fn worker(db: &TestDb) -> Url {
    let node = "SELECT nodename || ' ' || nodeport FROM pg_dist_node WHERE groupid <> 0 ORDER BY nodeid LIMIT 1";
    let connection = db.connect().await;
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, node));
    let node: String = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    let (host, port) = node.split_once(' ').unwrap();
    let mut url = Url::parse(db.url()).unwrap();
    url.set_host(Some(host)).unwrap();
    url.set_port(Some(port.parse().unwrap())).unwrap();
    url
}

#[tokio::test]
async fn tables_that_were_never_spread_are_refused() {
    if !a_cluster_is_there() {
        return;
    }
    let db = TestDb::empty(Backend::Postgres).await;
    let connection = db.connect().await;
    connection
        .execute_unprepared("CREATE TABLE users (id uuid PRIMARY KEY)")
        .await
        .unwrap();
    let refused = migrate::up::<Migrator>(&connection, &Options::default(), &mut |_| {}).await;
    assert!(matches!(refused, Err(Error::NotDistributed)), "{refused:?}");
}

#[tokio::test]
async fn a_table_that_lies_elsewhere_is_a_difference() {
    if !a_cluster_is_there() {
        return;
    }
    for (change, missing, extra) in [
        (
            "SELECT update_distributed_table_colocation('audit_chains', colocate_with => 'none')",
            "place: by application_id, together with application_memberships",
            "place: by application_id, apart from other tables",
        ),
        (
            "SELECT alter_distributed_table('audit_chains', distribution_column := 'lane')",
            "place: by application_id, together with application_memberships",
            "place: by lane, apart from other tables",
        ),
        (
            "SELECT undistribute_table('audit_chains')",
            "place: by application_id, together with application_memberships",
            "place: on the coordinator alone; `distribute` puts it where it belongs",
        ),
        (
            "GRANT UPDATE ON audit_events TO CURRENT_USER",
            "taken from the owner: TRUNCATE, UPDATE",
            "taken from the owner: TRUNCATE",
        ),
    ] {
        let db = TestDb::new(Backend::Postgres).await;
        let connection = db.connect().await;
        connection.execute_unprepared(change).await.unwrap();
        let drift = check::check::<Migrator>(&connection, &[]).await.unwrap();
        let has = |facts: &[String], fact: &str| facts.iter().any(|found| found == fact);
        assert!(
            drift
                .differences
                .iter()
                .any(|one| has(&one.missing, missing) && has(&one.extra, extra)),
            "{change}: {drift}"
        );
    }
}

#[tokio::test]
async fn an_applications_own_tables_lie_with_its_rows() {
    if !a_cluster_is_there() {
        return;
    }
    let db = TestDb::migrated::<Own>(Backend::Postgres).await;
    let connection = db.connect().await;
    let together = format!(
        "SELECT 1 FROM pg_dist_partition AS a JOIN pg_dist_partition AS b USING (colocationid) \
         WHERE a.logicalrelid = 'entries'::regclass AND b.logicalrelid = '{FIRST}'::regclass"
    );
    assert_eq!(count(&connection, &together).await, 1);
    let everywhere = "SELECT 1 FROM pg_dist_partition WHERE logicalrelid = 'currencies'::regclass AND repmodel = 't'";
    assert_eq!(count(&connection, everywhere).await, 1);
    let drift = check::check::<Own>(&connection, &[]).await.unwrap();
    assert!(drift.is_empty(), "{drift}");

    connection
        .execute_unprepared(
            "INSERT INTO applications (id, public_id, slug, name) \
             VALUES ('00000000-0000-0000-0000-00000000000a', 'abcdefghij', 'shop', 'Shop'); \
             INSERT INTO currencies VALUES ('EUR'); \
             INSERT INTO entries (application_id, currency) VALUES ('00000000-0000-0000-0000-00000000000a', 'EUR')",
        )
        .await
        .unwrap();
    for refused in [
        "UPDATE entries SET currency = 'EUR'",
        "DELETE FROM entries",
        "TRUNCATE entries",
        "DELETE FROM currencies",
    ] {
        connection.execute_unprepared(refused).await.unwrap_err();
    }
    let options = Options {
        limit: Some(1),
        ..Options::default()
    };
    migrate::down::<Own>(&connection, &options, &mut |_| {})
        .await
        .unwrap();
    migrate::up::<Own>(&connection, &options, &mut |_| {})
        .await
        .unwrap();
    // By another's executor too.
    Own::down(&connection, None).await.unwrap();
    Own::up(&connection, None).await.unwrap();
    let drift = check::check::<Own>(&connection, &[]).await.unwrap();
    assert!(drift.is_empty(), "{drift}");
}

/// One migrates, the others wait: the turn is the coordinator's.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn several_at_once_migrate_once() {
    if !a_cluster_is_there() {
        return;
    }
    let db = TestDb::empty(Backend::Postgres).await;
    let mut running = Vec::new();
    for _ in 0..3 {
        let url = db.url().to_owned();
        running.push(tokio::spawn(async move {
            let connection = Database::connect(url).await.unwrap();
            migrate::up::<Migrator>(&connection, &Options::default(), &mut |_| {})
                .await
                .unwrap()
                .applied
        }));
    }
    let mut applied = 0;
    for one in running {
        applied += one.await.unwrap();
    }
    assert_eq!(applied, Migrator::migrations().len());
}

async fn count(db: &DatabaseConnection, sql: &str) -> usize {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    db.query_all_raw(statement).await.unwrap().len()
}
