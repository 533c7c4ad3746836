//! An invitation gives what whoever invited may still give when it is accepted.

use service::{Error, InvitationState, NewRole, Tenant};

use super::{GUEST, accept, guest, invite, is_invalid, is_member, state, try_invite, valid};
use crate::people::{People, with_people};

with_people!(
    an_invitation_ends_with_the_membership_of_whoever_invited,
    an_invitation_ends_with_the_user_who_invited,
    nobody_is_let_in_by_one_who_is_no_admin_any_more,
    an_owner_who_is_none_any_more_makes_no_owner,
    a_role_that_grew_beyond_the_inviter_is_not_given,
    nobody_invites_who_is_no_member_any_more,
);

async fn roles_of_admin(people: &People, roles: &[&str]) {
    let owner = people.as_owner().await;
    let members = owner.admin().expect("an owner").members();
    let changed = members.set_roles(people.team.admin, roles).await;
    changed.expect("changed");
}

async fn an_invitation_ends_with_the_membership_of_whoever_invited(people: People) {
    let invited = invite(&people.as_admin().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    let owner = people.as_owner().await;
    let members = owner.admin().expect("an owner").members();
    members.remove(people.team.admin).await.expect("removed");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    assert!(!valid(&people, &invited).await);
    members.restore(people.team.admin).await.expect("restored");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    assert_eq!(state(&people, &invited).await, InvitationState::Revoked);
}

async fn an_invitation_ends_with_the_user_who_invited(people: People) {
    let invited = invite(&people.as_admin().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    let users = people.db.users();
    users.delete(people.team.admin).await.expect("a deletion");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    users.restore(people.team.admin).await.expect("restored");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    assert!(!is_member(&people, &people.team.application, user_id).await);
}

async fn nobody_is_let_in_by_one_who_is_no_admin_any_more(people: People) {
    let invited = invite(&people.as_admin().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    roles_of_admin(&people, &["member"]).await;
    let refused = accept(&people, &invited, user_id).await;
    assert!(is_invalid(&refused), "{refused:?}");
    assert!(!is_member(&people, &people.team.application, user_id).await);
    let user = people.db.users().get(user_id).await.expect("a look-up");
    assert_eq!(user.expect("a user").email_verified_at, None);
    // It still waits: somebody who may sends it again.
    assert_eq!(state(&people, &invited).await, InvitationState::Pending);
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    let renewed = invitations.renew(invited.invitation.id, None).await;
    let renewed = renewed.expect("renewed");
    let entered = accept(&people, &renewed, user_id).await.expect("in");
    assert_eq!(entered.role_keys(), ["member"]);
}

async fn an_owner_who_is_none_any_more_makes_no_owner(people: People) {
    roles_of_admin(&people, &["owner"]).await;
    let second: Tenant = people.as_admin().await;
    let invited = invite(&second, GUEST, &["owner"]).await;
    let plain = invite(&second, "plain@x.io", &["member"]).await;
    roles_of_admin(&people, &["admin"]).await;
    let user_id = guest(&people, GUEST).await;
    let refused = accept(&people, &invited, user_id).await;
    assert!(is_invalid(&refused), "{refused:?}");
    assert!(!is_member(&people, &people.team.application, user_id).await);
    // What an admin may give is given.
    let user_id = guest(&people, "plain@x.io").await;
    let entered = accept(&people, &plain, user_id).await.expect("in");
    assert_eq!(entered.role_keys(), ["member"]);
}

async fn a_role_that_grew_beyond_the_inviter_is_not_given(people: People) {
    let owner = people.as_owner().await;
    let roles = owner.admin().expect("an owner").roles();
    let helper = NewRole {
        key: "helper".parse().expect("a key"),
        name: "Helper".parse().expect("a name"),
        description: None,
        permissions: vec!["clients.read".parse().expect("a permission")],
    };
    let role = roles.create(helper).await.expect("a role").role;
    let invited = invite(&people.as_admin().await, GUEST, &["helper"]).await;
    let beyond = "invoices.*".parse().expect("a permission");
    let grown = roles.grant(role.id, beyond).await;
    grown.expect("changed");
    let user_id = guest(&people, GUEST).await;
    let refused = accept(&people, &invited, user_id).await;
    assert!(is_invalid(&refused), "{refused:?}");
    assert!(!is_member(&people, &people.team.application, user_id).await);
}

/// What is made after the end of its maker would not end with it.
async fn nobody_invites_who_is_no_member_any_more(people: People) {
    let admin = people.as_admin().await;
    let pending = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let owner = people.as_owner().await;
    let members = owner.admin().expect("an owner").members();
    members.remove(people.team.admin).await.expect("removed");
    let refused = try_invite(&admin, "other@x.io", &["member"]).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let invitations = admin.admin().expect("was one").invitations();
    let refused = invitations.renew(pending.invitation.id, None).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    assert!(valid(&people, &pending).await);
}
