//! When a session was last used: noted about once a minute, and never in anybody's way.

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service::{Error, NewSession};

use super::{Time, open, stored, until_noted, works};
use crate::people::{People, with_timed_people};

with_timed_people!(
    use_is_noted_at_most_once_a_minute,
    use_by_many_at_once_is_noted_once,
    behind_whoever_holds_the_row_one_note_waits,
    a_note_that_cannot_be_made_fails_nobody,
    a_transaction_makes_its_own_note_and_goes_on,
);

fn is_note(sql: &str) -> bool {
    sql.starts_with("UPDATE")
}

async fn use_is_noted_at_most_once_a_minute(people: People) {
    let db = &people.db;
    let mut time = Time::of(&people.clock);
    let minute = TimeDelta::minutes(1);
    let opened = open(db, people.team.member).await;
    let id = opened.session.id;
    let mut noted = opened.session.last_seen_at;
    people.sent.take();
    for _ in 0..3 {
        for _ in 0..100 {
            let found = db.sessions().resolve(opened.token.reveal()).await;
            let session = found.expect("signed in").session;
            assert_eq!(session.last_seen_at, noted);
        }
        // 59 seconds and a bit later, then a whole minute.
        time.to(noted + minute - TimeDelta::microseconds(1));
        assert!(works(db, opened.token.reveal()).await);
        time.to(noted + minute);
        let found = db.sessions().resolve(opened.token.reveal()).await;
        let session = found.expect("signed in").session;
        assert_eq!(session.last_seen_at, noted, "as it was before this use");
        until_noted(db, id, (noted + minute).to_utc()).await;
        noted += minute;
        assert_eq!(stored(db, id).await.last_seen_at, noted);
        let sent = people.sent.take();
        let writes = sent.iter().filter(|sql| is_note(sql)).count();
        assert_eq!(writes, 1, "{sent:?}");
    }
    let row = stored(db, id).await;
    assert_eq!(row.expires_at, opened.session.expires_at);
    assert_eq!(row.rotated_at, None);
}

/// From now on each change of a session leaves a row in the table `changes`.
async fn count_updates(people: &People) {
    let made = "CREATE TABLE changes (id uuid NOT NULL)";
    let sql = match people.db.backend() {
        DbBackend::Sqlite => {
            "CREATE TRIGGER count AFTER UPDATE ON sessions \
             BEGIN INSERT INTO changes VALUES (NEW.id); END"
        }
        _ => {
            "CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql \
             AS $$ BEGIN INSERT INTO changes VALUES (NEW.id); RETURN NEW; END $$; \
             CREATE TRIGGER count AFTER UPDATE ON sessions \
             FOR EACH ROW EXECUTE FUNCTION count_change()"
        }
    };
    for sql in [made, sql] {
        let done = people.db.execute_unprepared(sql).await;
        done.expect("a trigger");
    }
}

async fn use_by_many_at_once_is_noted_once(people: People) {
    migration::not_on_citus!(people.test, "nothing counts changes there: no triggers");
    let opened = open(&people.db, people.team.member).await;
    count_updates(&people).await;
    people.clock.advance(TimeDelta::minutes(2));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let db = people.db.clone();
            let token = opened.token.reveal().to_owned();
            tokio::spawn(async move { works(&db, &token).await })
        })
        .collect();
    for task in tasks {
        assert!(task.await.expect("no panic"));
    }
    let at = opened.session.last_seen_at + TimeDelta::minutes(1);
    until_noted(&people.db, opened.session.id, at.to_utc()).await;
    // What is still being noted is done then, or never.
    people.db.clone().close().await.expect("closed");
    let direct = people.test.connect().await;
    let changes = direct
        .query_one_raw(Statement::from_string(
            direct.get_database_backend(),
            "SELECT COUNT(*) AS n FROM changes",
        ))
        .await;
    let changes = changes.expect("a count").expect("a row");
    assert_eq!(changes.try_get::<i64>("", "n"), Ok(1));
}

async fn behind_whoever_holds_the_row_one_note_waits(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let (id, token) = (opened.session.id, opened.token.reveal());
    for round in 0..2 {
        people.clock.advance(TimeDelta::minutes(2));
        let now = people.clock.now();
        people.sent.take();
        let held = people
            .db
            .transaction(async |held| {
                let sql = "UPDATE sessions SET ip = '192.0.2.1'";
                held.execute_unprepared(sql).await?;
                for _ in 0..40 {
                    assert!(works(&people.db, token).await);
                }
                // Time for each of them to try.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                Ok::<_, Error>(())
            })
            .await;
        held.expect("committed");
        until_noted(&people.db, id, now).await;
        let of_others = |sql: &&String| is_note(sql) && !sql.contains("192.0.2.1");
        let sent = people.sent.take();
        assert_eq!(sent.iter().filter(of_others).count(), 1, "round {round}");
    }
}

/// From now on no session can be changed.
async fn refuse_updates(people: &People) {
    let sql = match people.db.backend() {
        DbBackend::Sqlite => {
            "CREATE TRIGGER refuse BEFORE UPDATE ON sessions \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
        // No table has triggers there.
        _ if people.db.is_on_citus() => &crate::people::withhold("UPDATE", "sessions"),
        _ => {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
             AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$; \
             CREATE TRIGGER refuse BEFORE UPDATE ON sessions \
             FOR EACH ROW EXECUTE FUNCTION refuse()"
        }
    };
    let done = people.db.execute_unprepared(sql).await;
    done.expect("a trigger");
}

async fn a_note_that_cannot_be_made_fails_nobody(people: People) {
    let opened = open(&people.db, people.team.member).await;
    refuse_updates(&people).await;
    people.clock.advance(TimeDelta::minutes(2));
    people.sent.take();
    let found = people.db.sessions().resolve(opened.token.reveal()).await;
    assert_eq!(found.expect("signed in").user.id, people.team.member);
    super::until("a note is tried", async || {
        people.sent.take().iter().any(|sql| is_note(sql))
    })
    .await;
    assert!(works(&people.db, opened.token.reveal()).await);
    let row = stored(&people.db, opened.session.id).await;
    assert_eq!(row.last_seen_at, opened.session.last_seen_at);
}

async fn a_transaction_makes_its_own_note_and_goes_on(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let token = opened.token.reveal();
    people.clock.advance(TimeDelta::minutes(2));
    people
        .db
        .transaction(async |db| {
            assert!(works(db, token).await);
            let row = stored(db, opened.session.id).await;
            assert!(row.last_seen_at > opened.session.last_seen_at);
            db.sessions()
                .open(people.team.member, NewSession::default())
                .await
        })
        .await
        .expect("kept");
    let noted = stored(&people.db, opened.session.id).await.last_seen_at;
    assert!(noted > opened.session.last_seen_at);

    // What is undone takes the note with it.
    people.clock.advance(TimeDelta::minutes(2));
    let undone = people
        .db
        .transaction(async |db| {
            assert!(works(db, token).await);
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(undone.is_err());
    let same = stored(&people.db, opened.session.id).await.last_seen_at;
    assert_eq!(same, noted);

    refuse_updates(&people).await;
    let made = people
        .db
        .transaction(async |db| {
            assert!(works(db, token).await, "found where it cannot be noted");
            let opened = db
                .sessions()
                .open(people.team.member, NewSession::default())
                .await?;
            assert!(works(db, token).await);
            Ok::<_, Error>(opened)
        })
        .await
        .expect("the transaction is fit for use");
    assert!(works(&people.db, made.token.reveal()).await);
    let same = stored(&people.db, opened.session.id).await.last_seen_at;
    assert_eq!(same, noted);
}
