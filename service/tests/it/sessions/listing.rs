//! A user's own live sessions, page by page.

use chrono::TimeDelta;
use service::{Cursor, Error, Session};
use uuid::Uuid;

use super::{Time, open, open_in, until_noted, works};
use crate::people::{People, with_people, with_timed_people};

with_people!(
    a_list_has_every_live_session_of_the_user_once,
    a_session_that_is_shown_shows_nothing_secret,
    pages_that_cannot_be_are_refused,
);
with_timed_people!(sessions_that_are_over_are_not_listed);

async fn ids(people: &People, user_id: Uuid, limit: u64) -> Vec<Uuid> {
    let mut all = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = people
            .db
            .sessions()
            .list(user_id, limit, cursor.as_ref())
            .await
            .expect("a page");
        assert!(page.items.len() as u64 <= limit);
        all.extend(page.items.iter().map(|session| session.id));
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

async fn a_list_has_every_live_session_of_the_user_once(people: People) {
    let (db, sessions, user) = (&people.db, people.db.sessions(), people.team.member);
    let mut expected = Vec::new();
    for n in 0..7 {
        let opened = if n % 2 == 0 {
            open(db, user).await
        } else {
            open_in(db, user, people.team.application.id).await
        };
        open(db, people.team.admin).await;
        expected.push(opened.session);
    }
    people.sent.take();
    let all = sessions.list(user, 200, None).await.expect("a page");
    assert_eq!(crate::people::sent(&people), 1, "one query");
    assert_eq!(all.items, expected, "as they were opened, the oldest first");
    assert!(all.next.is_none());
    let expected: Vec<_> = expected.iter().map(|session| session.id).collect();
    for limit in [1, 3, 6, 7, 200] {
        assert_eq!(ids(&people, user, limit).await, expected, "by {limit}");
    }

    sessions.revoke(user, expected[2]).await.expect("ended");
    let left = [&expected[..2], &expected[3..]].concat();
    assert_eq!(ids(&people, user, 2).await, left);
    db.users().delete(user).await.expect("a deletion");
    assert!(ids(&people, user, 10).await.is_empty());
    db.users().restore(user).await.expect("a restoring");
    assert!(ids(&people, user, 10).await.is_empty());
    assert!(ids(&people, Uuid::nil(), 10).await.is_empty());
    assert_eq!(ids(&people, people.team.admin, 10).await.len(), 7);
}

async fn sessions_that_are_over_are_not_listed(people: People) {
    let (db, user) = (&people.db, people.team.member);
    let mut time = Time::of(&people.clock);
    let busy = open(db, user).await;
    let idle = open(db, user).await;
    assert_eq!(ids(&people, user, 10).await.len(), 2);
    let begun = busy.session.created_at;
    for day in [6, 12, 18, 24, 29] {
        let at = begun + TimeDelta::days(day);
        time.to(at);
        assert!(works(db, busy.token.reveal()).await);
        until_noted(db, busy.session.id, at.to_utc()).await;
    }
    assert_eq!(ids(&people, user, 10).await, [busy.session.id]);
    // By ones the first of two pages can be empty, and is not the last.
    assert_eq!(ids(&people, user, 1).await, [busy.session.id]);
    let late = open(db, user).await;
    time.to(idle.session.expires_at);
    assert_eq!(ids(&people, user, 10).await, [late.session.id]);
    assert_eq!(ids(&people, user, 1).await, [late.session.id]);
}

async fn a_session_that_is_shown_shows_nothing_secret(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let page = people.db.sessions().list(people.team.member, 1, None).await;
    let session: Session = page.expect("a page").items.remove(0);
    let json = serde_json::to_value(&session).expect("JSON");
    let keys: Vec<_> = json.as_object().expect("an object").keys().collect();
    let mut expected = [
        "id",
        "user_id",
        "application_id",
        "ip",
        "user_agent",
        "last_seen_at",
        "expires_at",
        "rotated_at",
        "created_at",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    let shown = format!("{session:?} {session:#?} {json}");
    assert!(!shown.contains("secret") && !shown.contains("hash"));
    super::hidden::shows_nothing_of(&opened.token, &shown);
}

async fn pages_that_cannot_be_are_refused(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    for _ in 0..2 {
        open(db, people.team.member).await;
        open(db, people.team.admin).await;
    }
    for limit in [0, 201, u64::MAX] {
        let refused = sessions.list(people.team.member, limit, None).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "limit"));
    }
    let page = sessions.list(people.team.admin, 1, None).await;
    let of_another = page.expect("a page").next.expect("there is more");
    let refused = sessions
        .list(people.team.member, 1, Some(&of_another))
        .await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "cursor"));
}
