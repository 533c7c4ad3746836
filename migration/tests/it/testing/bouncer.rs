//! `PgBouncer` in front of a test's database.

use migration::testing::{Bouncer, PoolMode, find_pgbouncer};
use sea_orm_migration::sea_orm::sqlx::{Connection, PgConnection, query_scalar, raw_sql};

use super::*;

async fn backend(client: &mut PgConnection) -> i32 {
    // In one transaction: prepared and run on the same server connection.
    let mut transaction = client.begin().await.unwrap();
    let pid = query_scalar("SELECT pg_backend_pid()")
        .persistent(false)
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    pid
}

async fn two_backends(db: &TestDb, mode: PoolMode, settings: &[&str]) -> (i32, i32) {
    let bouncer = Bouncer::start(db.url(), mode, settings, &[]).await;
    let mut one = PgConnection::connect(bouncer.url()).await.unwrap();
    let mut two = PgConnection::connect(bouncer.url()).await.unwrap();
    (backend(&mut one).await, backend(&mut two).await)
}

#[tokio::test]
async fn clients_share_a_connection_by_the_transaction() {
    let db = TestDb::empty(Backend::Postgres).await;
    let (one, two) = two_backends(&db, PoolMode::Transaction, &["default_pool_size=1"]).await;
    assert_eq!(one, two);
    let (one, two) = two_backends(&db, PoolMode::Session, &["default_pool_size=2"]).await;
    assert_ne!(one, two);
}

#[tokio::test]
async fn the_pooler_keeps_to_its_settings() {
    let db = TestDb::empty(Backend::Postgres).await;
    let login = db.create_login().await;
    let settings = ["max_client_conn=2", "auth_type=md5"];
    let bouncer = Bouncer::start(db.url(), PoolMode::Session, &settings, &[&login.url]).await;
    let through = |url: &str| {
        let at = url.split_once('@').unwrap().1;
        let login = login.url.split_once('@').unwrap().0;
        format!("{login}@{at}")
    };
    let mut other = PgConnection::connect(&through(bouncer.url()))
        .await
        .unwrap();
    let name: String = query_scalar("SELECT current_user::text")
        .fetch_one(&mut other)
        .await
        .unwrap();
    assert_eq!(name, login.name);

    let wrong = bouncer.url().replacen('@', "wrong@", 1);
    PgConnection::connect(&wrong).await.unwrap_err();

    let mut console = PgConnection::connect(&bouncer.console_url()).await.unwrap();
    raw_sql("SHOW POOLS").execute(&mut console).await.unwrap();
    let refused = PgConnection::connect(bouncer.url()).await.unwrap_err();
    assert!(
        refused.to_string().contains("no more connections allowed"),
        "{refused}"
    );
}

#[test]
fn no_pgbouncer_says_how_to_get_one() {
    let machine = TemporaryDirectory::new();
    let message = find_pgbouncer(|_| None, &machine.0).unwrap_err();
    for word in ["apt-get install pgbouncer", "TEST_PGBOUNCER"] {
        assert!(message.contains(word), "{message}");
    }
    let wrong = |name: &str| (name == "TEST_PGBOUNCER").then(|| "/nowhere".into());
    let message = find_pgbouncer(wrong, &machine.0).unwrap_err();
    assert!(message.contains("/nowhere"), "{message}");
    let installed = machine.0.join("usr/sbin");
    fs::create_dir_all(&installed).unwrap();
    fs::write(installed.join("pgbouncer"), "").unwrap();
    assert_eq!(
        find_pgbouncer(|_| None, &machine.0).unwrap(),
        installed.join("pgbouncer")
    );
}
