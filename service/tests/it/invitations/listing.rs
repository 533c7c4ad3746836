//! Invitations as an admin sees them, and what is left of them.

use std::time::Duration;

use chrono::TimeDelta;
use entity::invitations;
use sea_orm::{EntityTrait, PaginatorTrait};
use service::{Error, InvitationState, Page};

use super::{accept, guest, invite, new, valid};
use crate::people::{People, with_people, with_timed_people};

with_people!(invitations_are_listed_page_by_page_in_the_order_in_which_they_were_made);
with_timed_people!(
    a_list_of_pending_invitations_has_those_that_can_be_accepted,
    what_has_expired_is_deleted_in_batches_and_nothing_else,
    an_invitation_is_valid_until_it_expires,
);

async fn invitations_are_listed_page_by_page_in_the_order_in_which_they_were_made(people: People) {
    let owner = people.as_owner().await;
    let mut made = Vec::new();
    for n in 0..5 {
        let roles: &[&str] = if n == 2 {
            &["member", "admin"]
        } else {
            &["member"]
        };
        let invited = invite(&owner, &format!("guest-{n}@x.io"), roles).await;
        made.push(invited.invitation);
    }
    let invitations = owner.admin().expect("an owner").invitations();
    people.sent.take();
    let all = invitations.list(200, None).await.expect("a page");
    assert_eq!((&all.items, all.next), (&made, None));
    assert_eq!(people.sent.take().len(), 3, "however many there are");
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let Page { items, next } = invitations.list(2, cursor.as_ref()).await.expect("a page");
        seen.extend(items);
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, made);
    for limit in [0, 201] {
        let refused = invitations.list(limit, None).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
}

async fn a_list_of_pending_invitations_has_those_that_can_be_accepted(people: People) {
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    let short = new("expired@x.io", &[]);
    let short = invitations
        .create(short, Some(Duration::from_mins(1)))
        .await;
    let accepted = invite(&owner, "accepted@x.io", &["member"]).await;
    let revoked = invite(&owner, "revoked@x.io", &["member"]).await;
    let pending = invite(&owner, "pending@x.io", &["member"]).await;
    let user_id = guest(&people, "accepted@x.io").await;
    accept(&people, &accepted, user_id).await.expect("in");
    invitations
        .revoke(revoked.invitation.id)
        .await
        .expect("taken back");
    assert_eq!(invitations.count_pending().await.expect("a count"), 2);
    people.clock.advance(TimeDelta::minutes(2));
    assert_eq!(invitations.count_pending().await.expect("a count"), 1);
    let page = invitations.list_pending(200, None).await.expect("a page");
    assert_eq!(page.items, std::slice::from_ref(&pending.invitation));
    assert_eq!(page.next, None);

    let short = short.expect("made").invitation.id;
    for (id, expected) in [
        (short, InvitationState::Expired),
        (accepted.invitation.id, InvitationState::Accepted),
        (revoked.invitation.id, InvitationState::Revoked),
        (pending.invitation.id, InvitationState::Pending),
    ] {
        let one = invitations
            .get(id)
            .await
            .expect("a look-up")
            .expect("there");
        assert_eq!(one.state(people.db.clock().now()), expected);
        assert_eq!(
            one.accepted_at.is_some(),
            expected == InvitationState::Accepted
        );
        assert_eq!(
            one.revoked_at.is_some(),
            expected == InvitationState::Revoked
        );
    }
    let all = invitations.list(200, None).await.expect("a page");
    assert_eq!(all.items.len(), 4, "whatever has become of them");
    // A pending one may stand behind a page of others.
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = invitations.list_pending(1, cursor.as_ref()).await;
        let page = page.expect("a page");
        seen.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [pending.invitation]);
}

async fn what_has_expired_is_deleted_in_batches_and_nothing_else(people: People) {
    let owner = people.as_owner().await;
    let invitations = owner.admin().expect("an owner").invitations();
    let minute = Some(Duration::from_mins(1));
    for n in 0..5 {
        let short = new(&format!("guest-{n}@x.io"), &["member"]);
        invitations.create(short, minute).await.expect("made");
    }
    let live = invite(&owner, "live@x.io", &["member"]).await;
    let taken_back = invite(&owner, "revoked@x.io", &["member"]).await;
    let id = taken_back.invitation.id;
    invitations.revoke(id).await.expect("taken back");
    let all = people.db.invitations();
    assert_eq!(all.purge_expired(100).await.expect("none yet"), 0);
    people.clock.advance(TimeDelta::minutes(2));
    assert_eq!(all.purge_expired(3).await.expect("a batch"), 3);
    assert_eq!(all.purge_expired(3).await.expect("the rest"), 2);
    assert_eq!(all.purge_expired(3).await.expect("none left"), 0);
    assert!(valid(&people, &live).await);
    let left = invitations::Entity::find().count(&people.db).await;
    assert_eq!(left, Ok(2));
    for batch in [0, 10_001] {
        let refused = all.purge_expired(batch).await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == "batch"));
    }
    people.clock.advance(TimeDelta::days(7));
    assert_eq!(all.purge_expired(10_000).await.expect("both"), 2);
}

async fn an_invitation_is_valid_until_it_expires(people: People) {
    let invited = invite(&people.as_owner().await, "guest@x.io", &["member"]).await;
    let user_id = guest(&people, "guest@x.io").await;
    people.clock.advance(TimeDelta::days(1));
    let left = invited.invitation.expires_at.to_utc() - people.clock.now();
    people.clock.advance(left - TimeDelta::microseconds(1));
    assert!(valid(&people, &invited).await);
    // The clock gives no instant twice: the next one is the end.
    assert!(!valid(&people, &invited).await);
    let late = accept(&people, &invited, user_id).await;
    assert!(super::is_invalid(&late), "{late:?}");
}
