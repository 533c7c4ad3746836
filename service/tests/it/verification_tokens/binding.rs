//! What a token is bound to: its purpose, its user, the address that it went to.

use service::Purpose;
use uuid::Uuid;

use super::{intents, is_invalid, issue, password, set_address, stored, valid};
use crate::people::{People, with_people};

with_people!(
    a_token_for_one_purpose_is_none_for_another,
    a_token_of_one_user_is_none_of_another,
    a_token_is_void_once_the_address_is_another,
    a_token_is_void_once_the_user_is_deleted_and_stays_so,
    a_token_in_which_anything_is_changed_is_invalid,
);

async fn a_token_for_one_purpose_is_none_for_another(people: People) {
    let tokens = people.db.verification_tokens();
    let before = stored(&people.db, people.team.member).await;
    for intent in intents() {
        let made = intent.purpose();
        let issued = issue(&people.db, intent, people.team.member).await;
        let token = issued.token.reveal();
        for offered in Purpose::ALL.into_iter().filter(|other| *other != made) {
            let swapped = token.replace(made.kind().prefix(), offered.kind().prefix());
            assert_ne!(swapped, token);
            for token in [token, &swapped] {
                assert!(is_invalid(&tokens.peek(offered, token).await));
                assert!(is_invalid(&tokens.consume(offered, token).await));
                let refused = match offered {
                    Purpose::EmailVerification => tokens.verify_email(token).await,
                    Purpose::PasswordReset => {
                        let new = password("a password of mine");
                        tokens.reset_password(token, &new).await
                    }
                    Purpose::MagicLink => tokens.sign_in(token).await,
                    Purpose::EmailChange => tokens.change_email(token).await,
                };
                assert!(is_invalid(&refused), "{made:?} as {offered:?}");
            }
        }
        assert!(valid(&people.db, made, token).await);
    }
    assert_eq!(stored(&people.db, people.team.member).await, before);
}

async fn a_token_of_one_user_is_none_of_another(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    for other in [people.team.owner, Uuid::nil()] {
        for intent in intents() {
            let purpose = intent.purpose();
            let issued = issue(&people.db, intent, user_id).await;
            let token = issued.token.reveal();
            assert!(is_invalid(&tokens.of(other).peek(purpose, token).await));
            assert!(is_invalid(&tokens.of(other).consume(purpose, token).await));
            let refused = match purpose {
                Purpose::EmailVerification => tokens.of(other).verify_email(token).await,
                Purpose::PasswordReset => {
                    let new = password("a password of mine");
                    tokens.of(other).reset_password(token, &new).await
                }
                Purpose::MagicLink => tokens.of(other).sign_in(token).await,
                Purpose::EmailChange => tokens.of(other).change_email(token).await,
            };
            assert!(is_invalid(&refused), "{purpose:?}");
            let used = tokens.of(user_id).consume(purpose, token).await;
            assert_eq!(used.expect("their own").user.id, user_id);
        }
    }
}

async fn a_token_is_void_once_the_address_is_another(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    for (n, intent) in intents().into_iter().enumerate() {
        let purpose = intent.purpose();
        let issued = issue(&people.db, intent, user_id).await;
        set_address(&people.db, user_id, &format!("moved-{n}@x.io")).await;
        let token = issued.token.reveal();
        assert!(is_invalid(&tokens.peek(purpose, token).await));
        assert!(is_invalid(&tokens.consume(purpose, token).await));
    }
}

async fn a_token_is_void_once_the_user_is_deleted_and_stays_so(people: People) {
    let users = people.db.users();
    let tokens = people.db.verification_tokens();
    for intent in intents() {
        let purpose = intent.purpose();
        let issued = issue(&people.db, intent, people.team.member).await;
        let token = issued.token.reveal();
        users.delete(people.team.member).await.expect("a deletion");
        assert!(is_invalid(&tokens.peek(purpose, token).await));
        assert!(is_invalid(&tokens.consume(purpose, token).await));
        users.restore(people.team.member).await.expect("restored");
        assert!(is_invalid(&tokens.peek(purpose, token).await));
        assert!(is_invalid(&tokens.consume(purpose, token).await));
    }
}

async fn a_token_in_which_anything_is_changed_is_invalid(people: People) {
    for intent in intents() {
        let purpose = intent.purpose();
        let issued = issue(&people.db, intent, people.team.member).await;
        let token = issued.token.reveal();
        for at in 0..token.len() {
            let mut changed = token.to_owned();
            let letter = if &token[at..=at] == "A" { "B" } else { "A" };
            changed.replace_range(at..=at, letter);
            assert!(!valid(&people.db, purpose, &changed).await, "at {at}");
        }
        assert!(valid(&people.db, purpose, token).await);
    }
}
