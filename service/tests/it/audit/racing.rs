//! Many who write at once.

use std::time::Duration;

use migration::testing::Backend;
use sea_orm::{ConnectionTrait, TransactionTrait};
use service::NewUser;

use super::stored;
use crate::clients::create;
use crate::people::{People, team, with_people};

with_people!(
    concurrent_writers_keep_every_chain_whole,
    work_in_two_applications_never_locks_crosswise,
    applications_do_not_wait_for_each_other,
);

async fn concurrent_writers_keep_every_chain_whole(people: People) {
    let other = team(&people.db, "other").await;
    let own = people.as_owner().await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("a member");
    let before = stored(&people.db).await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..24 {
        let tenant = if number % 2 == 0 {
            own.clone()
        } else {
            theirs.clone()
        };
        let db = people.db.clone();
        writers.spawn(async move {
            for _ in 0..5 {
                create(&tenant, "At once").await;
            }
            let email = format!("n{number}@crowd.test").parse().expect("an address");
            db.users()
                .create(NewUser::new(email))
                .await
                .expect("a user");
        });
    }
    while let Some(done) = writers.join_next().await {
        done.expect("no panic");
    }
    let after = stored(&people.db).await;
    assert_eq!(after.0 - before.0, 24 * 6);
    let found = people.db.audit().verify(&[]).await.expect("verified");
    assert_eq!(found.broken, None);
    assert_eq!(found.events, after.0 as u64);
}

async fn work_in_two_applications_never_locks_crosswise(people: People) {
    let other = team(&people.db, "other").await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..16 {
        let (db, own) = (people.db.clone(), people.team.application.id);
        let (owner, theirs, their_owner) = (people.team.owner, other.application.id, other.owner);
        writers.spawn(async move {
            let sides = [(owner, own), (their_owner, theirs)];
            for _ in 0..3 {
                db.transaction(async |db| {
                    // Half of them begin with the one, half with the other.
                    for side in [number % 2, (number + 1) % 2] {
                        let (user, application) = sides[side];
                        let tenant = db.tenant(user, application).await?;
                        create(&tenant, "Both").await;
                    }
                    Ok::<_, service::Error>(())
                })
                .await
                .expect("no deadlock");
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.expect("no panic");
    }
    let found = people.db.audit().verify(&[]).await.expect("verified");
    assert_eq!(found.broken, None);
}

async fn applications_do_not_wait_for_each_other(people: People) {
    if people.test.backend() == Backend::Sqlite {
        // One writer at a time, whatever is written.
        return;
    }
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("a member");
    let own = people.as_owner().await;
    // Somebody is about to commit in the one application.
    let pool = sea_orm::Database::connect(people.test.url())
        .await
        .expect("connects");
    let open = pool.begin().await.expect("begins");
    let lock = format!(
        "SELECT 1 FROM audit_chains WHERE application_id = '{}' FOR UPDATE",
        people.team.application.id
    );
    open.execute_unprepared(&lock).await.expect("locked");
    let (first, wait) = (Duration::from_secs(20), Duration::from_millis(300));
    let free = tokio::time::timeout(first, create(&theirs, "Free")).await;
    free.expect("another application does not wait");
    let mut held = tokio::spawn(async move { create(&own, "Held").await });
    let early = tokio::time::timeout(wait, &mut held).await;
    early.expect_err("the same application waits");
    open.commit().await.expect("commits");
    let late = tokio::time::timeout(first, held).await;
    late.expect("goes on").expect("no panic");
}
