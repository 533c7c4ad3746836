//! Invitations that end with what they are about.

use service::InvitationState;

use super::{GUEST, accept, guest, invite, is_invalid, is_member, state, valid};
use crate::people::{People, with_people};

with_people!(
    an_invitation_ends_with_the_application_and_does_not_return_with_it,
    an_invitation_ends_with_the_user_whom_it_was_sent_to,
    an_invitation_is_to_the_address_not_to_whoever_had_it,
);

async fn an_invitation_ends_with_the_application_and_does_not_return_with_it(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    let id = people.team.application.id;
    let applications = people.db.applications();
    applications.delete(id).await.expect("a deletion");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    assert!(!valid(&people, &invited).await);
    applications.restore(id).await.expect("restored");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    assert_eq!(state(&people, &invited).await, InvitationState::Revoked);
    assert!(!is_member(&people, &people.team.application, user_id).await);

    // An invitation that was accepted opens nothing while the application is gone.
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    accept(&people, &invited, user_id).await.expect("in");
    applications.delete(id).await.expect("a deletion");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    applications.restore(id).await.expect("restored");
    accept(&people, &invited, user_id)
        .await
        .expect("a member again");
}

async fn an_invitation_ends_with_the_user_whom_it_was_sent_to(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    people.db.users().delete(user_id).await.expect("a deletion");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    people.db.users().restore(user_id).await.expect("restored");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    assert_eq!(state(&people, &invited).await, InvitationState::Revoked);
}

async fn an_invitation_is_to_the_address_not_to_whoever_had_it(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    let tokens = people.db.verification_tokens();
    let to = "moved@x.io".parse().expect("an address");
    let change = service::Intent::ChangeEmail { to };
    let issued = tokens.issue(change, user_id, None).await.expect("a token");
    let changed = tokens.change_email(issued.token.reveal()).await;
    changed.expect("changed");
    assert!(is_invalid(&accept(&people, &invited, user_id).await));
    let next = guest(&people, GUEST).await;
    accept(&people, &invited, next).await.expect("in");
    assert!(!is_member(&people, &people.team.application, user_id).await);
}
