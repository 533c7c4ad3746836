//! How long a session lasts: to its end whatever happens, and no longer than it is used.

use std::time::Duration;

use chrono::TimeDelta;
use service::{Clock, Config, Db, Error, Opened};

use super::{MICROSECOND, Time, is_invalid, open, until_noted, works};
use crate::people::{People, with_people, with_timed_people};

with_timed_people!(
    a_session_ends_at_its_instant_however_much_it_is_used,
    a_session_that_is_left_unused_ends,
    a_session_that_has_ended_cannot_be_made_to_go_on,
    what_the_configuration_says_about_sessions_holds,
);

with_people!(lives_that_cannot_be_are_refused);

async fn a_session_ends_at_its_instant_however_much_it_is_used(people: People) {
    let mut time = Time::of(&people.clock);
    let first = open(&people.db, people.team.member).await;
    let begun = first.session.created_at;
    time.to(begun + TimeDelta::hours(1));
    let second = open(&people.db, people.team.member).await;
    for Opened { session, .. } in [&first, &second] {
        assert_eq!(session.last_seen_at, session.created_at);
        assert_eq!(session.expires_at, session.created_at + TimeDelta::days(30));
    }
    for day in [6, 12, 18, 24, 29] {
        let at = begun + TimeDelta::days(day);
        time.to(at);
        for opened in [&first, &second] {
            assert!(works(&people.db, opened.token.reveal()).await, "day {day}");
            until_noted(&people.db, opened.session.id, at.to_utc()).await;
        }
    }
    // One microsecond before the end of the one, and at the end of the other.
    time.to(first.session.expires_at - MICROSECOND);
    let last = people.db.sessions().resolve(first.token.reveal()).await;
    let last = last.expect("not yet over");
    assert_eq!(last.session.expires_at, first.session.expires_at);
    time.to(second.session.expires_at);
    assert!(!works(&people.db, second.token.reveal()).await);
    assert!(!works(&people.db, first.token.reveal()).await);
}

async fn a_session_that_is_left_unused_ends(people: People) {
    let mut time = Time::of(&people.clock);
    let week = TimeDelta::days(7);
    let used = open(&people.db, people.team.member).await;
    time.to(used.session.created_at + TimeDelta::hours(1));
    let left = open(&people.db, people.team.member).await;
    let mut last_seen = used.session.last_seen_at;

    time.to(last_seen + week - MICROSECOND);
    assert!(works(&people.db, used.token.reveal()).await);
    let at = last_seen + week - MICROSECOND;
    until_noted(&people.db, used.session.id, at.to_utc()).await;
    last_seen = super::stored(&people.db, used.session.id)
        .await
        .last_seen_at;
    assert_eq!(last_seen, at);

    time.to(left.session.last_seen_at + week);
    assert!(!works(&people.db, left.token.reveal()).await);
    // The one that was used goes on by as much again, and no more.
    time.to(last_seen + week - MICROSECOND * 2);
    assert!(works(&people.db, used.token.reveal()).await);
    until_noted(
        &people.db,
        used.session.id,
        (last_seen + week - MICROSECOND * 2).to_utc(),
    )
    .await;
    time.to(last_seen + week * 2);
    assert!(!works(&people.db, used.token.reveal()).await);
}

async fn a_session_that_has_ended_cannot_be_made_to_go_on(people: People) {
    let sessions = people.db.sessions();
    for over in [TimeDelta::days(7), TimeDelta::days(40)] {
        let opened = open(&people.db, people.team.member).await;
        let token = opened.token.reveal();
        people.clock.advance(over + TimeDelta::seconds(1));
        assert!(is_invalid(&sessions.resolve(token).await));
        assert!(is_invalid(&sessions.rotate(token).await));
        let here = Some(people.team.application.id);
        for to in [None, here] {
            assert!(is_invalid(&sessions.switch_application(token, to).await));
        }
        assert!(matches!(sessions.close(token).await, Ok(false)));
        let row = super::stored(&people.db, opened.session.id).await;
        assert_eq!(row.last_seen_at, opened.session.last_seen_at);
        assert_eq!(row.revoked_at, None);
    }
}

async fn connect(people: &People, lifetime: Duration, idle: Duration) -> Result<Db, Error> {
    let config = Config::new(people.test.url())
        .max_connections(4)
        .clock(people.clock.clone())
        .session_lifetime(lifetime)
        .session_idle(idle);
    crate::rules::connect(config).await
}

async fn what_the_configuration_says_about_sessions_holds(people: People) {
    let minutes = |minutes: u64| Duration::from_mins(minutes);
    let mut time = Time::of(&people.clock);
    let short_life = connect(&people, minutes(5), minutes(60)).await;
    let short_life = short_life.expect("the least there can be");
    let short_idle = connect(&people, minutes(60), minutes(5)).await;
    let short_idle = short_idle.expect("the least there can be");
    let long = connect(&people, minutes(400 * 24 * 60), minutes(400 * 24 * 60)).await;
    let long = long.expect("the most there can be");

    let brief = open(&short_life, people.team.member).await;
    let idle = open(&short_idle, people.team.member).await;
    let lasting = open(&long, people.team.member).await;
    let lives = |opened: &Opened| opened.session.expires_at - opened.session.created_at;
    assert_eq!(lives(&brief), TimeDelta::minutes(5));
    assert_eq!(lives(&idle), TimeDelta::minutes(60));
    assert_eq!(lives(&lasting), TimeDelta::days(400));

    time.to(brief.session.expires_at - MICROSECOND);
    assert!(works(&short_life, brief.token.reveal()).await);
    time.to(lasting.session.created_at + TimeDelta::minutes(5));
    assert!(!works(&short_life, brief.token.reveal()).await);
    assert!(!works(&short_idle, idle.token.reveal()).await);
    // Being idle is looked at by who asks; the end was set when it was opened.
    assert!(works(&long, idle.token.reveal()).await);
    time.to(lasting.session.created_at + TimeDelta::days(399));
    assert!(works(&long, lasting.token.reveal()).await);
    let end = lasting.session.expires_at;
    until_noted(
        &long,
        lasting.session.id,
        (end - TimeDelta::days(1)).to_utc(),
    )
    .await;
    time.to(end - MICROSECOND);
    assert!(works(&long, lasting.token.reveal()).await);
    time.to(end + TimeDelta::seconds(1));
    assert!(!works(&long, lasting.token.reveal()).await);
}

async fn lives_that_cannot_be_are_refused(people: People) {
    let fine = Duration::from_hours(1);
    let longest = Duration::from_hours(400 * 24);
    for wrong in [
        Duration::ZERO,
        Duration::from_secs(299),
        longest + Duration::from_nanos(1),
        Duration::from_secs(u64::MAX),
        Duration::MAX,
    ] {
        for (lifetime, idle, name) in [
            (wrong, fine, "SESSION_LIFETIME"),
            (fine, wrong, "SESSION_IDLE"),
        ] {
            let refused = connect(&people, lifetime, idle).await;
            assert!(
                matches!(refused, Err(Error::Config { setting, .. }) if setting == name),
                "{refused:?}"
            );
        }
    }
    // Whatever the clock says: no instant overflows.
    for start in ["1970-01-01T00:00:00Z", "9990-01-01T00:00:00Z"] {
        let start: chrono::DateTime<chrono::Utc> = start.parse().expect("an instant");
        let config = Config::new(people.test.url())
            .max_connections(2)
            .clock(Clock::manual(start))
            .session_lifetime(longest)
            .session_idle(longest);
        let db = crate::rules::connect(config).await.expect("connects");
        let opened = open(&db, people.team.member).await;
        assert!(works(&db, opened.token.reveal()).await, "{start}");
    }
}
