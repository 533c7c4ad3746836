//! Accepting: one invitation makes one member.

use entity::{application_memberships, membership_roles, users};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Error, InvitationState, NewRole};
use uuid::Uuid;

use super::{GUEST, accept, guest, invite, is_invalid, is_member, state, valid};
use crate::people::{People, with_people};

with_people!(
    whoever_accepts_is_a_member_with_the_roles_that_were_offered,
    looking_at_an_invitation_never_uses_it,
    nobody_accepts_what_was_sent_to_somebody_else,
    whoever_accepts_twice_is_answered_twice,
    what_was_accepted_before_proves_no_address,
    a_member_by_another_way_keeps_what_they_have,
    whoever_was_removed_is_not_let_in_again_by_what_they_accepted,
    a_former_member_comes_back_with_the_new_roles_alone,
    a_role_that_was_deleted_is_not_given,
    the_system_invites_as_anything,
    what_is_rolled_back_costs_no_invitation,
);

async fn whoever_accepts_is_a_member_with_the_roles_that_were_offered(people: People) {
    let admin = people.as_admin().await;
    let invited = invite(&admin, "Guest@X.io", &["member", "admin"]).await;
    let user_id = guest(&people, GUEST).await;
    let entered = accept(&people, &invited, user_id).await.expect("in");
    assert_eq!(entered.user_id(), Some(user_id));
    assert_eq!(entered.application_id(), people.team.application.id);
    assert_eq!(entered.role_keys(), ["admin", "member"]);
    assert!(entered.can("clients.write"));
    let given = membership_roles::Entity::find()
        .filter(membership_roles::Column::UserId.eq(user_id))
        .all(&people.db)
        .await
        .expect("rows");
    assert_eq!(given.len(), 2);
    let by = Some(people.team.admin);
    assert!(given.iter().all(|role| role.granted_by == by));
    let user = people.db.users().get(user_id).await.expect("a look-up");
    assert!(user.expect("a user").email_verified_at.is_some());
    assert_eq!(state(&people, &invited).await, InvitationState::Accepted);
    assert!(!valid(&people, &invited).await);
}

async fn looking_at_an_invitation_never_uses_it(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["admin", "member"]).await;
    people.sent.take();
    for _ in 0..100 {
        let offer = people.db.invitations().peek(invited.token.reveal()).await;
        let offer = offer.expect("valid");
        assert_eq!(offer.application.name, "acme");
        assert_eq!(offer.invitation.roles, ["admin", "member"]);
    }
    let sent = people.sent.take();
    assert!(sent.iter().all(|sql| sql.starts_with("SELECT")));
    let user_id = guest(&people, GUEST).await;
    accept(&people, &invited, user_id).await.expect("in");
}

async fn nobody_accepts_what_was_sent_to_somebody_else(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let stranger = people.stranger("stranger").await;
    let gone = guest(&people, GUEST).await;
    people.db.users().delete(gone).await.expect("a deletion");
    // Taken back with the user whom it was sent to.
    assert!(!valid(&people, &invited).await);
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let before = users::Entity::find().all(&people.db).await.expect("rows");
    for user_id in [stranger, gone, people.team.member, Uuid::nil()] {
        let refused = accept(&people, &invited, user_id).await;
        assert!(is_invalid(&refused), "{refused:?}");
    }
    let after = users::Entity::find().all(&people.db).await.expect("rows");
    assert_eq!(before, after);
    assert!(!is_member(&people, &people.team.application, stranger).await);
    assert_eq!(people.as_member().await.role_keys(), ["member"]);
    assert!(valid(&people, &invited).await);
    let next = guest(&people, GUEST).await;
    accept(&people, &invited, next).await.expect("in");
}

async fn whoever_accepts_twice_is_answered_twice(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    for _ in 0..3 {
        let entered = accept(&people, &invited, user_id).await.expect("in");
        assert_eq!(entered.role_keys(), ["member"]);
    }
    let memberships = application_memberships::Entity::find()
        .filter(application_memberships::Column::UserId.eq(user_id));
    assert_eq!(memberships.count(&people.db).await, Ok(1));
    let stranger = people.stranger("stranger").await;
    assert!(is_invalid(&accept(&people, &invited, stranger).await));
    let member = people.team.member;
    assert!(is_invalid(&accept(&people, &invited, member).await));
}

async fn what_was_accepted_before_proves_no_address(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    accept(&people, &invited, user_id).await.expect("in");
    let unproved = users::ActiveModel {
        id: Unchanged(user_id),
        email_verified_at: Set(None),
        ..Default::default()
    };
    unproved
        .update(&people.db)
        .await
        .expect("as if changed since");
    accept(&people, &invited, user_id).await.expect("still in");
    let user = people.db.users().get(user_id).await.expect("a look-up");
    assert_eq!(user.expect("a user").email_verified_at, None);
}

async fn a_member_by_another_way_keeps_what_they_have(people: People) {
    let owner = people.as_owner().await;
    let invited = invite(&owner, GUEST, &["admin"]).await;
    let user_id = guest(&people, GUEST).await;
    let members = owner.admin().expect("an owner").members();
    members.add(user_id, &["member"]).await.expect("added");
    let entered = accept(&people, &invited, user_id).await.expect("in");
    assert_eq!(entered.role_keys(), ["member"]);
    assert_eq!(state(&people, &invited).await, InvitationState::Accepted);
    let again = accept(&people, &invited, user_id).await.expect("in");
    assert_eq!(again.role_keys(), ["member"]);
}

async fn whoever_was_removed_is_not_let_in_again_by_what_they_accepted(people: People) {
    let owner = people.as_owner().await;
    let invited = invite(&owner, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    accept(&people, &invited, user_id).await.expect("in");
    let members = owner.admin().expect("an owner").members();
    members.remove(user_id).await.expect("removed");
    let again = accept(&people, &invited, user_id).await;
    assert!(is_invalid(&again), "{again:?}");
    assert!(!is_member(&people, &people.team.application, user_id).await);
}

async fn a_former_member_comes_back_with_the_new_roles_alone(people: People) {
    let owner = people.as_owner().await;
    let user_id = people.team.admin;
    let before = owner.members().get(user_id).await.expect("a look-up");
    let before = before.expect("a member").membership;
    let members = owner.admin().expect("an owner").members();
    members.remove(user_id).await.expect("removed");
    let invited = invite(&owner, "admin@acme.test", &["member"]).await;
    let entered = accept(&people, &invited, user_id).await.expect("back");
    assert_eq!(entered.role_keys(), ["member"]);
    let after = owner.members().get(user_id).await.expect("a look-up");
    let after = after.expect("a member").membership;
    assert!(after.created_at > before.created_at);
    let stored = membership_roles::Entity::find()
        .filter(membership_roles::Column::UserId.eq(user_id))
        .count(&people.db)
        .await;
    assert_eq!(stored, Ok(1), "an old role is still stored");
}

async fn a_role_that_was_deleted_is_not_given(people: People) {
    let owner = people.as_owner().await;
    let roles = owner.admin().expect("an owner").roles();
    let helper = || NewRole {
        key: "helper".parse().expect("a key"),
        name: "Helper".parse().expect("a name"),
        description: None,
        permissions: vec!["clients.write".parse().expect("a permission")],
    };
    let role = roles.create(helper()).await.expect("a role").role;
    let invited = invite(&owner, GUEST, &["member", "helper"]).await;
    let alone = invite(&owner, "other@x.io", &["helper"]).await;
    roles.delete(role.id).await.expect("deleted");
    // Another role of the same name is another role.
    roles.create(helper()).await.expect("a role");
    let offer = people.db.invitations().peek(invited.token.reveal()).await;
    assert_eq!(offer.expect("valid").invitation.roles, ["member"]);
    for (invited, address, held) in [
        (&invited, GUEST, vec!["member"]),
        (&alone, "other@x.io", vec![]),
    ] {
        let user_id = guest(&people, address).await;
        let entered = accept(&people, invited, user_id).await.expect("in");
        assert_eq!(entered.role_keys(), held);
    }
}

async fn the_system_invites_as_anything(people: People) {
    let system = people.db.system(people.team.application.id, "an import");
    let invited = invite(&system.await.expect("live"), GUEST, &["owner"]).await;
    assert_eq!(invited.invitation.invited_by, None);
    let user_id = guest(&people, GUEST).await;
    let entered = accept(&people, &invited, user_id).await.expect("in");
    assert_eq!(entered.role_keys(), ["owner"]);
    let given = membership_roles::Entity::find()
        .filter(membership_roles::Column::UserId.eq(user_id))
        .one(&people.db)
        .await;
    assert_eq!(given.expect("a look-up").expect("a role").granted_by, None);
}

async fn what_is_rolled_back_costs_no_invitation(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    let undone = people
        .db
        .transaction(async |db| {
            let token = invited.token.reveal();
            db.invitations().accept(token, user_id).await?;
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(matches!(undone, Err(Error::NotFound)), "{undone:?}");
    assert!(valid(&people, &invited).await);
    assert!(!is_member(&people, &people.team.application, user_id).await);
    accept(&people, &invited, user_id).await.expect("in");
}
