//! The end of a membership, and its return.

use entity::sessions;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use service::{Deleted, Error};
use uuid::Uuid;

use crate::people::{People, with_people};

with_people!(
    whoever_joins_again_looks_after_nobody,
    changes_of_one_member_at_once_wait_for_each_other,
    restoring_a_membership_keeps_its_roles,
    a_removed_member_is_out_at_once_and_the_sessions_with_them,
    a_removed_member_leaves_no_invitation_behind,
    removing_twice_keeps_the_first_instant,
);

async fn restoring_a_membership_keeps_its_roles(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    members
        .grant(people.team.member, "admin")
        .await
        .expect("granted");
    members.remove(people.team.member).await.expect("removed");
    let back = members.restore(people.team.member).await.expect("restored");
    assert_eq!(back.role_keys(), ["admin", "member"]);
    let live = members.restore(people.team.member).await;
    assert!(matches!(live, Err(Error::NotFound)));
}

async fn a_removed_member_is_out_at_once_and_the_sessions_with_them(people: People) {
    let session = sessions::ActiveModel {
        id: Set(people.db.new_id()),
        secret_hash: Set(vec![1; 32]),
        user_id: Set(people.team.member),
        application_id: Set(Some(people.team.application.id)),
        expires_at: Set((people.db.clock().now() + chrono::TimeDelta::days(1)).fixed_offset()),
        ..Default::default()
    };
    let session = session.insert(&people.db).await.expect("a session");
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    members.remove(people.team.member).await.expect("removed");
    let out = people
        .db
        .tenant(people.team.member, people.team.application.id)
        .await;
    assert!(matches!(out, Err(Error::NotFound)));
    let left = || async {
        let found = sessions::Entity::find_by_id(session.id)
            .one(&people.db)
            .await;
        found
            .expect("a look-up")
            .expect("the session")
            .application_id
    };
    assert_eq!(left().await, None);
    members.restore(people.team.member).await.expect("restored");
    assert_eq!(left().await, None, "restoring brings no session back in");
    assert_eq!(tenant.members().count().await.expect("a count"), 3);
}

async fn a_removed_member_leaves_no_invitation_behind(people: People) {
    let tomorrow = people.db.clock().now() + chrono::TimeDelta::days(1);
    let invite = async |email: &str, invited_by: Option<Uuid>| {
        let invitation = entity::invitations::ActiveModel {
            application_id: Set(people.team.application.id),
            id: Set(people.db.new_id()),
            email: Set(email.into()),
            secret_hash: Set(vec![1; 32]),
            invited_by: Set(invited_by),
            expires_at: Set(tomorrow.fixed_offset()),
            ..Default::default()
        };
        invitation
            .insert(&people.db)
            .await
            .expect("an invitation")
            .id
    };
    let to = invite("member@acme.test", None).await;
    let from = invite("guest@acme.test", Some(people.team.member)).await;
    let other = invite("other@acme.test", Some(people.team.admin)).await;
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    members.remove(people.team.member).await.expect("removed");
    members.restore(people.team.member).await.expect("restored");
    let revoked = async |id: Uuid| {
        let found = entity::invitations::Entity::find_by_id((people.team.application.id, id));
        let found = found.one(&people.db).await.expect("a look-up");
        found.expect("there").revoked_at.is_some()
    };
    assert!(revoked(to).await && revoked(from).await && !revoked(other).await);
}

async fn removing_twice_keeps_the_first_instant(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let first = members.remove(people.team.member).await.expect("removed");
    let second = members.remove(people.team.member).await.expect("a look");
    assert!(matches!(first, Deleted::Now { .. }) && matches!(second, Deleted::Already { .. }));
    assert_eq!(
        (first.at(), first.deletion_id()),
        (second.at(), second.deletion_id())
    );
    let never = members.remove(people.stranger("never").await).await;
    assert!(matches!(never, Err(Error::NotFound)));
}

async fn whoever_joins_again_looks_after_nobody(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let ada = service::NewClient::new("Ada".parse().expect("a name"));
    let client = tenant.clients().create(ada).await.expect("a client");
    let member = people.team.member;
    tenant
        .clients()
        .assign(client.id, member)
        .await
        .expect("assigned");
    let patch = service::MembershipPatch {
        email: service::Change::Set("other@acme.test".parse().expect("an address")),
        ..Default::default()
    };
    members.update(member, patch).await.expect("changed");
    members.remove(member).await.expect("removed");
    let again = members.add(member, &["member"]).await.expect("joins again");
    assert_eq!(again.membership.email, None);
    let assigned = tenant
        .clients()
        .assigned(&[client.id])
        .await
        .expect("a look-up");
    assert!(assigned[0].is_empty(), "{assigned:?}");
}

async fn changes_of_one_member_at_once_wait_for_each_other(people: People) {
    let member = people.team.member;
    for _ in 0..6 {
        let owner = people.as_owner().await;
        let tasks: Vec<_> = (0..16)
            .map(|n| {
                let tenant = owner.clone();
                tokio::spawn(async move {
                    let members = tenant.admin().expect("an admin").members();
                    let done = match n % 5 {
                        0 => members.remove(member).await.map(drop),
                        1 => members.restore(member).await.map(drop),
                        2 => members.grant(member, "admin").await.map(drop),
                        3 => members.add(member, &["member"]).await.map(drop),
                        _ => members.revoke(member, "admin").await.map(drop),
                    };
                    match done {
                        Ok(())
                        | Err(service::Error::NotFound | service::Error::Conflict { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    }
}
