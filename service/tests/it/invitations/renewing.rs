//! Sending an invitation again, and taking it back.

use std::time::Duration;

use chrono::TimeDelta;
use service::{Error, InvitationState};
use uuid::Uuid;

use super::{GUEST, accept, guest, invite, is_invalid, state, valid};
use crate::people::{People, team, with_people, with_timed_people};

with_people!(
    a_renewed_invitation_has_a_new_token_and_the_old_one_is_dead,
    what_does_not_wait_to_be_accepted_is_neither_renewed_nor_taken_back,
    whoever_renews_offers_the_roles,
    an_invitation_that_is_taken_back_is_void,
    invitations_of_another_application_are_not_there,
    a_token_that_is_renewed_while_it_is_accepted_is_void,
);
with_timed_people!(an_expired_invitation_is_renewed);

async fn a_renewed_invitation_has_a_new_token_and_the_old_one_is_dead(people: People) {
    let first = invite(&people.as_admin().await, GUEST, &["member"]).await;
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    let before = people.db.clock().now();
    let day = Duration::from_hours(24);
    let second = invitations.renew(first.invitation.id, Some(day)).await;
    let second = second.expect("renewed");
    assert_eq!(second.invitation.id, first.invitation.id);
    assert_eq!(second.invitation.invited_by, Some(people.team.owner));
    assert_eq!(second.invitation.roles, ["member"]);
    assert_eq!(second.invitation.created_at, first.invitation.created_at);
    let expires_at = second.invitation.expires_at.to_utc();
    assert!(before + day < expires_at && expires_at < people.db.clock().now() + day);
    assert!(!valid(&people, &first).await && valid(&people, &second).await);
    let user_id = guest(&people, GUEST).await;
    assert!(is_invalid(&accept(&people, &first, user_id).await));
    accept(&people, &second, user_id).await.expect("in");
    // Even now: what it says is that somebody else has it.
    assert!(is_invalid(&accept(&people, &first, user_id).await));
    for ttl in [Duration::ZERO, Duration::MAX] {
        let refused = invitations.renew(second.invitation.id, Some(ttl)).await;
        let is_ttl = matches!(&refused, Err(Error::Invalid { field, .. }) if field == "ttl");
        assert!(is_ttl, "{refused:?}");
    }
}

async fn what_does_not_wait_to_be_accepted_is_neither_renewed_nor_taken_back(people: People) {
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    let user_id = guest(&people, GUEST).await;
    let accepted = invite(&owner, GUEST, &["member"]).await;
    accept(&people, &accepted, user_id).await.expect("in");
    let revoked = invite(&owner, "other@x.io", &["member"]).await;
    invitations
        .revoke(revoked.invitation.id)
        .await
        .expect("once");
    let ids = [accepted.invitation.id, revoked.invitation.id, Uuid::nil()];
    for id in ids {
        let renewed = invitations.renew(id, None).await;
        assert!(matches!(renewed, Err(Error::NotFound)), "{renewed:?}");
        let again = invitations.revoke(id).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
    }
    assert_eq!(state(&people, &accepted).await, InvitationState::Accepted);
    assert_eq!(state(&people, &revoked).await, InvitationState::Revoked);
}

async fn whoever_renews_offers_the_roles(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["owner"]).await;
    let admin = people.as_admin().await;
    let invitations = admin.admin().expect("an admin").invitations();
    let refused = invitations.renew(invited.invitation.id, None).await;
    assert!(
        matches!(refused, Err(Error::Forbidden { .. })),
        "{refused:?}"
    );
    assert!(valid(&people, &invited).await);
    let user_id = guest(&people, GUEST).await;
    let entered = accept(&people, &invited, user_id).await.expect("in");
    assert_eq!(entered.role_keys(), ["owner"]);
}

async fn an_invitation_that_is_taken_back_is_void(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let admin = people.as_admin().await;
    let invitations = admin.admin().expect("an admin").invitations();
    invitations
        .revoke(invited.invitation.id)
        .await
        .expect("once");
    assert!(!valid(&people, &invited).await);
    let user_id = guest(&people, GUEST).await;
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    assert!(
        people
            .db
            .tenant(user_id, admin.application_id())
            .await
            .is_err()
    );
}

async fn invitations_of_another_application_are_not_there(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    let invitations = theirs.admin().expect("an owner").invitations();
    let id = invited.invitation.id;
    assert_eq!(invitations.get(id).await.expect("a look-up"), None);
    let renewed = invitations.renew(id, None).await;
    assert!(matches!(renewed, Err(Error::NotFound)), "{renewed:?}");
    let revoked = invitations.revoke(id).await;
    assert!(matches!(revoked, Err(Error::NotFound)), "{revoked:?}");
    let page = invitations.list(200, None).await.expect("a page");
    assert!(page.items.is_empty());
    assert_eq!(invitations.count_pending().await.expect("a count"), 0);
    assert!(valid(&people, &invited).await);
}

async fn an_expired_invitation_is_renewed(people: People) {
    let first = invite(&people.as_owner().await, GUEST, &["member"]).await;
    people.clock.advance(TimeDelta::days(8));
    let user_id = guest(&people, GUEST).await;
    assert!(!valid(&people, &first).await);
    assert!(is_invalid(&accept(&people, &first, user_id).await));
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    let second = invitations.renew(first.invitation.id, None).await;
    let second = second.expect("renewed");
    assert!(!valid(&people, &first).await && valid(&people, &second).await);
    accept(&people, &second, user_id).await.expect("in");
}

/// Whoever accepts has looked at the token when somebody else renews the invitation.
async fn a_token_that_is_renewed_while_it_is_accepted_is_void(people: People) {
    let user_id = guest(&people, GUEST).await;
    let owner = people.as_owner().await;
    let first = invite(&owner, GUEST, &["member"]).await;
    let (db, token) = (people.db.clone(), first.token.reveal().to_owned());
    let accepting = owner
        .transaction(async |tenant| {
            let invitations = tenant.admin()?.invitations();
            invitations.renew(first.invitation.id, None).await?;
            people.sent.take();
            let accepting =
                tokio::spawn(async move { db.invitations().accept(token, user_id).await });
            if people.db.backend() == sea_orm::DbBackend::Postgres {
                super::racing::somebody_waits(&people).await;
            }
            Ok::<_, Error>(accepting)
        })
        .await;
    let accepted = accepting.expect("renewed").await.expect("no panic");
    assert!(is_invalid(&accepted), "{accepted:?}");
    assert_eq!(state(&people, &first).await, InvitationState::Pending);
}
