//! Poolers: one that keeps a session for each client will do, one that does not is refused.

use migration::testing::{Backend, Bouncer, PoolMode, TestDb};

use super::{Place, catalog};

#[tokio::test]
async fn a_transaction_pooler_is_refused_and_a_session_pooler_will_do() {
    let db = TestDb::empty(Backend::Postgres).await;
    let place = Place::new();
    for size in ["default_pool_size=1", "default_pool_size=3"] {
        let pooler = Bouncer::start(db.url(), PoolMode::Transaction, &[size], &[]).await;
        for command in ["up", "status", "roles"] {
            place.on(pooler.url(), command).fails(&[
                "is a transaction pooler",
                "two statements met two sessions",
                "DATABASE_URL_POOLER",
            ]);
        }
    }
    assert_eq!(catalog(&db.connect().await).await, "");
    let pooler = Bouncer::start(db.url(), PoolMode::Session, &[], &[]).await;
    place.on(pooler.url(), "up").succeeds();
}

#[tokio::test]
async fn what_the_url_says_is_believed() {
    let db = TestDb::empty(Backend::Postgres).await;
    let place = Place::new();
    for said in ["pgbouncer=true", "pooled=true", "pooled=1", "pooled"] {
        let url = format!("{}&{said}", with_query(&db));
        place
            .on(&url, "up")
            .fails(&["is a transaction pooler (as the URL says)"]);
    }
    for said in ["pgbouncer=false", "pooled=false"] {
        let url = format!("{}&{said}", with_query(&db));
        place.on(&url, "status").gives(2);
    }
}

/// The URL, with a parameter that changes nothing.
fn with_query(db: &TestDb) -> String {
    let mut url = url::Url::parse(db.url()).unwrap();
    url.query_pairs_mut().append_pair("application_name", "x");
    url.into()
}

/// Told by the address alone: nobody is asked.
#[test]
fn supabases_transaction_pooler_is_refused() {
    let place = Place::new();
    for host in [
        "aws-0-eu-west-1.pooler.supabase.com",
        "db.abcdefgh.supabase.co",
    ] {
        let url = format!("postgres://postgres.abcdefgh:s3cret@{host}:6543/postgres");
        place
            .on(&url, "up")
            .fails(&[&format!("{host}:6543 is a transaction pooler"), "5432"]);
    }
}
