//! Inviting: who may, whom, and with which roles.

use std::time::Duration;

use chrono::TimeDelta;
use entity::invitations;
use sea_orm::{EntityTrait, PaginatorTrait};
use service::{Error, InvitationState, NewInvitation, NewRole};

use super::{GUEST, invite, is_conflict, is_member, new, state, try_invite, valid};
use crate::people::{People, team, with_people, with_timed_people};

with_people!(
    an_invitation_is_of_whoever_invites_and_to_whom_it_is_sent,
    whoever_may_not_give_a_role_does_not_offer_it,
    a_member_is_not_invited,
    an_address_is_invited_once_at_a_time,
    of_many_who_invite_one_address_at_once_one_does,
    an_invitation_lasts_a_second_to_thirty_days,
    two_applications_invite_one_address,
);
with_timed_people!(an_expired_invitation_stands_in_nobodys_way);

async fn an_invitation_is_of_whoever_invites_and_to_whom_it_is_sent(people: People) {
    let system = people.db.system(people.team.application.id, "an import");
    let system = system.await.expect("live");
    for (n, tenant) in [people.as_owner().await, people.as_admin().await, system]
        .iter()
        .enumerate()
    {
        let before = people.db.clock().now();
        let address = format!("Guest-{n}@X.io");
        let invited = invite(tenant, &address, &["member", "admin", "member"]).await;
        let invitation = &invited.invitation;
        assert_eq!(invitation.email, address.to_lowercase());
        assert_eq!(invitation.roles, ["admin", "member"]);
        assert_eq!(invitation.invited_by, tenant.user_id());
        assert_eq!(invitation.application_id, people.team.application.id);
        let now = people.db.clock().now();
        assert_eq!(invitation.state(now), InvitationState::Pending);
        let week = TimeDelta::days(7);
        let expires_at = invitation.expires_at.to_utc();
        assert!(before + week < expires_at && expires_at < now + week);

        let offer = people.db.invitations().peek(invited.token.reveal()).await;
        let offer = offer.expect("valid");
        assert_eq!(&offer.invitation, invitation);
        assert_eq!(offer.application, people.team.application);
        let invitations = tenant.admin().expect("an admin").invitations();
        let stored = invitations.get(invitation.id).await.expect("a look-up");
        assert_eq!(stored.as_ref(), Some(invitation));
    }
    // Nobody needs a role to be a member.
    let plain = invite(&people.as_admin().await, GUEST, &[]).await;
    assert!(plain.invitation.roles.is_empty());
    let json = serde_json::json!({ "email": "Other@X.io" });
    let read: NewInvitation = serde_json::from_value(json).expect("valid");
    assert!(read.email.as_str() == "other@x.io" && read.roles.is_empty());
}

async fn whoever_may_not_give_a_role_does_not_offer_it(people: People) {
    assert!(people.as_member().await.admin().is_err());
    let admin = people.as_admin().await;
    let owner = people.as_owner().await;
    let billing = NewRole {
        key: "billing".parse().expect("a key"),
        name: "Billing".parse().expect("a name"),
        description: None,
        permissions: vec!["invoices.*".parse().expect("a permission")],
    };
    let roles = owner.admin().expect("an owner").roles();
    roles.create(billing).await.expect("a role");
    for role in ["owner", "billing"] {
        let refused = try_invite(&admin, GUEST, &["member", role]).await;
        assert!(
            matches!(refused, Err(Error::Forbidden { .. })),
            "{refused:?}"
        );
    }
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    for tenant in [&admin, &theirs] {
        let unknown = if tenant.application_id() == other.application.id {
            "billing"
        } else {
            "no-such-role"
        };
        let refused = try_invite(tenant, GUEST, &[unknown]).await;
        let is_roles = matches!(&refused, Err(Error::Invalid { field, .. }) if field == "roles");
        assert!(is_roles, "{refused:?}");
    }
    let none = invitations::Entity::find().count(&people.db).await;
    assert_eq!(none, Ok(0));
    invite(&owner, GUEST, &["owner", "billing"]).await;
}

async fn a_member_is_not_invited(people: People) {
    let owner = people.as_owner().await;
    for address in ["member@acme.test", "OWNER@ACME.test"] {
        let refused = try_invite(&owner, address, &["member"]).await;
        assert!(is_conflict(&refused, "email"), "{refused:?}");
    }
    // One who was a member is, and so is one who has the address of a user who was.
    let members = owner.admin().expect("an owner").members();
    members.remove(people.team.member).await.expect("removed");
    invite(&owner, "member@acme.test", &["member"]).await;
    people
        .db
        .users()
        .delete(people.team.admin)
        .await
        .expect("a deletion");
    invite(&owner, "admin@acme.test", &["admin"]).await;
    assert!(!is_member(&people, &people.team.application, people.team.member).await);
}

async fn an_address_is_invited_once_at_a_time(people: People) {
    let first = invite(&people.as_owner().await, GUEST, &["member"]).await;
    for address in [GUEST, "Guest@X.IO", "guest@x.io."] {
        let refused = try_invite(&people.as_admin().await, address, &["admin"]).await;
        assert!(is_conflict(&refused, "email"), "{refused:?}");
    }
    assert!(valid(&people, &first).await);
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    invitations
        .revoke(first.invitation.id)
        .await
        .expect("taken back");
    let second = invite(&owner, GUEST, &["member"]).await;
    assert_eq!(state(&people, &first).await, InvitationState::Revoked);
    assert!(valid(&people, &second).await && !valid(&people, &first).await);
}

async fn of_many_who_invite_one_address_at_once_one_does(people: People) {
    let tenants = [people.as_owner().await, people.as_admin().await];
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let tenant = tenants[n % 2].clone();
            let address = if n % 3 == 0 { "Guest@X.io" } else { GUEST };
            tokio::spawn(async move { try_invite(&tenant, address, &["member"]).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => won += 1,
            other => assert!(is_conflict(&other, "email"), "{other:?}"),
        }
    }
    assert_eq!(won, 1);
}

async fn an_invitation_lasts_a_second_to_thirty_days(people: People) {
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    let month = Duration::from_hours(30 * 24);
    for (n, ttl) in [Duration::from_secs(1), month].into_iter().enumerate() {
        let before = people.db.clock().now();
        let address = format!("guest-{n}@x.io");
        let invited = invitations.create(new(&address, &[]), Some(ttl)).await;
        let expires_at = invited.expect("made").invitation.expires_at.to_utc();
        assert!(before + ttl < expires_at && expires_at < people.db.clock().now() + ttl);
    }
    for ttl in [
        Duration::ZERO,
        Duration::from_millis(999),
        month * 2,
        Duration::MAX,
    ] {
        let refused = invitations.create(new(GUEST, &[]), Some(ttl)).await;
        let is_ttl = matches!(&refused, Err(Error::Invalid { field, .. }) if field == "ttl");
        assert!(is_ttl, "{refused:?}");
    }
}

async fn two_applications_invite_one_address(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    let one = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let two = invite(&theirs, GUEST, &["member"]).await;
    let user_id = super::guest(&people, GUEST).await;
    for (invited, application) in [(&one, &people.team.application), (&two, &other.application)] {
        super::accept(&people, invited, user_id).await.expect("in");
        assert!(is_member(&people, application, user_id).await);
    }
}

async fn an_expired_invitation_stands_in_nobodys_way(people: People) {
    let first = invite(&people.as_owner().await, GUEST, &["admin"]).await;
    people.clock.advance(TimeDelta::days(8));
    assert_eq!(state(&people, &first).await, InvitationState::Expired);
    let second = invite(&people.as_admin().await, GUEST, &["member"]).await;
    assert_eq!(state(&people, &first).await, InvitationState::Revoked);
    assert!(valid(&people, &second).await && !valid(&people, &first).await);
    let user_id = super::guest(&people, GUEST).await;
    let entered = super::accept(&people, &second, user_id).await;
    assert_eq!(entered.expect("in").role_keys(), ["member"]);
}
