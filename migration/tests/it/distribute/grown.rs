//! A database that was filled on one machine and is then on a cluster.

use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection, Row};
use url::Url;

use super::migrator;
use crate::catalog::Catalog;
use crate::world::World;
use migration::migrate::{self, Options};
use migration::{Migrator, MigratorTrait};

/// Each node's database as the administrator, the coordinator's first.
pub(super) async fn nodes(db: &TestDb) -> Vec<Url> {
    let known = std::env::var("TEST_CITUS_URL").unwrap();
    let mut session = PgConnection::connect(&known).await.unwrap();
    let workers = "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 AND noderole = 'primary' ORDER BY nodeid";
    let workers = sqlx::query(workers).fetch_all(&mut session).await.unwrap();
    let coordinator: Url = db.admin_url().unwrap().parse().unwrap();
    let mut nodes = vec![coordinator.clone()];
    for worker in workers {
        let mut url = coordinator.clone();
        url.set_host(Some(worker.get(0))).unwrap();
        let port: i32 = worker.get(1);
        url.set_port(Some(u16::try_from(port).unwrap())).unwrap();
        nodes.push(url);
    }
    nodes
}

async fn run(url: &Url, sql: &str) {
    let mut session = PgConnection::connect(url.as_str()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut session)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    session.close().await.unwrap();
}

/// Two applications with a row in every table each, on one machine until [`grow`].
pub(super) async fn filled() -> TestDb {
    filled_by::<Migrator>().await
}

/// The same, with the schema of an application's history.
pub(super) async fn filled_by<M: MigratorTrait>() -> TestDb {
    let db = TestDb::empty(Backend::Postgres).await;
    for node in nodes(&db).await {
        run(&node, "DROP EXTENSION citus CASCADE").await;
    }
    let migrator = migrator(&db).await;
    migrate::up::<M>(&migrator, &Options::default(), &mut |_| {})
        .await
        .unwrap();
    migrator.close().await.unwrap();
    World::of(db).await.leave().await
}

/// Has the database be on a cluster, as an administrator does it.
pub(super) async fn grow(db: &TestDb) {
    let nodes = nodes(db).await;
    for node in &nodes {
        run(node, "CREATE EXTENSION citus").await;
    }
    for (index, node) in nodes.iter().enumerate() {
        let function = if index == 0 {
            "citus_set_coordinator_host"
        } else {
            "citus_add_node"
        };
        let (host, port) = (node.host_str().unwrap(), node.port().unwrap());
        run(&nodes[0], &format!("SELECT {function}('{host}', {port})")).await;
    }
}

/// Every row of every table, as the administrator sees them: all, whatever policies say.
pub(super) async fn rows(db: &TestDb) -> Vec<String> {
    let catalog = Catalog::of(db).await;
    let mut session = PgConnection::connect(db.admin_url().unwrap())
        .await
        .unwrap();
    let mut all = Vec::new();
    for table in catalog.tables.keys() {
        let columns = format!(
            "SELECT string_agg(format('quote_nullable(%I)', attname), ' || ' || quote_literal(', ') || ' || ' ORDER BY attname) \
             FROM pg_attribute WHERE attrelid = 'public.{table}'::regclass AND attnum > 0 AND NOT attisdropped"
        );
        let columns: String = sqlx::query_scalar(AssertSqlSafe(columns))
            .fetch_one(&mut session)
            .await
            .unwrap();
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT {columns} AS r FROM public.{table} ORDER BY r"
        )))
        .fetch_all(&mut session)
        .await
        .unwrap();
        all.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    session.close().await.unwrap();
    all
}
