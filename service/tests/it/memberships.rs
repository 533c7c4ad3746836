//! Members: who they are, who may make them, and that an owner is always left.

use std::sync::Arc;

use entity::{application_memberships, sessions};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use service::{Deleted, Error, MembershipPatch};
use uuid::Uuid;

use crate::people::{People, team, with_people};
use crate::world::user;

with_people!(
    a_tenant_is_proved_by_one_query,
    members_are_listed_with_users_and_roles_in_four_queries,
    a_page_of_members_continues_where_the_last_one_ended,
    whoever_joins_again_has_the_new_roles_alone,
    restoring_a_membership_keeps_its_roles,
    an_admin_can_neither_make_nor_unmake_an_owner,
    nobody_grants_more_than_they_have,
    unknown_roles_and_those_of_another_application_are_refused,
    a_member_may_have_no_role_at_all,
    the_last_owner_can_neither_leave_nor_be_demoted_nor_removed,
    two_owners_who_leave_at_once_leave_one,
    two_owners_who_demote_each_other_at_once_leave_one,
    ownership_is_transferred_whole,
    a_user_added_by_many_at_once_is_added_once,
    a_removed_member_is_out_at_once_and_the_sessions_with_them,
    a_removed_member_leaves_no_invitation_behind,
    removing_twice_keeps_the_first_instant,
    a_member_of_another_application_is_not_found,
    a_member_without_the_right_is_refused,
    grants_are_remembered_with_who_made_them,
);

async fn a_tenant_is_proved_by_one_query(people: People) {
    people.sent.take();
    let tenant = people.as_admin().await;
    assert_eq!(people.sent.take().len(), 1);
    assert_eq!(tenant.role_keys(), ["admin"]);
    assert!(tenant.can("clients.write") && !tenant.can("application.delete"));
    assert!(tenant.admin().is_ok() && tenant.owner().is_err());

    let stranger = people.stranger("nobody").await;
    for (user_id, application_id) in [
        (stranger, people.team.application.id),
        (people.team.owner, Uuid::nil()),
        (Uuid::nil(), people.team.application.id),
    ] {
        let refused = people.db.tenant(user_id, application_id).await;
        assert!(matches!(refused, Err(Error::NotFound)));
    }
}

async fn members_are_listed_with_users_and_roles_in_four_queries(people: People) {
    let tenant = people.as_member().await;
    people.sent.take();
    let page = tenant.members().list(50, None).await.expect("a page");
    assert_eq!(people.sent.take().len(), 4);
    let seen: Vec<_> = page
        .items
        .iter()
        .map(|member| (member.user.email.as_str(), member.role_keys()))
        .collect();
    assert_eq!(
        seen,
        [
            ("owner@acme.test", vec!["owner"]),
            ("admin@acme.test", vec!["admin"]),
            ("member@acme.test", vec!["member"]),
        ]
    );
    assert_eq!(tenant.members().count().await.expect("a count"), 3);
    let one = tenant
        .members()
        .get(people.team.admin)
        .await
        .expect("a look-up");
    assert_eq!(one.expect("a member").role_keys(), ["admin"]);
    let none = tenant.members().get(Uuid::nil()).await.expect("a look-up");
    assert_eq!(none, None);
}

async fn a_page_of_members_continues_where_the_last_one_ended(people: People) {
    let tenant = people.as_owner().await;
    let first = tenant.members().list(2, None).await.expect("a page");
    let rest = tenant
        .members()
        .list(2, first.next.as_ref())
        .await
        .expect("a page");
    assert_eq!((first.items.len(), rest.items.len()), (2, 1));
    assert_eq!(rest.items[0].user.id, people.team.member);
    assert_eq!(rest.next, None);
    for limit in [0, 201, u64::MAX] {
        let refused = tenant.members().list(limit, None).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "limit"));
    }
    // Of another application: refused, though the query is the same.
    let other = team(&people.db, "other").await;
    let other = people
        .db
        .tenant(other.owner, other.application.id)
        .await
        .expect("an owner");
    let refused = other.members().list(2, first.next.as_ref()).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "cursor"));
}

async fn whoever_joins_again_has_the_new_roles_alone(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let before = tenant
        .members()
        .get(people.team.admin)
        .await
        .expect("a look-up")
        .expect("there");
    members.remove(people.team.admin).await.expect("removed");
    let again = members
        .add(people.team.admin, &["member"])
        .await
        .expect("joins again");
    assert_eq!(again.role_keys(), ["member"]);
    assert!(again.membership.created_at > before.membership.created_at);
    let stored = entity::membership_roles::Entity::find()
        .filter(entity::membership_roles::Column::UserId.eq(people.team.admin))
        .count(&people.db)
        .await;
    assert_eq!(stored, Ok(1), "an old role is still stored");
    let twice = members.add(people.team.admin, &["member"]).await;
    assert!(matches!(twice, Err(Error::Conflict { field }) if field == "user_id"));
}

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

async fn an_admin_can_neither_make_nor_unmake_an_owner(people: People) {
    let tenant = people.as_admin().await;
    let members = tenant.admin().expect("an admin").members();
    let stranger = people.stranger("friend").await;
    let (owner, member) = (people.team.owner, people.team.member);
    for refused in [
        members.add(stranger, &["owner"]).await,
        members.grant(member, "owner").await,
        members.set_roles(owner, &["member"]).await,
        members.revoke(owner, "owner").await,
    ] {
        assert!(
            matches!(refused, Err(Error::Forbidden { .. })),
            "{refused:?}"
        );
    }
    assert!(matches!(
        members.remove(owner).await,
        Err(Error::Forbidden { .. })
    ));
    assert!(
        people
            .db
            .tenant(stranger, people.team.application.id)
            .await
            .is_err()
    );
}

async fn nobody_grants_more_than_they_have(people: People) {
    let tenant = people.as_owner().await;
    let billing = service::NewRole {
        key: "billing".parse().expect("a key"),
        name: "Billing".parse().expect("a name"),
        description: None,
        permissions: vec!["invoices.*".parse().expect("a permission")],
    };
    tenant
        .admin()
        .expect("an admin")
        .roles()
        .create(billing)
        .await
        .expect("a role");
    let admin = people.as_admin().await;
    let members = admin.admin().expect("an admin").members();
    let refused = members.grant(people.team.member, "billing").await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    tenant
        .admin()
        .expect("an admin")
        .members()
        .grant(people.team.admin, "billing")
        .await
        .expect("an owner may");
    let admin = people.as_admin().await;
    let members = admin.admin().expect("an admin").members();
    members
        .grant(people.team.member, "billing")
        .await
        .expect("what one has one may give");
}

async fn unknown_roles_and_those_of_another_application_are_refused(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people
        .db
        .tenant(other.owner, other.application.id)
        .await
        .expect("an owner");
    let special = service::NewRole {
        key: "special".parse().expect("a key"),
        name: "Special".parse().expect("a name"),
        description: None,
        permissions: vec![],
    };
    theirs
        .admin()
        .expect("an admin")
        .roles()
        .create(special)
        .await
        .expect("a role");
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    for key in ["special", "no-such-role", "", "Owner", "own\0er"] {
        let refused = members.set_roles(people.team.member, &[key]).await;
        assert!(
            matches!(&refused, Err(Error::Invalid { field, .. }) if field == "roles"),
            "{refused:?}"
        );
    }
    assert_eq!(people.as_member().await.role_keys(), ["member"]);
}

async fn a_member_may_have_no_role_at_all(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let member = members
        .set_roles(people.team.member, &[])
        .await
        .expect("no roles");
    assert!(member.roles.is_empty());
    let tenant = people.as_member().await;
    assert!(tenant.role_keys().is_empty() && !tenant.can("clients.read"));
}

async fn the_last_owner_can_neither_leave_nor_be_demoted_nor_removed(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let owner = people.team.owner;
    assert!(matches!(
        tenant.members().leave().await,
        Err(Error::LastOwner)
    ));
    assert!(matches!(members.remove(owner).await, Err(Error::LastOwner)));
    assert!(matches!(
        members.set_roles(owner, &[]).await,
        Err(Error::LastOwner)
    ));
    assert!(matches!(
        members.revoke(owner, "owner").await,
        Err(Error::LastOwner)
    ));
    assert_eq!(people.as_owner().await.role_keys(), ["owner"]);
}

/// Ten rounds of two owners who do something to the ownership at once.
async fn race<F>(people: People, act: impl Fn(service::Tenant, Uuid) -> F)
where
    F: Future<Output = bool> + Send + 'static,
{
    let people = Arc::new(people);
    for round in 0..10 {
        let team = team(&people.db, &format!("race-{round}")).await;
        let application = team.application.id;
        let owner = people
            .db
            .tenant(team.owner, application)
            .await
            .expect("an owner");
        owner
            .admin()
            .expect("an admin")
            .members()
            .set_roles(team.admin, &["owner"])
            .await
            .expect("two owners");
        let second = people
            .db
            .tenant(team.admin, application)
            .await
            .expect("an owner");
        let one = tokio::spawn(act(owner, team.admin));
        let two = tokio::spawn(act(second, team.owner));
        let (one, two) = (one.await.expect("no panic"), two.await.expect("no panic"));
        let system = people.db.system(application, "a look").await.expect("live");
        let owners = system.members().list(50, None).await.expect("a page");
        let owners = owners
            .items
            .iter()
            .filter(|member| member.role_keys().contains(&"owner"))
            .count();
        assert_eq!(owners, 1, "round {round}: {one} {two}");
        assert!(one != two, "exactly one succeeds: {one} {two}");
    }
}

async fn two_owners_who_leave_at_once_leave_one(people: People) {
    race(people, |tenant, _| async move {
        match tenant.members().leave().await {
            Ok(_) => true,
            Err(Error::LastOwner) => false,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
}

async fn two_owners_who_demote_each_other_at_once_leave_one(people: People) {
    race(people, |tenant, other| async move {
        let members = tenant.admin().expect("an admin").members();
        match members.set_roles(other, &["member"]).await {
            Ok(_) => true,
            Err(Error::LastOwner) => false,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
}

async fn ownership_is_transferred_whole(people: People) {
    let tenant = people.as_owner().await;
    let owner = tenant.owner().expect("an owner");
    let refused = owner.transfer_ownership(Uuid::nil()).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert_eq!(
        people.as_owner().await.role_keys(),
        ["owner"],
        "nothing changed"
    );
    owner
        .transfer_ownership(people.team.member)
        .await
        .expect("transferred");
    assert_eq!(people.as_member().await.role_keys(), ["member", "owner"]);
    assert_eq!(people.as_owner().await.role_keys(), ["admin"]);
}

async fn a_user_added_by_many_at_once_is_added_once(people: People) {
    let people = Arc::new(people);
    let stranger = people.stranger("wanted").await;
    let tenant = people.as_owner().await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let tenant = tenant.clone();
            tokio::spawn(async move {
                let admin = tenant.admin().expect("an admin");
                admin.members().add(stranger, &["member"]).await
            })
        })
        .collect();
    let mut added = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => added += 1,
            Err(Error::Conflict { field }) => assert_eq!(field, "user_id"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(added, 1);
    assert_eq!(people.tenant(stranger).await.role_keys(), ["member"]);
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

async fn a_member_of_another_application_is_not_found(people: People) {
    let other = team(&people.db, "other").await;
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    assert_eq!(
        tenant.members().get(other.member).await.expect("a look-up"),
        None
    );
    assert!(matches!(
        members.remove(other.member).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        members.restore(other.member).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        members.set_roles(other.member, &[]).await,
        Err(Error::NotFound)
    ));
    let patched = members
        .update(other.member, MembershipPatch::default())
        .await;
    assert!(matches!(patched, Err(Error::NotFound)));
    let untouched = application_memberships::Entity::find()
        .filter(application_memberships::Column::DeletedAt.is_null())
        .count(&people.db)
        .await;
    assert_eq!(untouched, Ok(6));
}

async fn a_member_without_the_right_is_refused(people: People) {
    assert!(matches!(
        people.as_member().await.admin(),
        Err(Error::Forbidden { .. })
    ));
    assert!(matches!(
        people.as_admin().await.owner(),
        Err(Error::Forbidden { .. })
    ));
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    members
        .set_roles(people.team.member, &[])
        .await
        .expect("no roles");
    let nobody = people.as_member().await;
    for refused in [
        nobody.members().list(1, None).await.err(),
        nobody.members().count().await.err(),
        nobody.members().get(people.team.owner).await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Forbidden { needed }) if needed == "members.read"));
    }
    nobody.members().leave().await.expect("everybody may leave");
}

async fn grants_are_remembered_with_who_made_them(people: People) {
    let stranger = user(&people.db, "new@acme.test".into(), false).await;
    let tenant = people.as_admin().await;
    let members = tenant.admin().expect("an admin").members();
    members.add(stranger, &["member"]).await.expect("added");
    let held = entity::membership_roles::Entity::find()
        .filter(entity::membership_roles::Column::UserId.eq(stranger))
        .one(&people.db)
        .await;
    let held = held.expect("a look-up").expect("a role");
    assert_eq!(held.granted_by, Some(people.team.admin));
}
