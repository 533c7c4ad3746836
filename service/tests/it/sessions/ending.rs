//! Signing out, here and everywhere.

use chrono::TimeDelta;
use service::Error;
use uuid::Uuid;

use super::{going_on, is_not_found, open, open_in, stored, works};
use crate::people::{People, with_people, with_timed_people};

with_people!(
    signing_out_ends_the_session_once,
    a_user_ends_only_sessions_of_their_own,
    all_sessions_but_one_end,
    all_sessions_of_a_user_end,
    what_ends_in_a_transaction_that_fails_goes_on,
    of_many_who_sign_out_one_does,
);
with_timed_people!(what_is_over_already_does_not_count);

async fn signing_out_ends_the_session_once(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let opened = open_in(db, people.team.member, people.team.application.id).await;
    let other = open(db, people.team.member).await;
    let token = opened.token.reveal();
    people.sent.take();
    assert!(sessions.close(token).await.expect("an answer"));
    assert_eq!(crate::people::sent(&people), 2, "two queries");
    let ended = stored(db, opened.session.id).await;
    assert!(ended.revoked_at.is_some());
    assert!(!works(db, token).await);
    assert!(!sessions.close(token).await.expect("an answer"));
    assert_eq!(stored(db, opened.session.id).await, ended);
    assert!(works(db, other.token.reveal()).await);
}

async fn a_user_ends_only_sessions_of_their_own(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let mine = open(db, people.team.member).await;
    let theirs = open(db, people.team.admin).await;
    let before = stored(db, theirs.session.id).await;
    for (user, id) in [
        (people.team.member, theirs.session.id),
        (people.team.member, Uuid::nil()),
        (people.team.member, db.new_id()),
        (Uuid::nil(), theirs.session.id),
    ] {
        let refused = sessions.revoke(user, id).await;
        assert!(is_not_found(&refused), "{refused:?}");
    }
    assert_eq!(stored(db, theirs.session.id).await, before);
    people.sent.take();
    let done = sessions.revoke(people.team.member, mine.session.id).await;
    done.expect("ended");
    assert_eq!(crate::people::sent(&people), 1, "one query");
    assert!(!works(db, mine.token.reveal()).await);
    let ended = stored(db, mine.session.id).await;
    let again = sessions.revoke(people.team.member, mine.session.id).await;
    assert!(is_not_found(&again), "{again:?}");
    assert_eq!(stored(db, mine.session.id).await, ended);
    assert!(works(db, theirs.token.reveal()).await);
}

async fn all_sessions_but_one_end(people: People) {
    let (db, sessions, user) = (&people.db, people.db.sessions(), people.team.member);
    let keep = open(db, user).await;
    let others = [open(db, user).await, open(db, user).await];
    let closed = open(db, user).await;
    let closed = sessions.close(closed.token.reveal()).await;
    assert!(closed.expect("an answer"));
    let theirs = open(db, people.team.admin).await;
    people.sent.take();
    let ended = sessions.revoke_others(user, keep.session.id).await;
    assert_eq!(crate::people::sent(&people), 1, "one query");
    assert_eq!(ended.expect("a count"), 2);
    for other in &others {
        assert!(!works(db, other.token.reveal()).await);
    }
    assert!(works(db, keep.token.reveal()).await && works(db, theirs.token.reveal()).await);
    let none = sessions.revoke_others(user, keep.session.id).await;
    assert_eq!(none.expect("a count"), 0);
    // To keep somebody else's is to keep none.
    let all = sessions.revoke_others(user, theirs.session.id).await;
    assert_eq!(all.expect("a count"), 1);
    assert_eq!(going_on(db, user).await, 0);
    assert!(works(db, theirs.token.reveal()).await);
}

async fn all_sessions_of_a_user_end(people: People) {
    let (db, sessions, user) = (&people.db, people.db.sessions(), people.team.member);
    let mine = [
        open(db, user).await,
        open_in(db, user, people.team.application.id).await,
        open(db, user).await,
    ];
    let theirs = open(db, people.team.admin).await;
    people.sent.take();
    let ended = sessions.revoke_all(user).await;
    assert_eq!(crate::people::sent(&people), 1, "one query");
    assert_eq!(ended.expect("a count"), 3);
    for opened in &mine {
        assert!(!works(db, opened.token.reveal()).await);
    }
    assert!(works(db, theirs.token.reveal()).await);
    assert_eq!(sessions.revoke_all(user).await.expect("a count"), 0);
    let nobody = sessions.revoke_all(Uuid::nil()).await;
    assert_eq!(nobody.expect("a count"), 0);
    assert!(works(db, open(db, user).await.token.reveal()).await);
}

async fn what_ends_in_a_transaction_that_fails_goes_on(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let token = opened.token.reveal();
    let undone = people
        .db
        .transaction(async |db| {
            assert!(db.sessions().close(token).await?);
            assert!(!works(db, token).await);
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(is_not_found(&undone));
    assert!(works(&people.db, token).await);
}

async fn of_many_who_sign_out_one_does(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let db = people.db.clone();
            let token = opened.token.reveal().to_owned();
            tokio::spawn(async move { db.sessions().close(token).await })
        })
        .collect();
    let mut ended = 0;
    for task in tasks {
        if task.await.expect("no panic").expect("an answer") {
            ended += 1;
        }
    }
    assert_eq!(ended, 1);
}

async fn what_is_over_already_does_not_count(people: People) {
    let (db, sessions, user) = (&people.db, people.db.sessions(), people.team.member);
    let expired = open(db, user).await;
    people.clock.advance(TimeDelta::days(25));
    let unused = open(db, user).await;
    people.clock.advance(TimeDelta::days(8));
    let [one, other] = [open(db, user).await, open(db, user).await];
    for over in [&expired, &unused] {
        assert!(!works(db, over.token.reveal()).await);
        let before = stored(db, over.session.id).await;
        let refused = sessions.revoke(user, over.session.id).await;
        assert!(is_not_found(&refused), "{refused:?}");
        assert_eq!(stored(db, over.session.id).await, before);
    }
    let others = sessions.revoke_others(user, one.session.id).await;
    assert_eq!(others.expect("a count"), 1, "the one that went on");
    assert!(!works(db, other.token.reveal()).await);
    // A longer time to be away, set later, brings none of them back.
    assert_eq!(going_on(db, user).await, 1);

    people.clock.advance(TimeDelta::days(8));
    assert_eq!(sessions.revoke_all(user).await.expect("a count"), 0);
    assert_eq!(going_on(db, user).await, 0);
}
