//! What dies with a user: sessions, tokens, invitations, and the way in.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use entity::{application_memberships, invitations, sessions, verification_tokens};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use service::{Db, Deleted, Error, User};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::create;
use crate::people::{People, with_people};

with_people!(
    deleting_ends_every_access_and_restoring_revives_none,
    nobody_joins_as_a_user_who_dies,
    whoever_deletes_a_user_waits_for_those_who_add_the_user,
    whoever_adds_a_user_waits_for_those_who_delete_the_user,
);

/// A live session, token and two invitations: to the user's address, and by the user.
async fn access(people: &People, user: &User) {
    let now = people.db.clock().now().fixed_offset();
    let later = now + TimeDelta::hours(1);
    let session = sessions::ActiveModel {
        id: Set(people.db.new_id()),
        secret_hash: Set(vec![1; 32]),
        user_id: Set(user.id),
        application_id: Set(Some(people.team.application.id)),
        expires_at: Set(later),
        ..Default::default()
    };
    session.insert(&people.db).await.expect("a session");
    let token = verification_tokens::ActiveModel {
        id: Set(people.db.new_id()),
        purpose: Set("password_reset".into()),
        secret_hash: Set(vec![1; 32]),
        user_id: Set(user.id),
        expires_at: Set(later),
        ..Default::default()
    };
    token.insert(&people.db).await.expect("a token");
    for (address, by) in [(user.email.as_str(), None), ("friend@x.io", Some(user.id))] {
        let invitation = invitations::ActiveModel {
            application_id: Set(people.team.application.id),
            id: Set(people.db.new_id()),
            email: Set(address.into()),
            secret_hash: Set(vec![1; 32]),
            invited_by: Set(by),
            expires_at: Set(later),
            ..Default::default()
        };
        invitation.insert(&people.db).await.expect("an invitation");
    }
}

async fn live_access(db: &Db) -> [u64; 3] {
    let sessions = sessions::Entity::find().filter(sessions::Column::RevokedAt.is_null());
    let tokens = verification_tokens::Entity::find()
        .filter(verification_tokens::Column::RevokedAt.is_null());
    let invitations = invitations::Entity::find().filter(invitations::Column::RevokedAt.is_null());
    [
        sessions.count(db).await.expect("a count"),
        tokens.count(db).await.expect("a count"),
        invitations.count(db).await.expect("a count"),
    ]
}

async fn deleting_ends_every_access_and_restoring_revives_none(people: People) {
    let users = people.db.users();
    let ada = create(&people.db, "ada@x.io").await;
    let other = create(&people.db, "other@x.io").await;
    access(&people, &ada).await;
    let now = people.db.clock().now().fixed_offset();
    let session = sessions::ActiveModel {
        id: Set(people.db.new_id()),
        secret_hash: Set(vec![2; 32]),
        user_id: Set(other.id),
        expires_at: Set(now + TimeDelta::hours(1)),
        ..Default::default()
    };
    session.insert(&people.db).await.expect("a session");
    assert_eq!(live_access(&people.db).await, [2, 1, 2]);

    // All or nothing: what fails afterwards leaves every access as it was.
    let undone = people
        .db
        .transaction(async |db| {
            db.users().delete(ada.id).await?;
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(live_access(&people.db).await, [2, 1, 2]);

    let Deleted::Now { at, .. } = users.delete(ada.id).await.expect("a deletion") else {
        panic!("was live");
    };
    assert_eq!(live_access(&people.db).await, [1, 0, 0]);
    let ended = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(ada.id))
        .one(&people.db)
        .await
        .expect("a look-up")
        .expect("a session");
    assert_eq!(ended.revoked_at.map(|at| at.to_utc()), Some(at));
    users.restore(ada.id).await.expect("a restoring");
    assert_eq!(live_access(&people.db).await, [1, 0, 0]);
}

async fn nobody_joins_as_a_user_who_dies(people: People) {
    let people = Arc::new(people);
    for round in 0..4 {
        let user = create(&people.db, &format!("user{round}@x.io")).await;
        let mut tasks = Vec::new();
        for n in 0..16 {
            let people = Arc::clone(&people);
            tasks.push(tokio::spawn(async move {
                if n == 5 {
                    people.db.users().delete(user.id).await.expect("a deletion");
                } else {
                    let tenant = people.as_owner().await;
                    let members = tenant.admin().expect("an owner").members();
                    let added = members.add(user.id, &["member"]).await;
                    let expected =
                        matches!(added, Ok(_) | Err(Error::NotFound | Error::Conflict { .. }));
                    assert!(expected, "{added:?}");
                }
            }));
        }
        for task in tasks {
            task.await.expect("no panic");
        }
        let live = application_memberships::Entity::find()
            .filter(application_memberships::Column::UserId.eq(user.id))
            .filter(application_memberships::Column::DeletedAt.is_null())
            .count(&people.db)
            .await;
        assert_eq!(live, Ok(0), "a membership of a dead user");
    }
}

/// Long enough for another task to be at its lock.
const A_WHILE: Duration = Duration::from_millis(300);

async fn live_memberships(db: &Db, user_id: Uuid) -> u64 {
    let live = application_memberships::Entity::find()
        .filter(application_memberships::Column::UserId.eq(user_id))
        .filter(application_memberships::Column::DeletedAt.is_null());
    live.count(db).await.expect("a count")
}

async fn whoever_deletes_a_user_waits_for_those_who_add_the_user(people: People) {
    let user = create(&people.db, "user@x.io").await;
    let tenant = people.as_owner().await;
    let (added, is_added) = oneshot::channel();
    let adding = tokio::spawn(async move {
        let done = tenant.transaction(async |tenant| {
            let members = tenant.admin()?.members();
            members.add(user.id, &["member"]).await?;
            added.send(()).expect("somebody waits");
            tokio::time::sleep(A_WHILE).await;
            Ok::<_, Error>(())
        });
        done.await.expect("added");
    });
    is_added.await.expect("added");
    people.db.users().delete(user.id).await.expect("a deletion");
    adding.await.expect("no panic");
    assert_eq!(live_memberships(&people.db, user.id).await, 0);
}

async fn whoever_adds_a_user_waits_for_those_who_delete_the_user(people: People) {
    let user = create(&people.db, "user@x.io").await;
    let (deleted, is_deleted) = oneshot::channel();
    let db = people.db.clone();
    let deleting = tokio::spawn(async move {
        let done = db.transaction(async |db| {
            db.users().delete(user.id).await?;
            deleted.send(()).expect("somebody waits");
            tokio::time::sleep(A_WHILE).await;
            Ok::<_, Error>(())
        });
        done.await.expect("deleted");
    });
    is_deleted.await.expect("deleted");
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an owner").members();
    let refused = members.add(user.id, &["member"]).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    deleting.await.expect("no panic");
    assert_eq!(live_memberships(&people.db, user.id).await, 0);
}
