//! Many at once: a token is used once.

use std::sync::Arc;

use service::{Error, Intent, Purpose};

use super::{intents, issue, open_session, password, sessions, stored, valid};
use crate::people::{People, with_people};

with_people!(
    of_a_hundred_who_use_a_token_at_once_one_does,
    of_a_hundred_resets_at_once_one_sets_the_password,
    of_many_who_sign_in_with_one_link_at_once_one_does,
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
