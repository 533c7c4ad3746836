//! A server of a test's own.

use migration::testing::{Bouncer, OwnServer, PoolMode, ServerSetup, Stop};
use sea_orm_migration::sea_orm::sqlx::{Connection, PgConnection, raw_sql};

use super::*;

async fn ask(url: &str, sql: &str) -> String {
    let connection = Database::connect(url).await.unwrap();
    let answer = text(&connection, sql).await;
    connection.close().await.unwrap();
    answer
}

async fn run(url: &str, sql: &str) {
    let connection = Database::connect(url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_server_stops_and_starts_where_it_was() {
    let mut server = OwnServer::start(ServerSetup {
        settings: &["max_connections=17"],
        ..ServerSetup::default()
    })
    .await;
    let url = server.url().to_owned();
    assert_eq!(ask(&url, "SHOW max_connections").await, "17");
    let rights = "SELECT concat_ws(' ', rolsuper, rolbypassrls, rolcreaterole) FROM pg_roles WHERE rolname = current_user";
    assert_eq!(
        ask(&url, rights).await,
        "f f t",
        "an ordinary login that may make roles"
    );
    run(&url, "CREATE TABLE t (n int); INSERT INTO t VALUES (42)").await;

    for how in [Stop::Fast, Stop::Immediate] {
        let mut held = PgConnection::connect(&url).await.unwrap();
        server.stop(how).await;
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
        raw_sql("SELECT 1").execute(&mut held).await.unwrap_err();
        server.start_again().await;
        assert_eq!(url, server.url());
        assert_eq!(ask(&url, "SELECT n::text FROM t").await, "42", "{how:?}");
    }
    assert!(
        server
            .log()
            .contains("database system was not properly shut down"),
        "the second was as a crash, and the log has both starts"
    );
    server.migrate().await;
    assert_eq!(ask(&url, "SELECT count(*)::text FROM users").await, "0");

    let port = server.port();
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[tokio::test]
async fn a_server_lets_in_whom_its_lines_say() {
    let server = OwnServer::start(ServerSetup {
        hba: &[
            "hostnossl all all 127.0.0.1/32 reject",
            "host all all 127.0.0.1/32 scram-sha-256",
        ],
        ..ServerSetup::default()
    })
    .await;
    let refused = Database::connect(server.url()).await.unwrap_err();
    assert!(
        refused.to_string().contains("pg_hba.conf rejects"),
        "{refused}"
    );
    assert_eq!(
        ask(server.admin_url(), "SELECT current_user::text").await,
        "postgres",
        "the lines are not for the superuser"
    );
}

/// The other process of the test below says where its server and its pooler are.
#[tokio::test]
async fn a_server_has_a_pooler_in_front() {
    let server = OwnServer::start(ServerSetup::default()).await;
    let bouncer = Bouncer::start(server.url(), PoolMode::Session, &[], &[]).await;
    assert_eq!(
        ask(bouncer.url(), "SELECT current_database()::text").await,
        "aura"
    );
    if env::var_os(STAY).is_some() {
        println!("\nat {}\nat {}", server.url(), bouncer.url());
        std::io::stdout().flush().unwrap();
        thread::sleep(Duration::from_mins(2));
    }
}

#[test]
fn a_killed_process_leaves_no_own_server_behind() {
    let (mut process, urls) = another("testing::own_server::a_server_has_a_pooler_in_front", &[]);
    let ports = urls.map(|url| port_of(&url));
    for port in ports {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    }
    process.kill().unwrap();
    process.wait().unwrap();
    within(Duration::from_secs(20), "stopping", || {
        ports
            .iter()
            .all(|port| TcpStream::connect(("127.0.0.1", *port)).is_err())
    });
}
