//! `distribute`: what it would say, which needs no cluster to be looked at; and what comes of it, where `TEST_CITUS_URL` names
//! one.

mod cluster;
mod grown;
mod halfway;
mod own;
mod plan;

use migration::Migrator;
use migration::citus::distribute::{self, Plan};
use migration::connect::{ConnectOptions, connect};
use migration::migrate::{self, Options};
use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::DatabaseConnection;

/// The database as the migrator connects to it.
async fn migrator(db: &TestDb) -> DatabaseConnection {
    let options = ConnectOptions::default();
    connect(&db.url().parse().unwrap(), &options).await.unwrap()
}

/// A migrated database on one machine, with roles of its own.
async fn plain() -> TestDb {
    let db = TestDb::empty(Backend::Postgres).await;
    let migrator = migrator(&db).await;
    migrate::up::<Migrator>(&migrator, &Options::default(), &mut |_| {})
        .await
        .unwrap();
    migrator.close().await.unwrap();
    db
}

/// What would be done to it.
async fn plan(db: &TestDb) -> Plan {
    let migrator = migrator(db).await;
    let plan = distribute::plan::<Migrator>(&migrator).await.unwrap();
    migrator.close().await.unwrap();
    plan
}
