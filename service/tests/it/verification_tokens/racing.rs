//! Many at once: a token is used once.

use std::sync::Arc;

use service::{Error, Intent, Purpose};

use super::{intents, issue, open_session, password, sessions, stored, valid};
use crate::people::{People, with_people};

with_people!(
    of_a_hundred_who_use_a_token_at_once_one_does,
    of_a_hundred_resets_at_once_one_sets_the_password,
    of_many_who_sign_in_with_one_link_at_once_one_does,
    of_many_at_once_one_does_also_where_nothing_is_recorded,
    a_user_who_is_deleted_meanwhile_is_signed_in_before_or_not_at_all,
);

async fn of_a_hundred_who_use_a_token_at_once_one_does(people: People) {
    for intent in intents() {
        let purpose = intent.purpose();
        let issued = Arc::new(issue(&people.db, intent, people.team.member).await);
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (db, issued) = (people.db.clone(), Arc::clone(&issued));
                tokio::spawn(async move {
                    let tokens = db.verification_tokens();
                    tokens.consume(purpose, issued.token.reveal()).await
                })
            })
            .collect();
        let mut used = 0;
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(_) => used += 1,
                Err(Error::InvalidToken) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(used, 1, "{purpose:?}");
    }
}

async fn of_a_hundred_resets_at_once_one_sets_the_password(people: People) {
    let user_id = people.team.member;
    open_session(&people.db, user_id).await;
    open_session(&people.db, user_id).await;
    let issued = Arc::new(issue(&people.db, Intent::ResetPassword, user_id).await);
    let text = |n: usize| format!("password number {n} of mine");
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let (db, issued) = (people.db.clone(), Arc::clone(&issued));
            tokio::spawn(async move {
                let tokens = db.verification_tokens();
                let new = password(&text(n));
                tokens.reset_password(issued.token.reveal(), &new).await
            })
        })
        .collect();
    let (mut won, mut lost) = (Vec::new(), Vec::new());
    for (n, task) in tasks.into_iter().enumerate() {
        match task.await.expect("no panic") {
            Ok(_) => won.push(n),
            Err(Error::InvalidToken) => lost.push(n),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((won.len(), lost.len()), (1, 99));
    let email = "member@acme.test".parse().expect("an address");
    let passwords = people.db.passwords();
    for n in lost.into_iter().take(4) {
        let refused = passwords
            .authenticate(&email, &password(&text(n)), None)
            .await;
        assert!(matches!(refused, Err(Error::InvalidCredentials)));
    }
    let new = password(&text(won[0]));
    let user = passwords.authenticate(&email, &new, None).await;
    assert_eq!(user.expect("signs in").id, user_id);
    assert_eq!(sessions(&people.db, user_id).await, 0);
    assert!(!valid(&people.db, Purpose::PasswordReset, issued.token.reveal()).await);
}

async fn of_many_who_sign_in_with_one_link_at_once_one_does(people: People) {
    let issued = Arc::new(issue(&people.db, Intent::SignIn, people.team.member).await);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let (db, issued) = (people.db.clone(), Arc::clone(&issued));
            tokio::spawn(async move {
                let tokens = db.verification_tokens();
                tokens.sign_in(issued.token.reveal()).await
            })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(user) => won.push(user),
            Err(Error::InvalidToken) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won, [stored(&people.db, people.team.member).await]);
}

/// The address is proved, or is about to be: a statement each.
async fn of_many_at_once_one_does_also_where_nothing_is_recorded(people: People) {
    let silent = people.unrecorded().await;
    let user_id = people.team.member;
    for (round, intent) in [Intent::VerifyEmail, Intent::SignIn, Intent::SignIn]
        .into_iter()
        .enumerate()
    {
        let purpose = intent.purpose();
        let issued = Arc::new(issue(&people.db, intent, user_id).await);
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (db, issued) = (silent.clone(), Arc::clone(&issued));
                tokio::spawn(async move {
                    let (tokens, token) = (db.verification_tokens(), issued.token.reveal());
                    match purpose {
                        Purpose::EmailVerification => tokens.verify_email(token).await,
                        _ => tokens.sign_in(token).await,
                    }
                })
            })
            .collect();
        let mut won = Vec::new();
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(user) => won.push(user),
                Err(Error::InvalidToken) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let user = stored(&people.db, user_id).await;
        assert!(user.email_verified_at.is_some());
        assert_eq!(won, [user], "round {round}");
    }
}

async fn a_user_who_is_deleted_meanwhile_is_signed_in_before_or_not_at_all(people: People) {
    let dbs = [people.db.clone(), people.unrecorded().await];
    for round in 0..20 {
        let user_id = people.stranger(&format!("{round}")).await;
        let db = &dbs[round % 2];
        let proof = issue(&people.db, Intent::VerifyEmail, user_id).await;
        if round % 3 > 0 {
            let tokens = db.verification_tokens();
            let proved = tokens.verify_email(proof.token.reveal()).await;
            proved.expect("proved");
        }
        let link = issue(&people.db, Intent::SignIn, user_id).await;
        let (tokens, users) = (db.verification_tokens(), people.db.users());
        let (signed_in, deleted) =
            tokio::join!(tokens.sign_in(link.token.reveal()), users.delete(user_id));
        deleted.expect("nothing is in the way of a deletion");
        match signed_in {
            Ok(user) => assert_eq!((user.id, user.deleted_at), (user_id, None)),
            Err(Error::InvalidToken) => {}
            Err(error) => panic!("{error}"),
        }
        users.restore(user_id).await.expect("restored");
        assert!(!valid(&people.db, Purpose::MagicLink, link.token.reveal()).await);
    }
}
