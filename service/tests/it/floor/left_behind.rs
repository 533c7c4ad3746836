//! What a transaction leaves on its connection: nothing that the next one meets.

use sea_orm::ConnectionTrait;
use service::Error;

use super::{Two, execute, rows, value};

#[tokio::test]
async fn the_next_borrower_sees_nothing_of_role_and_tenant() {
    migration::not_on_citus!("no transaction switches its role there");
    let two = Two::new().await;
    two.ours
        .tenant
        .transaction(async |tenant| {
            let role: String = value(tenant.db(), "SELECT current_user::text").await;
            assert!(role.ends_with("_runtime"), "{role}");
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
    let clean = "SELECT current_user = session_user AND nullif(current_setting('app.application_id', true), '') IS NULL";
    assert!(value::<bool>(&two.db, clean).await);
    let all: i64 = value(&two.db, "SELECT count(*) FROM clients").await;
    assert_eq!(
        all, 2,
        "outside of a tenant's transaction the types are the wall"
    );
}

#[tokio::test]
async fn a_transaction_that_fails_or_is_dropped_leaves_as_little() {
    let two = Two::new().await;
    let failed = two
        .ours
        .tenant
        .transaction(async |tenant| {
            execute(tenant.db(), "SELECT 1 / 0").await?;
            Ok::<_, Error>(())
        })
        .await;
    assert!(failed.is_err());
    let all: i64 = value(&two.db, "SELECT count(*) FROM clients").await;
    assert_eq!(all, 2);
    let never = two.ours.tenant.transaction(async |tenant| {
        execute(tenant.db(), "SELECT pg_sleep(10)").await?;
        Ok::<_, Error>(())
    });
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(50), never).await;
    assert!(dropped.is_err());
    let all: i64 = value(&two.db, "SELECT count(*) FROM clients").await;
    assert_eq!(all, 2);
}

/// Each of these reached the next tenant's rows, or was seen by it, on a connection that was handed on as it was.
#[tokio::test]
async fn what_a_caller_s_sql_leaves_in_the_session_is_gone_before_the_next_one() {
    let two = Two::new().await;
    let ours = two.ours.tenant.application_id();
    let set = format!("SELECT set_config('app.application_id', '{ours}', false)");
    for (leave, seen) in [
        (
            set.as_str(),
            "SELECT nullif(current_setting('app.application_id', true), '') IS NULL",
        ),
        (
            "SELECT set_config('search_path', 'pg_catalog', false)",
            "SELECT current_schema() = 'public'",
        ),
        (
            "PREPARE mine AS SELECT 1",
            "SELECT count(*) = 0 FROM pg_prepared_statements WHERE name = 'mine'",
        ),
        (
            "LISTEN mine",
            "SELECT count(*) = 0 FROM pg_listening_channels()",
        ),
        (
            "SELECT pg_advisory_lock(42)",
            "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
        ),
    ] {
        two.ours
            .tenant
            .transaction(async |tenant| {
                tenant.db().execute_unprepared(leave).await?;
                Ok::<_, Error>(())
            })
            .await
            .expect("kept");
        assert!(value::<bool>(&two.db, seen).await, "{leave}");
        let found: i64 = value(&two.db, "SELECT count(*) FROM clients").await;
        assert_eq!(found, 2, "{leave}");
    }
}

/// The driver names its statements by numbers: under one of those names it would run what was left there.
#[tokio::test]
async fn a_statement_prepared_under_the_driver_s_name_is_not_the_next_tenant_s() {
    let two = Two::new().await;
    two.ours
        .tenant
        .transaction(async |tenant| {
            let db = tenant.db();
            let names: Vec<String> = rows(db, "SELECT name FROM pg_prepared_statements")
                .await?
                .iter()
                .map(|row| row.try_get_by_index(0))
                .collect::<Result<_, _>>()?;
            assert!(!names.is_empty(), "the driver prepares");
            for name in names {
                let poison =
                    format!("DEALLOCATE \"{name}\"; PREPARE \"{name}\" AS SELECT 'poison'");
                db.execute_unprepared(&poison).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
    for _ in 0..3 {
        let client = two.theirs.tenant.clients().get(two.theirs.client).await;
        let client = client.expect("read").expect("there");
        assert_eq!(client.name, "Client of theirs");
        two.theirs
            .tenant
            .transaction(async |tenant| {
                let name: String = value(tenant.db(), "SELECT name FROM clients").await;
                assert_eq!(name, "Client of theirs");
                Ok::<_, Error>(())
            })
            .await
            .expect("kept");
    }
}

#[tokio::test]
async fn verbs_alone_leave_their_statements_prepared() {
    let two = Two::new().await;
    let prepared = "SELECT count(*) FROM pg_prepared_statements";
    for _ in 0..2 {
        two.ours
            .tenant
            .transaction(async |tenant| tenant.clients().get(two.ours.client).await)
            .await
            .expect("read");
    }
    let kept: i64 = value(&two.db, prepared).await;
    assert!(kept > 2, "{kept}: the crate's own statements are kept");
}
