//! Users who are deleted and restored: with their memberships, never with their access.

use entity::{application_memberships, users};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Deleted, Error, NewUser};
use uuid::Uuid;

use super::{create, is_conflict, new};
use crate::people::{People, team, with_people};

with_people!(
    a_restored_user_does_not_displace_another,
    deleting_takes_the_memberships_and_restoring_brings_back_exactly_those,
    deleting_answers_in_three_ways,
    of_many_who_delete_one_user_one_does,
    the_last_owner_of_an_application_stays,
);

async fn a_restored_user_does_not_displace_another(people: People) {
    let users = people.db.users();
    for (field, first, second) in [
        ("email", ("a@x.io", "one"), ("a@x.io", "two")),
        ("username", ("b@x.io", "three"), ("c@x.io", "three")),
    ] {
        let with = |(address, username): (&str, &str)| NewUser {
            username: Some(username.parse().expect("a name")),
            ..new(address)
        };
        let gone = users.create(with(first)).await.expect("a user");
        people
            .as_owner()
            .await
            .admin()
            .expect("an owner")
            .members()
            .add(gone.id, &["member"])
            .await
            .expect("a member");
        users.delete(gone.id).await.expect("a deletion");
        let other = users.create(with(second)).await.expect("a user");
        let before = users::Entity::find().all(&people.db).await.expect("rows");
        let refused = users.restore(gone.id).await;
        assert!(is_conflict(&refused, field), "{refused:?}");
        let after = users::Entity::find().all(&people.db).await.expect("rows");
        assert_eq!(before, after);
        assert!(
            people
                .db
                .tenant(gone.id, people.team.application.id)
                .await
                .is_err()
        );
        users.delete(other.id).await.expect("a deletion");
        let back = users.restore(gone.id).await.expect("a restoring");
        assert_eq!((back.deleted_at, back.deletion_id), (None, None));
    }
}

async fn deleting_takes_the_memberships_and_restoring_brings_back_exactly_those(people: People) {
    let users = people.db.users();
    let user = people.team.member;
    // Removed before from one, a member of two more, of which one is deleted meanwhile.
    let mut teams = Vec::new();
    for slug in ["left", "stays", "dies"] {
        let team = team(&people.db, slug).await;
        let tenant = people.db.tenant(team.owner, team.application.id).await;
        let tenant = tenant.expect("its owner");
        let members = tenant.admin().expect("an owner").members();
        members
            .add(user, &["member", "admin"])
            .await
            .expect("a member");
        teams.push(team);
    }
    let [left, stays, dies] = <[_; 3]>::try_from(teams).ok().expect("three");
    let tenant = people.db.tenant(left.owner, left.application.id).await;
    let tenant = tenant.expect("its owner");
    let removed = tenant
        .admin()
        .expect("an owner")
        .members()
        .remove(user)
        .await;
    let removed = removed.expect("a removal");

    let gone = users.delete(user).await.expect("a deletion");
    let of_user = || {
        application_memberships::Entity::find()
            .filter(application_memberships::Column::UserId.eq(user))
    };
    let taken = of_user()
        .filter(application_memberships::Column::DeletionId.eq(gone.deletion_id()))
        .count(&people.db)
        .await;
    assert_eq!(taken, Ok(3));
    for id in [
        people.team.application.id,
        stays.application.id,
        left.application.id,
    ] {
        assert!(matches!(
            people.db.tenant(user, id).await,
            Err(Error::NotFound)
        ));
    }
    let seen = people.as_owner().await.members().count().await;
    assert_eq!(seen.expect("a count"), 2);

    people
        .db
        .applications()
        .delete(dies.application.id)
        .await
        .expect("a deletion");
    users.restore(user).await.expect("a restoring");
    let tenant = people
        .db
        .tenant(user, stays.application.id)
        .await
        .expect("back");
    assert_eq!(tenant.role_keys(), ["admin", "member"]);
    let tenant = people
        .db
        .tenant(user, people.team.application.id)
        .await
        .expect("back");
    assert_eq!(tenant.role_keys(), ["member"]);
    let still = of_user()
        .filter(application_memberships::Column::ApplicationId.eq(left.application.id))
        .one(&people.db)
        .await
        .expect("a look-up")
        .expect("a row");
    assert_eq!(still.deletion_id, Some(removed.deletion_id()));
    assert_eq!(still.deleted_at.map(|at| at.to_utc()), Some(removed.at()));

    // With the application the membership comes back that was in the way of neither.
    people
        .db
        .applications()
        .restore(dies.application.id)
        .await
        .expect("a restoring");
    assert!(people.db.tenant(user, dies.application.id).await.is_ok());
}

async fn deleting_answers_in_three_ways(people: People) {
    let users = people.db.users();
    let ada = create(&people.db, "ada@x.io").await;
    let first = users.delete(ada.id).await.expect("a deletion");
    assert!(matches!(first, Deleted::Now { .. }));
    let row = users::Entity::find_by_id(ada.id).one(&people.db).await;
    let row = row.expect("a look-up").expect("a row");
    let again = users.delete(ada.id).await.expect("an answer");
    assert_eq!(
        again,
        Deleted::Already {
            deletion_id: first.deletion_id(),
            at: first.at(),
        }
    );
    let same = users::Entity::find_by_id(ada.id).one(&people.db).await;
    assert_eq!(same.expect("a look-up"), Some(row));
    assert!(matches!(
        users.delete(Uuid::nil()).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        users.restore(Uuid::nil()).await,
        Err(Error::NotFound)
    ));
    users.restore(ada.id).await.expect("a restoring");
    let live = users.restore(ada.id).await;
    assert!(matches!(live, Err(Error::NotFound)), "it is not deleted");
}

async fn of_many_who_delete_one_user_one_does(people: People) {
    let ada = create(&people.db, "ada@x.io").await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let db = people.db.clone();
            tokio::spawn(async move { db.users().delete(ada.id).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no panic").expect("an answer"));
    }
    let now = answers
        .iter()
        .filter(|answer| matches!(answer, Deleted::Now { .. }));
    assert_eq!(now.count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| answer.deletion_id() == answers[0].deletion_id())
    );
    assert!(answers.iter().all(|answer| answer.at() == answers[0].at()));
}

async fn the_last_owner_of_an_application_stays(people: People) {
    let refused = people.db.users().delete(people.team.owner).await;
    assert!(matches!(refused, Err(Error::LastOwner)), "{refused:?}");
    assert!(
        people
            .db
            .tenant(people.team.owner, people.team.application.id)
            .await
            .is_ok()
    );
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an owner").members();
    members
        .set_roles(people.team.admin, &["owner"])
        .await
        .expect("an owner");
    let tasks = [people.team.owner, people.team.admin].map(|id| {
        let db = people.db.clone();
        tokio::spawn(async move { db.users().delete(id).await })
    });
    let mut gone = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => gone += 1,
            other => assert!(matches!(other, Err(Error::LastOwner)), "{other:?}"),
        }
    }
    assert_eq!(gone, 1);
}
