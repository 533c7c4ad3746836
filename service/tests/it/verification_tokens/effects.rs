//! What using a token does, and to what else.

use service::{Error, Intent, Purpose};

use super::{change_to, is_invalid, issue, open_session, password, sessions, stored, valid};
use crate::people::{People, with_people};

with_people!(
    an_address_is_verified_once,
    a_reset_sets_the_password_and_ends_what_hung_on_the_one_before,
    whoever_signs_in_with_a_proved_address_keeps_everything,
    whoever_signs_in_with_an_address_that_was_not_proved_keeps_nothing_of_before,
    nobody_who_was_thrown_out_takes_the_address_over,
);

const FIRST: &str = "first password of mine";
const SECOND: &str = "second password of mine";

/// Whether the member signs in with it.
async fn signs_in(people: &People, text: &str) -> bool {
    let email = "member@acme.test".parse().expect("an address");
    let passwords = people.db.passwords();
    match passwords.authenticate(&email, &password(text), None).await {
        Ok(user) => user.id == people.team.member,
        Err(Error::InvalidCredentials) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn an_address_is_verified_once(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    assert_eq!(stored(&people.db, user_id).await.email_verified_at, None);
    let issued = issue(&people.db, Intent::VerifyEmail, user_id).await;
    let user = tokens.verify_email(issued.token.reveal()).await;
    let user = user.expect("verified");
    assert!(user.email_verified_at.is_some());
    assert_eq!(stored(&people.db, user_id).await, user);
    assert!(is_invalid(
        &tokens.verify_email(issued.token.reveal()).await
    ));

    let issued = issue(&people.db, Intent::VerifyEmail, user_id).await;
    let again = tokens.verify_email(issued.token.reveal()).await;
    assert_eq!(again.expect("verified"), user, "the first instant is kept");
    let issued = issue(&people.db, Intent::ResetPassword, user_id).await;
    let new = password(FIRST);
    let reset = tokens.reset_password(issued.token.reveal(), &new).await;
    let verified_at = reset.expect("reset").email_verified_at;
    assert_eq!(verified_at, user.email_verified_at);
}

async fn a_reset_sets_the_password_and_ends_what_hung_on_the_one_before(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    let former = password(FIRST);
    people
        .db
        .passwords()
        .set(user_id, &former)
        .await
        .expect("set");
    open_session(&people.db, user_id).await;
    open_session(&people.db, user_id).await;
    open_session(&people.db, people.team.owner).await;
    let others = issue(&people.db, Intent::ResetPassword, people.team.owner).await;
    let link = issue(&people.db, Intent::SignIn, user_id).await;
    let issued = issue(&people.db, Intent::ResetPassword, user_id).await;
    // As if it had been issued for an address that the user had before and has again.
    super::set_address(&people.db, user_id, "before@x.io").await;
    let twin = issue(&people.db, Intent::ResetPassword, user_id).await;
    super::set_address(&people.db, user_id, "member@acme.test").await;

    let new = password(SECOND);
    let user = tokens.reset_password(issued.token.reveal(), &new).await;
    let user = user.expect("reset");
    assert!(user.email_verified_at.is_some());
    assert_eq!(stored(&people.db, user_id).await, user);
    assert!(signs_in(&people, SECOND).await);
    assert!(!signs_in(&people, FIRST).await);
    assert_eq!(sessions(&people.db, user_id).await, 0);
    super::set_address(&people.db, user_id, "before@x.io").await;
    assert!(!valid(&people.db, Purpose::PasswordReset, twin.token.reveal()).await);
    super::set_address(&people.db, user_id, "member@acme.test").await;
    assert!(valid(&people.db, Purpose::MagicLink, link.token.reveal()).await);
    // Those of others are as they were.
    assert_eq!(sessions(&people.db, people.team.owner).await, 1);
    assert!(valid(&people.db, Purpose::PasswordReset, others.token.reveal()).await);

    // The first password of somebody who had none.
    let issued = issue(&people.db, Intent::ResetPassword, people.team.admin).await;
    let reset = tokens.reset_password(issued.token.reveal(), &new).await;
    let admin = reset.expect("set").id;
    assert!(
        people
            .db
            .passwords()
            .is_set(admin)
            .await
            .expect("a look-up")
    );
}

async fn whoever_signs_in_with_a_proved_address_keeps_everything(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    let proof = issue(&people.db, Intent::VerifyEmail, user_id).await;
    let verified = tokens.verify_email(proof.token.reveal()).await;
    let verified = verified.expect("verified");
    let former = password(FIRST);
    people
        .db
        .passwords()
        .set(user_id, &former)
        .await
        .expect("set");
    open_session(&people.db, user_id).await;
    let change = issue(&people.db, change_to("new@x.io"), user_id).await;
    let link = issue(&people.db, Intent::SignIn, user_id).await;
    let user = tokens
        .sign_in(link.token.reveal())
        .await
        .expect("signed in");
    assert_eq!(user, verified);
    assert!(signs_in(&people, FIRST).await);
    assert_eq!(sessions(&people.db, user_id).await, 1);
    assert!(valid(&people.db, Purpose::EmailChange, change.token.reveal()).await);
}

async fn whoever_signs_in_with_an_address_that_was_not_proved_keeps_nothing_of_before(
    people: People,
) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    // Somebody took the address without owning it.
    let theirs = password(FIRST);
    people
        .db
        .passwords()
        .set(user_id, &theirs)
        .await
        .expect("set");
    open_session(&people.db, user_id).await;
    open_session(&people.db, people.team.owner).await;
    let link = issue(&people.db, Intent::SignIn, user_id).await;
    let user = tokens
        .sign_in(link.token.reveal())
        .await
        .expect("signed in");
    assert!(user.email_verified_at.is_some());
    assert_eq!(stored(&people.db, user_id).await, user);
    assert!(!signs_in(&people, FIRST).await);
    let is_set = people.db.passwords().is_set(user_id).await;
    assert!(!is_set.expect("a look-up"));
    assert_eq!(sessions(&people.db, user_id).await, 0);
    assert_eq!(sessions(&people.db, people.team.owner).await, 1);
}

/// Whoever was in before may have asked for a change to an address of their own, and wait with it.
async fn nobody_who_was_thrown_out_takes_the_address_over(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    for intent in [Intent::SignIn, Intent::ResetPassword] {
        let theirs = issue(&people.db, change_to("intruder@x.io"), user_id).await;
        let issued = issue(&people.db, intent.clone(), user_id).await;
        let token = issued.token.reveal();
        let done = match intent {
            Intent::SignIn => tokens.sign_in(token).await,
            _ => tokens.reset_password(token, &password(SECOND)).await,
        };
        done.expect("used");
        let refused = tokens.change_email(theirs.token.reveal()).await;
        assert!(is_invalid(&refused), "{intent:?}");
    }
    let user = stored(&people.db, user_id).await;
    assert_eq!(user.email, "member@acme.test");
}
