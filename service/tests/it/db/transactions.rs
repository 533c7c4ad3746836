//! Transactions: what is done inside one is done whole or not at all, and on its connection alone.

use std::time::Duration;

use entity::users;
use migration::testing::{Backend, TestDb};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, PaginatorTrait, Set};
use service::{Config, Db, Error};

use crate::world::World;

async fn one_connection(backend: Backend) -> (TestDb, Db) {
    let test = TestDb::new(backend).await;
    let config = Config::new(test.url())
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(500));
    let db = crate::rules::connect(config).await.expect("connects");
    (test, db)
}

/// A statement of the application's own.
async fn add(db: &Db, email: &str) -> Result<(), Error> {
    let row = users::ActiveModel {
        id: Set(db.new_id()),
        email: Set(email.to_owned()),
        ..Default::default()
    };
    row.insert(db).await?;
    Ok(())
}

async fn count(db: &Db) -> u64 {
    users::Entity::find().count(db).await.expect("a count")
}

fn failure() -> Error {
    Error::invalid("test", "fails")
}

async fn what_was_done_is_kept_or_undone_as_a_whole(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    let done = db
        .transaction(async |tx| {
            add(tx, "a@x.test").await?;
            add(tx, "b@x.test").await?;
            Ok::<_, Error>(count(tx).await)
        })
        .await;
    assert_eq!(done.expect("kept"), 2);
    let failed = db
        .transaction(async |tx| {
            add(tx, "c@x.test").await?;
            Err::<(), _>(failure())
        })
        .await;
    assert!(matches!(failed, Err(Error::Invalid { field, .. }) if field == "test"));
    assert_eq!(count(&db).await, 2);
}

async fn an_inner_error_undoes_the_inner_work_alone(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    db.transaction(async |tx| {
        add(tx, "a@x.test").await?;
        let inner = tx
            .transaction(async |tx| {
                add(tx, "b@x.test").await?;
                let innermost = tx.transaction(async |tx| add(tx, "c@x.test").await).await;
                assert!(innermost.is_ok());
                Err::<(), _>(failure())
            })
            .await;
        assert!(inner.is_err());
        // A refusal of the database inside a savepoint does not spoil the rest, on PostgreSQL either.
        let refused = tx.transaction(async |tx| add(tx, "a@x.test").await).await;
        assert!(matches!(refused, Err(Error::Conflict { field }) if field == "email"));
        tx.transaction(async |tx| add(tx, "d@x.test").await).await
    })
    .await
    .expect("kept");
    let mut emails: Vec<_> = users::Entity::find()
        .all(&db)
        .await
        .expect("rows")
        .into_iter()
        .map(|row| row.email)
        .collect();
    emails.sort();
    assert_eq!(emails, ["a@x.test", "d@x.test"]);
}

async fn an_outer_error_undoes_what_the_inner_work_kept(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    let failed = db
        .transaction(async |tx| {
            tx.transaction(async |tx| add(tx, "a@x.test").await).await?;
            Err::<(), _>(failure())
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(count(&db).await, 0);
}

async fn inner_work_at_the_same_time_is_done_one_after_the_other(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    db.transaction(async |tx| {
        let (failed, kept) = tokio::join!(
            tx.transaction(async |tx| {
                add(tx, "a@x.test").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
                add(tx, "b@x.test").await?;
                Err::<(), _>(failure())
            }),
            tx.transaction(async |tx| {
                add(tx, "c@x.test").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
                tx.transaction(async |tx| add(tx, "d@x.test").await).await
            }),
        );
        assert!(matches!(failed, Err(Error::Invalid { .. })), "{failed:?}");
        kept
    })
    .await
    .expect("kept");
    let rows = users::Entity::find().all(&db).await.expect("rows");
    let mut emails: Vec<_> = rows.into_iter().map(|row| row.email).collect();
    emails.sort();
    assert_eq!(emails, ["c@x.test", "d@x.test"]);
}

async fn a_panic_undoes_all_and_leaves_the_connection_fit_for_use(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    let inside = db.clone();
    let panicked = tokio::spawn(async move {
        inside
            .transaction(async |tx| {
                add(tx, "a@x.test").await?;
                assert_eq!(count(tx).await, 0, "on purpose");
                Ok::<_, Error>(())
            })
            .await
    })
    .await;
    assert!(panicked.is_err_and(|error| error.is_panic()));
    assert_eq!(count(&db).await, 0);
    add(&db, "a@x.test").await.expect("kept");
}

async fn dropping_the_future_undoes_all(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    let never = db.transaction(async |tx| {
        add(tx, "a@x.test").await?;
        std::future::pending::<Result<(), Error>>().await
    });
    let dropped = tokio::time::timeout(Duration::from_millis(200), never).await;
    assert!(dropped.is_err());
    assert_eq!(count(&db).await, 0);
    add(&db, "a@x.test").await.expect("kept");
}

async fn a_clone_that_outlives_its_transaction_says_so(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    let mut leaked = None;
    db.transaction(async |tx| {
        leaked = Some(tx.clone());
        add(tx, "a@x.test").await
    })
    .await
    .expect("kept");
    let leaked = leaked.expect("leaked");
    let refused = add(&leaked, "b@x.test").await.expect_err("it has ended");
    assert!(
        refused.to_string().contains("the transaction has ended"),
        "{refused}"
    );
    let refused = leaked
        .transaction(async |tx| add(tx, "b@x.test").await)
        .await;
    assert!(
        refused
            .expect_err("it has ended")
            .to_string()
            .contains("the transaction has ended")
    );
    assert_eq!(count(&db).await, 1);
}

async fn a_clone_that_outlives_a_dropped_transaction_keeps_nothing_open(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    let mut leaked = None;
    let never = db.transaction(async |tx| {
        leaked = Some(tx.clone());
        add(tx, "a@x.test").await?;
        std::future::pending::<Result<(), Error>>().await
    });
    assert!(
        tokio::time::timeout(Duration::from_millis(200), never)
            .await
            .is_err()
    );
    // Its one connection is free again, though the clone lives.
    assert_eq!(count(&db).await, 0);
    let refused = add(&leaked.expect("leaked"), "b@x.test")
        .await
        .expect_err("it has ended");
    assert!(
        refused.to_string().contains("the transaction has ended"),
        "{refused}"
    );
}

async fn work_on_the_pool_inside_a_transaction_fails_in_time_and_does_not_hang(backend: Backend) {
    let (_test, db) = one_connection(backend).await;
    let outside = db
        .transaction(async |tx| {
            add(tx, "a@x.test").await?;
            // The handle of the pool, where the transaction's own was meant.
            add(&db, "b@x.test").await
        })
        .await;
    assert!(
        matches!(outside, Err(Error::NoConnection(_))),
        "{outside:?}"
    );
    assert_eq!(count(&db).await, 0);
}

async fn a_tenants_work_and_the_applications_own_share_the_transaction(backend: Backend) {
    let world = World::with(backend, |config| config.max_connections(1)).await;
    world.sent.take();
    let tenant = world.a.tenant.clone();
    // Spawned: all of it can be sent to another thread.
    let failed = tokio::spawn(async move {
        tenant
            .transaction(async |tenant| {
                let row = crate::billing::invoices::ActiveModel {
                    client_id: Set(world.a.clients[0]),
                    number: Set("new".into()),
                    total_cents: Set(1),
                    ..Default::default()
                };
                tenant
                    .insert::<crate::billing::invoices::Entity>(row)
                    .await?;
                tenant
                    .db()
                    .execute_unprepared("UPDATE clients SET name = 'changed'")
                    .await?;
                let found = tenant
                    .find::<crate::billing::invoices::Entity>()
                    .count()
                    .await?;
                assert_eq!(found, 4);
                Err::<(), _>(failure())
            })
            .await
    })
    .await
    .expect("no panic");
    assert!(failed.is_err());
    let sent = world.sent.take();
    assert_eq!(sent.first().map(String::as_str), Some("BEGIN"));
    assert_eq!(sent.last().map(String::as_str), Some("ROLLBACK"));
    let again = world.test.backend() == Backend::Postgres && migration::testing::on_citus();
    assert_eq!(sent.len(), 5 + usize::from(again));
    assert_eq!(
        world
            .a
            .tenant
            .find::<crate::billing::invoices::Entity>()
            .count()
            .await
            .expect("a count"),
        3
    );
    let changed = world.a.tenant.find::<entity::clients::Entity>();
    let changed = changed.filter(sea_orm::ColumnTrait::eq(
        &entity::clients::Column::Name,
        "changed",
    ));
    assert_eq!(changed.count().await.expect("a count"), 0);
}

macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use migration::testing::Backend;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(Backend::Postgres).await;
            }
        })+
    };
}

on_both!(
    what_was_done_is_kept_or_undone_as_a_whole,
    an_inner_error_undoes_the_inner_work_alone,
    an_outer_error_undoes_what_the_inner_work_kept,
    inner_work_at_the_same_time_is_done_one_after_the_other,
    a_panic_undoes_all_and_leaves_the_connection_fit_for_use,
    dropping_the_future_undoes_all,
    a_clone_that_outlives_its_transaction_says_so,
    a_clone_that_outlives_a_dropped_transaction_keeps_nothing_open,
    work_on_the_pool_inside_a_transaction_fails_in_time_and_does_not_hang,
    a_tenants_work_and_the_applications_own_share_the_transaction,
);
