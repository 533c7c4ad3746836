//! What a transaction can be asked to be, and what it leaves behind.

use migration::testing::Backend;
use sea_orm::ConnectionTrait;
use service::{Error, Isolation, TransactionOptions};

use super::{add, count, number, on_both, open, text, until};

#[tokio::test]
async fn the_isolation_is_the_one_that_was_chosen() {
    let (_test, db) = open(Backend::Postgres, |config| config).await;
    for (isolation, named) in [
        (Some(Isolation::ReadCommitted), "read committed"),
        (Some(Isolation::RepeatableRead), "repeatable read"),
        (Some(Isolation::Serializable), "serializable"),
        (None, "read committed"),
    ] {
        let options = TransactionOptions {
            isolation,
            ..TransactionOptions::default()
        };
        let shown = db.transaction_with(options, async |tx| {
            Ok::<_, Error>(text(tx, "SHOW transaction_isolation").await)
        });
        assert_eq!(shown.await.expect("shown"), named);
    }
    assert_eq!(
        text(&db, "SHOW transaction_isolation").await,
        "read committed"
    );
}

async fn a_snapshot_sees_nothing_that_comes_later(backend: Backend) {
    let (_test, db) = open(backend, |config| config).await;
    db.transaction_with(TransactionOptions::snapshot(), async |tx| {
        assert_eq!(count(tx).await, 0);
        // A writer does not wait for a reader.
        add(&db, "a@x.test").await?;
        assert_eq!(count(tx).await, 0);
        Ok::<_, Error>(())
    })
    .await
    .expect("reads");
    assert_eq!(count(&db).await, 1);
}

async fn what_only_reads_cannot_write(backend: Backend) {
    let (_test, db) = open(backend, |config| config.max_connections(1)).await;
    let refused = db
        .transaction_with(TransactionOptions::snapshot(), async |tx| {
            add(tx, "a@x.test").await
        })
        .await;
    assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
    // The next one on the same connection can, whether the one before was ended or dropped.
    add(&db, "a@x.test").await.expect("writes");
    let dropped = db.transaction_with(TransactionOptions::snapshot(), async |tx| {
        count(tx).await;
        std::future::pending::<Result<(), Error>>().await
    });
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(100), dropped).await;
    assert!(dropped.is_err());
    add(&db, "b@x.test").await.expect("writes");
    assert_eq!(count(&db).await, 2);
    assert_eq!(db.pool_status().connects, 1);
}

async fn what_a_savepoint_cannot_give_is_refused(backend: Backend) {
    let (_test, db) = open(backend, |config| config).await;
    let none = TransactionOptions {
        attempts: 0,
        ..TransactionOptions::default()
    };
    let refused = db
        .transaction_with(none, async |_| Ok::<_, Error>(()))
        .await;
    assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == "attempts"));
    db.transaction(async |tx| {
        let retried = TransactionOptions {
            attempts: 3,
            ..TransactionOptions::default()
        };
        let refused = tx
            .transaction_with(retried, async |_| Ok::<_, Error>(()))
            .await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == "attempts"));
        let reading = TransactionOptions {
            read_only: true,
            ..TransactionOptions::default()
        };
        let refused = tx
            .transaction_with(reading, async |_| Ok::<_, Error>(()))
            .await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == "read_only"));
        let better = TransactionOptions::serializable(1);
        let nested = tx
            .transaction_with(better, async |_| Ok::<_, Error>(()))
            .await;
        match backend {
            // There it is always so.
            Backend::Sqlite => nested.expect("it holds"),
            Backend::Postgres => assert!(
                matches!(&nested, Err(Error::Invalid { field, .. }) if field == "isolation"),
                "{nested:?}"
            ),
        }
        // And the transaction around goes on.
        add(tx, "a@x.test").await
    })
    .await
    .expect("kept");
    let strict = TransactionOptions::serializable(2);
    db.transaction_with(strict, async |tx| {
        let no_better = TransactionOptions {
            attempts: 1,
            ..strict
        };
        tx.transaction_with(no_better, async |tx| add(tx, "b@x.test").await)
            .await
    })
    .await
    .expect("kept");
    assert_eq!(count(&db).await, 2);
}

async fn an_error_that_was_passed_over_is_not_taken_for_success(backend: Backend) {
    let (_test, db) = open(backend, |config| config).await;
    let passed_over = db
        .transaction(async |tx| {
            add(tx, "a@x.test").await?;
            // Refused by the database, and nobody minds.
            assert!(add(tx, "a@x.test").await.is_err());
            Ok::<_, Error>(())
        })
        .await;
    match backend {
        // There a statement that is refused is undone alone.
        Backend::Sqlite => {
            passed_over.expect("kept");
            assert_eq!(count(&db).await, 1);
        }
        Backend::Postgres => {
            let error = passed_over.expect_err("it could not be kept");
            assert!(error.to_string().contains("passed over"), "{error}");
            assert_eq!(count(&db).await, 0);
        }
    }
    // Inside a savepoint it may be passed over.
    db.transaction(async |tx| {
        add(tx, "b@x.test").await?;
        let refused = tx.transaction(async |tx| add(tx, "b@x.test").await).await;
        assert!(refused.is_err());
        Ok::<_, Error>(())
    })
    .await
    .expect("kept");
}

#[tokio::test]
async fn what_a_statement_leaves_on_its_session_is_gone_for_the_next() {
    let (_test, db) = open(Backend::Postgres, |config| config.max_connections(1)).await;
    let backend = number(&db, "SELECT pg_backend_pid()::bigint").await;
    let path = text(&db, "SHOW search_path").await;
    for left in [
        "SET search_path = pg_catalog",
        "SET app.application_id = 'somebody'",
        "BEGIN",
        "SELECT 1; BEGIN; CREATE TEMPORARY TABLE users (id uuid)",
        "PREPARE mine AS SELECT 1",
        "CREATE TEMPORARY TABLE users (id uuid)",
        "LISTEN something",
        "BEGIN; SELECT 1/0",
    ] {
        // The last is refused.
        let _ = db.execute_unprepared(left).await;
        assert_eq!(text(&db, "SHOW search_path").await, path, "{left}");
        let shown = "SELECT coalesce(current_setting('app.application_id', true), '')";
        assert_eq!(text(&db, shown).await, "", "{left}");
        assert_eq!(count(&db).await, 0, "{left}");
        let left_over = "SELECT (SELECT count(*) FROM pg_prepared_statements WHERE from_sql) \
            + (SELECT count(*) FROM pg_listening_channels())";
        assert_eq!(number(&db, left_over).await, 0, "{left}");
        let transaction = async || number(&db, "SELECT txid_current()").await;
        assert_ne!(
            transaction().await,
            transaction().await,
            "one is open: {left}"
        );
    }
    // It is the same connection still.
    assert_eq!(
        number(&db, "SELECT pg_backend_pid()::bigint").await,
        backend
    );
    assert_eq!(db.pool_status().connects, 1);
}

#[tokio::test]
async fn a_transaction_can_ask_for_its_connection_to_be_reset() {
    let (_test, db) = open(Backend::Postgres, |config| config.max_connections(1)).await;
    let set = "SELECT set_config('app.application_id', 'somebody', false)";
    let shown = "SELECT coalesce(current_setting('app.application_id', true), '')";
    db.transaction(async |tx| {
        tx.reset_connection_afterwards().await?;
        text(tx, set).await;
        Ok::<_, Error>(())
    })
    .await
    .expect("kept");
    assert_eq!(text(&db, shown).await, "");
    assert_eq!(count(&db).await, 0, "the search path is set again");
    until("it is back", async || db.pool_status().in_use == 0).await;
    assert_eq!(db.pool_status().connects, 1);
}

on_both!(
    a_snapshot_sees_nothing_that_comes_later,
    what_only_reads_cannot_write,
    what_a_savepoint_cannot_give_is_refused,
    an_error_that_was_passed_over_is_not_taken_for_success,
);
