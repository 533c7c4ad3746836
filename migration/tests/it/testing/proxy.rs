//! The proxy that counts.

use migration::testing::Proxy;
use sea_orm_migration::sea_orm::sqlx::{Connection, PgConnection, query_scalar, raw_sql};

use super::*;

async fn seven(connection: &mut PgConnection) -> i32 {
    query_scalar("SELECT $1 + 3")
        .bind(4)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn round_trips_are_counted() {
    let db = TestDb::empty(Backend::Postgres).await;
    let proxy = Proxy::start(db.url()).await;
    let mut connection = PgConnection::connect(proxy.url()).await.unwrap();
    let connected = proxy.round_trips();
    assert!(
        connected >= 2,
        "at least the start and the password: {connected}"
    );

    let trips = async |connection: &mut PgConnection| {
        let before = proxy.round_trips();
        assert_eq!(seven(connection).await, 7);
        proxy.round_trips() - before
    };
    assert_eq!(
        trips(&mut connection).await,
        2,
        "the driver prepares, then executes"
    );
    assert_eq!(trips(&mut connection).await, 1, "and then executes alone");

    let before = proxy.round_trips();
    raw_sql("BEGIN; SELECT 1; SELECT repeat('x', 1000000); COMMIT")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        proxy.round_trips() - before,
        1,
        "however long the answer is"
    );
}

#[tokio::test]
async fn connections_are_cut() {
    let db = TestDb::empty(Backend::Postgres).await;
    let proxy = Proxy::start(db.url()).await;
    let mut one = PgConnection::connect(proxy.url()).await.unwrap();
    let two = PgConnection::connect(proxy.url()).await.unwrap();
    assert_eq!((proxy.accepted(), proxy.open()), (2, 2));
    two.close().await.unwrap();
    within_async("closing", async || proxy.open() == 1).await;

    proxy.cut().await;
    assert_eq!(proxy.open(), 0);
    query_scalar::<_, i32>("SELECT 1")
        .fetch_one(&mut one)
        .await
        .unwrap_err();

    proxy.refuse(true);
    PgConnection::connect(proxy.url()).await.unwrap_err();
    proxy.refuse(false);
    let mut again = PgConnection::connect(proxy.url()).await.unwrap();
    assert_eq!(seven(&mut again).await, 7);
    assert_eq!(proxy.accepted(), 3);
}
