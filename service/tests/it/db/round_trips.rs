//! How often the network is crossed.

use std::time::Duration;

use entity::users;
use migration::testing::{Backend, Proxy, TestDb};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, EntityTrait};
use service::{Config, Db, Error, NewClient, NewUser};

use super::asking::ask;
use crate::people::team;

struct Line {
    db: Db,
    proxy: Proxy,
    _test: TestDb,
}

impl Line {
    async fn new() -> Self {
        let test = TestDb::new(Backend::Postgres).await;
        let proxy = Proxy::start(test.url()).await;
        let config = Config::new(proxy.url())
            .max_connections(1)
            .hashing(crate::people::QUICK);
        let db = crate::rules::connect(config).await.expect("connects");
        Self {
            db,
            proxy,
            _test: test,
        }
    }

    /// The round trips of `work`, once it has been done before.
    async fn trips<T, E: std::fmt::Debug>(
        &self,
        mut work: impl AsyncFnMut(&Db) -> Result<T, E>,
    ) -> u64 {
        work(&self.db).await.expect("the first time");
        // What is done after an answer, behind the caller's back, counts too.
        tokio::time::sleep(Duration::from_millis(30)).await;
        let before = self.proxy.round_trips();
        for _ in 0..10 {
            work(&self.db).await.expect("once more");
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        let trips = self.proxy.round_trips() - before;
        assert_eq!(trips % 10, 0, "{trips} trips for ten times");
        trips / 10
    }
}

async fn nobody(db: &Db) -> Result<(), Error> {
    db.users().get(db.new_id()).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_one_round_trip() {
    let line = Line::new().await;
    let db = &line.db;
    let acme = team(db, "acme").await;
    let tenant = db.tenant(acme.owner, acme.application.id).await;
    let tenant = tenant.expect("its owner");
    let trips = [
        ("a query", 1, line.trips(async |db| ask(db, 4).await).await),
        (
            "an entity by its key",
            1,
            line.trips(async |db| users::Entity::find_by_id(db.new_id()).one(db).await)
                .await,
        ),
        (
            "text without parameters",
            1,
            line.trips(async |db| db.execute_unprepared("SELECT 1").await)
                .await,
        ),
        (
            "a user by address",
            1,
            line.trips(async |db| {
                let email = "nobody@x.test".parse().expect("an address");
                db.users().find_by_email(&email).await
            })
            .await,
        ),
        (
            "a transaction of nothing",
            2,
            line.trips(async |db| db.transaction(async |_| Ok::<_, Error>(())).await)
                .await,
        ),
        (
            "a transaction of two statements",
            4,
            line.trips(async |db| {
                db.transaction(async |tx| {
                    nobody(tx).await?;
                    nobody(tx).await
                })
                .await
            })
            .await,
        ),
        (
            "a tenant's transaction of one statement, on the floor",
            3,
            line.trips(async |_| {
                let client = tenant.db().new_id();
                tenant
                    .transaction(async |tenant| tenant.clients().get(client).await)
                    .await
            })
            .await,
        ),
        (
            "a transaction that fails",
            3,
            line.trips(async |db| {
                let failed = db
                    .transaction(async |tx| {
                        nobody(tx).await?;
                        Err::<(), _>(Error::invalid("test", "on purpose"))
                    })
                    .await;
                failed.err().ok_or("it fails")
            })
            .await,
        ),
        (
            "a savepoint in a transaction, with a statement",
            5,
            line.trips(async |db| {
                db.transaction(async |tx| tx.transaction(async |tx| nobody(tx).await).await)
                    .await
            })
            .await,
        ),
        // The statement is prepared anew each time (2), and the connection reset behind the caller's back (3).
        (
            "a transaction with SQL of the caller's own",
            7,
            line.trips(async |db| {
                db.transaction(async |tx| ask(tx, 1).await.map_err(Error::from))
                    .await
            })
            .await,
        ),
    ];
    for (what, _, found) in trips {
        println!("{found} round trips: {what}");
    }
    for (what, expected, found) in trips {
        assert_eq!(found, expected, "{what}");
    }
    db.clone().close().await.expect("closes");
}

/// What `Db` is measured against: the driver's own pool asks each connection that is given back whether it still works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_drivers_own_pool_takes_more() {
    let test = TestDb::new(Backend::Postgres).await;
    let proxy = Proxy::start(test.url()).await;
    for (asks_before, expected) in [(true, 3), (false, 2)] {
        let mut options = ConnectOptions::new(proxy.url());
        options
            .max_connections(1)
            .test_before_acquire(asks_before)
            .sqlx_logging(false);
        let plain = Database::connect(options).await.expect("connects");
        let mut trips = vec![];
        for _ in 0..3 {
            let before = proxy.round_trips();
            ask(&plain, 4).await.expect("an answer");
            // It asks after the answer, behind the caller's back.
            tokio::time::sleep(Duration::from_millis(100)).await;
            trips.push(proxy.round_trips() - before);
        }
        println!("{trips:?} round trips: a query, asking before {asks_before}");
        assert_eq!(trips[2], expected, "{trips:?}");
        plain.close().await.expect("closes");
    }
}

/// What verbs cost: statements and the transaction around them, nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verb_is_its_statements() {
    let line = Line::new().await;
    let team = team(&line.db, "acme").await;
    let tenant = line
        .db
        .tenant(team.owner, team.application.id)
        .await
        .expect("its owner");
    let client = tenant
        .clients()
        .create(NewClient::new("Café".parse().expect("a name")))
        .await
        .expect("a client");
    let mut number = 0;
    let trips = [
        (
            "proof of a membership",
            line.trips(async |db| db.tenant(team.owner, team.application.id).await)
                .await,
        ),
        (
            "a client by its key",
            line.trips(async |_| tenant.clients().get(client.id).await)
                .await,
        ),
        (
            "a new user, with its event",
            line.trips(async |db| {
                number += 1;
                let email = format!("new{number}@x.test").parse().expect("an address");
                db.users().create(NewUser::new(email)).await
            })
            .await,
        ),
        (
            "a new client, with its event",
            line.trips(async |_| {
                let name = "Café".parse().expect("a name");
                tenant.clients().create(NewClient::new(name)).await
            })
            .await,
        ),
    ];
    for (what, found) in trips {
        println!("{found} round trips: {what}");
    }
}
