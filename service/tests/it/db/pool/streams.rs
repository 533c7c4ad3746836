//! Rows as they come.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use migration::testing::Backend;
use sea_orm::{DbErr, EntityTrait, QueryOrder, Statement, StreamTrait};
use service::{Awaited, Error};

use super::{add, number, on_both, open, until};

/// 100,000 rows, made as they are read.
const MANY: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n";

fn many(db: &service::Db) -> Statement {
    Statement::from_string(db.backend(), MANY)
}

async fn all_rows_come_in_their_order(backend: Backend) {
    let (_test, db) = open(backend, |config| config.max_connections(1)).await;
    let mut rows = db.stream_raw(many(&db)).await.expect("begins");
    let mut last = 0;
    while let Some(row) = rows.try_next().await.expect("a row") {
        let number: i32 = row.try_get_by_index(0).expect("a number");
        assert_eq!(number, last + 1);
        last = number;
    }
    assert_eq!(last, 100_000);
    assert!(rows.next().await.is_none(), "and no more");
    drop(rows);
    assert_eq!(db.pool_status().in_use, 0);
    assert_eq!(db.pool_status().salvaged, 0, "nothing was left to do");
}

async fn one_that_is_dropped_half_way_frees_its_connection(backend: Backend) {
    let (_test, db) = open(backend, |config| config.max_connections(1)).await;
    let mut rows = db.stream_raw(many(&db)).await.expect("begins");
    for _ in 0..100 {
        rows.next().await.expect("a row").expect("a row");
    }
    assert_eq!(db.pool_status().in_use, 1);
    drop(rows);
    assert_eq!(number(&db, "SELECT CAST(7 AS bigint)").await, 7);
    until("it is back", async || db.pool_status().in_use == 0).await;
}

async fn an_error_comes_in_its_place(backend: Backend) {
    let (_test, db) = open(backend, |config| config.max_connections(1)).await;
    let statement = Statement::from_string(db.backend(), "SELECT missing FROM nowhere");
    let mut rows = db.stream_raw(statement).await.expect("begins");
    assert!(matches!(rows.next().await, Some(Err(DbErr::Query(_)))));
    assert!(rows.next().await.is_none());
    drop(rows);
    assert_eq!(number(&db, "SELECT CAST(7 AS bigint)").await, 7);
}

async fn inside_a_transaction_rows_are_those_of_the_transaction(backend: Backend) {
    let (_test, db) = open(backend, |config| {
        config
            .max_connections(1)
            .acquire_timeout(Duration::from_millis(300))
    })
    .await;
    let seen = db.transaction(async |tx| {
        for name in ["a", "b", "c"] {
            add(tx, &format!("{name}@x.test")).await?;
        }
        let users = entity::users::Entity::find().order_by_asc(entity::users::Column::Email);
        let mut rows = users.stream(tx).await?;
        let mut emails = Vec::new();
        while let Some(user) = rows.try_next().await? {
            emails.push(user.email);
        }
        drop(rows);
        // Half-way: what is asked meanwhile is refused in time, and does not wait for ever.
        let mut rows = tx.stream_raw(many(tx)).await?;
        rows.next().await.expect("a row")?;
        let meanwhile = add(tx, "d@x.test").await;
        assert!(
            matches!(&meanwhile, Err(Error::NoConnection(in_vain)) if in_vain.awaited == Awaited::Transaction),
            "{meanwhile:?}"
        );
        drop(rows);
        add(tx, "e@x.test").await?;
        Ok::<_, Error>(emails)
    });
    assert_eq!(
        seen.await.expect("kept"),
        ["a@x.test", "b@x.test", "c@x.test"]
    );
    assert_eq!(super::count(&db).await, 4);
}

on_both!(
    all_rows_come_in_their_order,
    one_that_is_dropped_half_way_frees_its_connection,
    an_error_comes_in_its_place,
    inside_a_transaction_rows_are_those_of_the_transaction,
);
