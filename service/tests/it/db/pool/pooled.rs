//! Behind a transaction pooler: nothing is left on a session, by name or by setting. Tried here without the pooler, where
//! what is left can be seen.

use std::time::{Duration, Instant};

use migration::testing::{Backend, TestDb};
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr, StreamTrait};
use service::{Config, Db, Error, NewUser};

use super::{add, count, number, open, text, until};

async fn nothing_is_left_behind(test: &TestDb, db: &Db) {
    add(db, "a@x.test").await.expect("adds");
    let email = "b@x.test".parse().expect("an address");
    db.users().create(NewUser::new(email)).await.expect("made");
    let refused = add(db, "a@x.test").await;
    assert!(
        matches!(&refused, Err(Error::Conflict { field }) if field == "email"),
        "{refused:?}"
    );
    assert_eq!(count(db).await, 2);
    db.transaction(async |tx| {
        assert_eq!(text(tx, "SHOW search_path").await, "public, pg_temp");
        add(tx, "c@x.test").await?;
        let refused = tx.transaction(async |tx| add(tx, "c@x.test").await).await;
        assert!(refused.is_err());
        Ok::<_, Error>(())
    })
    .await
    .expect("kept");
    let statement = sea_orm::Statement::from_string(db.backend(), "SELECT * FROM users");
    let rows = db.stream_raw(statement).await.expect("begins");
    assert_eq!(futures_util::StreamExt::count(rows).await, 3);
    let named = "SELECT count(*) FROM pg_prepared_statements";
    assert_eq!(number(db, named).await, 0);
    assert_eq!(db.pool_status().connects, 1);
    // Every statement is in a transaction of its own, and the settings are of that transaction.
    assert_eq!(text(db, "SHOW search_path").await, "public, pg_temp");
    until("idle", async || db.pool_status().in_use == 0).await;
    let watcher = test.connect().await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL \
        AND pid <> pg_backend_pid()";
    assert_eq!(number(&watcher, open).await, 0);
    watcher.close().await.expect("closes");
}

#[tokio::test]
async fn by_the_configuration() {
    let (test, db) = open(Backend::Postgres, |config| {
        config.max_connections(1).pooled(true)
    })
    .await;
    nothing_is_left_behind(&test, &db).await;
}

#[tokio::test]
async fn by_the_url() {
    let test = TestDb::new(Backend::Postgres).await;
    for word in ["pooled", "pgbouncer"] {
        let separator = if test.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}{word}=true", test.url());
        let db = crate::rules::connect(Config::new(url).max_connections(1))
            .await
            .expect("connects");
        nothing_is_left_behind(&test, &db).await;
        db.close().await.expect("closes");
        test.execute("DELETE FROM users").await.expect("emptied");
    }
}

#[tokio::test]
async fn the_time_for_a_statement_holds_with_and_without_a_pooler() {
    for pooled in [false, true] {
        let (_test, db) = open(Backend::Postgres, |config| {
            config
                .max_connections(1)
                .statement_timeout(Duration::from_millis(200))
                .pooled(pooled)
        })
        .await;
        let start = Instant::now();
        let refused = db.execute_unprepared("SELECT pg_sleep(30)").await;
        assert!(start.elapsed() < Duration::from_secs(10));
        let Err(DbErr::Exec(RuntimeErr::SqlxError(error))) = refused else {
            panic!("{refused:?}");
        };
        let refusal = error.as_database_error().expect("of the database");
        assert_eq!(refusal.code().as_deref(), Some("57014"));
        assert_eq!(count(&db).await, 0, "the connection is as good as before");
        assert_eq!(db.pool_status().connects, 1);
    }
}
