//! Signing in where somebody is signed in already.

use service::NewSession;
use uuid::Uuid;

use super::{inside, is_not_found, open, open_in, roles, rows, stored, works};
use crate::people::{People, with_people};

with_people!(
    signing_in_ends_the_session_that_was_carried,
    what_was_carried_and_is_no_session_is_passed_over,
    signing_in_that_fails_leaves_what_was_carried,
);

async fn signing_in_ends_the_session_that_was_carried(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let application = people.team.application.id;
    let bystander = open(db, people.team.member).await;
    // Of the same user, and of whoever planted a token of their own.
    for before in [people.team.member, people.team.admin] {
        for new in [NewSession::default(), inside(application)] {
            let old = open_in(db, before, application).await;
            let opened = sessions
                .open_in_place_of(old.token.reveal(), people.team.member, new)
                .await
                .expect("a session");
            assert!(!works(db, old.token.reveal()).await);
            let found = sessions.resolve(opened.token.reveal()).await;
            let found = found.expect("signed in");
            assert_eq!(found.user.id, people.team.member);
            assert_ne!(found.session.id, old.session.id);
            let row = stored(db, old.session.id).await;
            assert!(row.revoked_at.is_some());
        }
    }
    assert!(works(db, bystander.token.reveal()).await);
}

async fn what_was_carried_and_is_no_session_is_passed_over(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let closed = open(db, people.team.member).await;
    let closed = closed.token.reveal();
    assert!(sessions.close(closed).await.expect("an answer"));
    let live = open(db, people.team.admin).await;
    let mut wrong = live.token.reveal().to_owned();
    let last = if wrong.ends_with('A') { "B" } else { "A" };
    wrong.replace_range(wrong.len() - 1.., last);
    let huge = vec![0xff; 1 << 20];
    let carried = [
        b"".as_slice(),
        b"garbage",
        &huge,
        closed.as_bytes(),
        wrong.as_bytes(),
    ];
    for token in carried {
        let opened = sessions
            .open_in_place_of(token, people.team.member, NewSession::default())
            .await
            .expect("a session");
        assert!(works(db, opened.token.reveal()).await);
    }
    assert!(works(db, live.token.reveal()).await);
}

async fn signing_in_that_fails_leaves_what_was_carried(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let application = people.team.application.id;
    let old = open_in(db, people.team.member, application).await;
    let token = old.token.reveal();
    let stranger = people.stranger("stranger").await;
    for (user, new) in [
        (Uuid::nil(), NewSession::default()),
        (stranger, inside(application)),
        (people.team.member, inside(Uuid::nil())),
    ] {
        let refused = sessions.open_in_place_of(token, user, new).await;
        assert!(is_not_found(&refused), "{refused:?}");
        let still = roles(db, token).await;
        assert_eq!(still, Some(vec!["member".to_owned()]));
    }
    assert_eq!(rows(db).await, 1);
}
