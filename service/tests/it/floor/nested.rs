//! A tenant's transaction inside another.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use sea_orm::{TransactionSession, TransactionTrait};
use service::{Config, Error, NewClient};
use uuid::Uuid;

use super::{Two, execute, value};

const COUNT: &str = "SELECT count(*) FROM clients";
const TENANT: &str = "SELECT nullif(current_setting('app.application_id', true), '')::uuid";

#[tokio::test]
async fn the_floor_is_there_inside_and_gone_after_it() {
    let two = Two::new().await;
    let (user, application) = (two.ours.team.owner, two.ours.tenant.application_id());
    two.db
        .transaction(async |db| {
            assert_eq!(value::<i64>(db, COUNT).await, 2);
            let tenant = db.tenant(user, application).await?;
            tenant
                .transaction(async |tenant| {
                    assert_eq!(value::<i64>(tenant.db(), COUNT).await, 1);
                    tenant
                        .transaction(async |tenant| {
                            assert_eq!(value::<i64>(tenant.db(), COUNT).await, 1);
                            Ok::<_, Error>(())
                        })
                        .await?;
                    assert_eq!(value::<i64>(tenant.db(), COUNT).await, 1);
                    Ok::<_, Error>(())
                })
                .await?;
            assert_eq!(value::<i64>(db, COUNT).await, 2, "after it was kept");
            let failed = tenant
                .transaction(async |tenant| {
                    assert_eq!(value::<i64>(tenant.db(), COUNT).await, 1);
                    Err::<(), _>(Error::NotFound)
                })
                .await;
            assert!(failed.is_err());
            assert_eq!(value::<i64>(db, COUNT).await, 2, "after it was undone");
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn one_tenant_inside_another_s_floor_is_not_found() {
    let two = Two::new().await;
    let (user, application) = (two.theirs.team.owner, two.theirs.tenant.application_id());
    two.ours
        .tenant
        .transaction(async |tenant| {
            let theirs = tenant.db().tenant(user, application).await;
            assert!(matches!(theirs, Err(Error::NotFound)), "{theirs:?}");
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn a_verb_that_looks_beyond_puts_the_floor_back() {
    let two = Two::new().await;
    let stranger = two.theirs.team.member;
    two.ours
        .tenant
        .transaction(async |tenant| {
            let members = tenant.admin()?.members();
            members.add(stranger, &["member"]).await?;
            let here: Uuid = value(tenant.db(), TENANT).await;
            assert_eq!(here, tenant.application_id());
            assert_eq!(value::<i64>(tenant.db(), COUNT).await, 1);
            let nobody = members.add(Uuid::from_u128(7), &["member"]).await;
            assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
            assert_eq!(value::<i64>(tenant.db(), COUNT).await, 1);
            let role: String = value(tenant.db(), "SELECT current_user::text").await;
            let switched = role.ends_with("_runtime");
            // There every role is on the floor, and none is switched to.
            assert_eq!(switched, !migration::testing::on_citus(), "{role}");
            assert_eq!(
                execute(tenant.db(), "UPDATE clients SET name = 'x'").await?,
                1
            );
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn what_is_asked_meanwhile_waits_for_a_verb_that_looks_beyond() {
    let two = Two::new().await;
    let stranger = two.theirs.team.member;
    two.ours
        .tenant
        .transaction(async |tenant| {
            let members = tenant.admin()?.members();
            let asking = async {
                for _ in 0..20 {
                    assert_eq!(value::<i64>(tenant.db(), COUNT).await, 1);
                }
            };
            let (added, ()) = tokio::join!(members.add(stranger, &["member"]), asking);
            added.map(drop)
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn one_tenant_on_the_connection_of_another_waits_in_vain() {
    let short = |config: Config| {
        config
            .max_connections(1)
            .acquire_timeout(Duration::from_millis(300))
    };
    let two = Two::with(short).await;
    let (ours, theirs) = (&two.ours, &two.theirs);
    two.db
        .transaction(async |db| {
            let a = db
                .tenant(ours.team.owner, ours.tenant.application_id())
                .await?;
            let b = db
                .tenant(theirs.team.owner, theirs.tenant.application_id())
                .await?;
            a.transaction(async |_| {
                let found = b.clients().get(theirs.client).await;
                assert!(found.is_err(), "neither found nor missing: {found:?}");
                Ok::<_, Error>(())
            })
            .await?;
            assert!(b.clients().get(theirs.client).await?.is_some());
            Ok::<_, Error>(())
        })
        .await
        .expect("kept");
}

#[tokio::test]
async fn nothing_is_kept_while_a_part_of_it_is_under_way() {
    let short = |config: Config| {
        config
            .max_connections(2)
            .acquire_timeout(Duration::from_millis(300))
    };
    let two = Two::with(short).await;
    let outer = two.db.begin().await.expect("begins");
    let inner = outer.begin().await.expect("begins");
    let tenant = inner.tenant(two.ours.team.owner, two.ours.tenant.application_id());
    let tenant = tenant.await.expect("its owner");
    let half = NewClient::new("Half".parse().expect("a name"));
    tenant.clients().create(half).await.expect("made");
    assert!(outer.commit().await.is_err());
    drop((tenant, inner));
    assert_eq!(value::<i64>(&two.db, COUNT).await, 2);
}

/// Nobody knows then whether it is a part of what is around it: the whole of it is undone.
#[tokio::test]
async fn what_is_dropped_while_it_is_being_kept_takes_what_is_around_it_along() {
    let two = Two::with(|config| config.max_connections(2)).await;
    for _ in 0..50 {
        let outer = two.db.begin().await.expect("begins");
        let inner = outer.begin().await.expect("begins");
        let tenant = inner.tenant(two.ours.team.owner, two.ours.tenant.application_id());
        let tenant = tenant.await.expect("its owner");
        let half = NewClient::new("Half".parse().expect("a name"));
        tenant.clients().create(half).await.expect("made");
        drop(tenant);
        let mut keeping = Box::pin(inner.commit());
        let polled = poll_fn(|context| Poll::Ready(keeping.as_mut().poll(context))).await;
        drop(keeping);
        if polled.is_ready() {
            // The server was quicker than the cut: another try.
            outer.rollback().await.expect("undone");
            continue;
        }
        let known = execute(&outer, "UPDATE clients SET name = 'x'").await;
        assert!(known.is_err());
        assert!(outer.commit().await.is_err());
        assert_eq!(value::<i64>(&two.db, COUNT).await, 2);
        return;
    }
    panic!("it was never under way");
}
