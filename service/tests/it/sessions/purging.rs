//! Sessions that have expired go for good, a few at a time.

use chrono::TimeDelta;
use entity::sessions;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder};
use service::{Config, Error};
use uuid::Uuid;

use super::{Time, open, rows, works};
use crate::people::{People, with_timed_people};

with_timed_people!(
    expired_sessions_go_oldest_first_a_batch_at_a_time,
    a_batch_is_never_exceeded_whatever_the_plan,
    a_session_goes_at_its_end_and_not_before,
    batches_that_cannot_be_are_refused,
    two_who_purge_at_once_take_each_session_once,
);

/// Sessions that each end a minute after the one before.
async fn one_a_minute(people: &People, count: usize) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(open(&people.db, people.team.member).await.session.id);
        people.clock.advance(TimeDelta::minutes(1));
    }
    ids
}

async fn left(people: &People) -> Vec<Uuid> {
    let rows = sessions::Entity::find().order_by_asc(sessions::Column::ExpiresAt);
    let rows = rows.all(&people.db).await.expect("rows");
    rows.into_iter().map(|row| row.id).collect()
}

async fn expired_sessions_go_oldest_first_a_batch_at_a_time(people: People) {
    let purge = async |batch| people.db.sessions().purge_expired(batch).await;
    let ids = one_a_minute(&people, 9).await;
    let ended = people
        .db
        .sessions()
        .revoke(people.team.member, ids[0])
        .await;
    ended.expect("ended");
    assert_eq!(purge(10_000).await.expect("a count"), 0);
    assert_eq!(left(&people).await, ids, "ended, but not expired yet");
    people.clock.advance(TimeDelta::days(30));
    let live = open(&people.db, people.team.member).await;
    // As the planner sees it once it knows how few rows there are.
    let analyzed = people.db.execute_unprepared("ANALYZE").await;
    analyzed.expect("analyzed");

    people.sent.take();
    assert_eq!(purge(1).await.expect("a count"), 1);
    assert_eq!(crate::people::sent(&people), 1, "one query");
    let all = [&ids[1..], &[live.session.id]].concat();
    assert_eq!(left(&people).await, all);
    assert_eq!(purge(5).await.expect("a count"), 5);
    let all = [&ids[6..], &[live.session.id]].concat();
    assert_eq!(left(&people).await, all);
    assert_eq!(purge(5).await.expect("a count"), 3);
    assert_eq!(purge(5).await.expect("a count"), 0);
    assert_eq!(left(&people).await, [live.session.id]);
    assert!(works(&people.db, live.token.reveal()).await);
}

/// From now on `PostgreSQL` joins new connections' tables row by row, with nothing kept from one row to the next.
async fn only_nested_loops(people: &People) {
    if people.db.backend() != DbBackend::Postgres {
        return;
    }
    for off in ["hashjoin", "mergejoin", "hashagg", "sort", "material"] {
        let sql = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_{off} = off', current_database()); END $$"
        );
        let done = people.db.execute_unprepared(&sql).await;
        done.expect("a setting");
    }
}

async fn a_batch_is_never_exceeded_whatever_the_plan(people: People) {
    let ids = one_a_minute(&people, 9).await;
    let analyzed = people.db.execute_unprepared("ANALYZE").await;
    analyzed.expect("analyzed");
    only_nested_loops(&people).await;
    people.clock.advance(TimeDelta::days(31));
    let config = Config::new(people.test.url()).clock(people.clock.clone());
    let db = crate::rules::connect(config).await.expect("connects");
    for (batch, gone) in [(1, 1), (3, 4), (5, 9)] {
        let purged = db.sessions().purge_expired(batch).await;
        assert_eq!(purged.expect("a count"), batch);
        assert_eq!(left(&people).await, ids[gone..]);
    }
}

async fn a_session_goes_at_its_end_and_not_before(people: People) {
    let mut time = Time::of(&people.clock);
    let purge = async || {
        let purged = people.db.sessions().purge_expired(100).await;
        purged.expect("a count")
    };
    let opened = open(&people.db, people.team.member).await.session;
    time.to(opened.expires_at - TimeDelta::microseconds(1));
    assert_eq!(purge().await, 0);
    time.to(opened.expires_at + TimeDelta::hours(1));
    let second = open(&people.db, people.team.member).await.session;
    assert_eq!(purge().await, 1);
    // The first instant at which it does not count is the first at which it goes.
    time.to(second.expires_at);
    assert_eq!(purge().await, 1);
    assert_eq!(rows(&people.db).await, 0);
}

async fn batches_that_cannot_be_are_refused(people: People) {
    one_a_minute(&people, 1).await;
    people.clock.advance(TimeDelta::days(31));
    for batch in [0, 10_001, u64::MAX] {
        let refused = people.db.sessions().purge_expired(batch).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "batch"));
    }
    assert_eq!(rows(&people.db).await, 1);
    let most = people.db.sessions().purge_expired(10_000).await;
    assert_eq!(most.expect("a count"), 1);
}

async fn two_who_purge_at_once_take_each_session_once(people: People) {
    one_a_minute(&people, 60).await;
    people.clock.advance(TimeDelta::days(31));
    let live = open(&people.db, people.team.member).await;
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let db = people.db.clone();
            tokio::spawn(async move {
                let mut all = 0;
                loop {
                    match db.sessions().purge_expired(7).await.expect("a count") {
                        0 => return all,
                        purged => all += purged,
                    }
                }
            })
        })
        .collect();
    let mut all = 0;
    for task in tasks {
        all += task.await.expect("no panic");
    }
    assert_eq!(all, 60);
    assert_eq!(left(&people).await, [live.session.id]);
}
