//! A new token in the place of the old one.

use service::Error;

use super::{is_invalid, open, open_in, roles, stored, works};
use crate::people::{People, with_people};

with_people!(
    a_new_token_works_and_the_old_one_does_not,
    of_a_hundred_who_renew_one_token_one_does,
    a_new_token_that_is_undone_leaves_the_old_one,
    renewing_and_ending_at_once_leaves_nothing_alive,
);

async fn a_new_token_works_and_the_old_one_does_not(people: People) {
    let sessions = people.db.sessions();
    let (user, application) = (people.team.admin, people.team.application.id);
    let opened = open_in(&people.db, user, application).await;
    let other = open(&people.db, user).await;
    people.sent.take();
    let old = opened.token.reveal();
    let new = sessions.rotate(old).await.expect("renewed");
    assert_eq!(crate::people::sent(&people), 2, "two queries");
    assert_ne!(new.reveal(), old);

    assert!(is_invalid(&sessions.resolve(old).await));
    assert!(is_invalid(&sessions.rotate(old).await));
    assert!(matches!(sessions.close(old).await, Ok(false)));
    let found = sessions.resolve(new.reveal()).await.expect("signed in");
    let tenant = found.tenant.expect("still in the application");
    assert_eq!(tenant.role_keys(), ["admin"]);
    let (before, after) = (&opened.session, &found.session);
    assert_eq!((after.id, after.user_id), (before.id, before.user_id));
    assert_eq!(after.expires_at, before.expires_at, "no longer than before");
    assert_eq!(after.created_at, before.created_at);
    let rotated_at = after.rotated_at.expect("when it was");
    assert!(rotated_at > before.created_at);
    assert!(after.last_seen_at > before.last_seen_at, "this is a use");

    let third = sessions.rotate(new.reveal()).await.expect("renewed");
    assert!(!works(&people.db, new.reveal()).await);
    assert!(works(&people.db, third.reveal()).await);
    assert!(works(&people.db, other.token.reveal()).await);
}

async fn of_a_hundred_who_renew_one_token_one_does(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let db = people.db.clone();
            let token = opened.token.reveal().to_owned();
            tokio::spawn(async move { db.sessions().rotate(token).await })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(token) => won.push(token),
            other => assert!(is_invalid(&other), "{other:?}"),
        }
    }
    assert_eq!(won.len(), 1);
    assert!(works(&people.db, won[0].reveal()).await);
    assert!(!works(&people.db, opened.token.reveal()).await);
}

async fn a_new_token_that_is_undone_leaves_the_old_one(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let before = stored(&people.db, opened.session.id).await;
    let mut never = None;
    let undone = people
        .db
        .transaction(async |db| {
            never = Some(db.sessions().rotate(opened.token.reveal()).await?);
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(super::is_not_found(&undone));
    let never = never.expect("renewed");
    assert!(!works(&people.db, never.reveal()).await);
    assert!(works(&people.db, opened.token.reveal()).await);
    assert_eq!(stored(&people.db, opened.session.id).await, before);
}

async fn renewing_and_ending_at_once_leaves_nothing_alive(people: People) {
    for round in 0..10 {
        let user = people.team.member;
        let opened = open_in(&people.db, user, people.team.application.id).await;
        assert!(roles(&people.db, opened.token.reveal()).await.is_some());
        let renewing = {
            let (db, token) = (people.db.clone(), opened.token.reveal().to_owned());
            tokio::spawn(async move {
                let mut token = token;
                // Until it is over.
                while let Ok(next) = db.sessions().rotate(&token).await {
                    next.reveal().clone_into(&mut token);
                }
                token
            })
        };
        let ended = match round % 3 {
            0 => people.db.sessions().revoke_all(user).await.map(drop),
            1 => people.db.sessions().revoke(user, opened.session.id).await,
            _ => people.db.users().delete(user).await.map(drop),
        };
        ended.expect("ended");
        let last = renewing.await.expect("no panic");
        assert!(!works(&people.db, &last).await);
        if round % 3 == 2 {
            people.db.users().restore(user).await.expect("a restoring");
        }
        assert_eq!(super::going_on(&people.db, user).await, 0);
    }
}
