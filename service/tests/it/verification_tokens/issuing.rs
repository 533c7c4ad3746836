//! Issuing: for live users, for a time, in the place of the one before.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};
use service::{Error, Intent, Purpose};
use uuid::Uuid;

use super::{change_to, intents, is_invalid, issue, valid};
use crate::people::{People, with_people, with_timed_people};

with_people!(
    a_new_token_takes_the_place_of_the_one_like_it_alone,
    of_many_that_are_issued_at_once_one_is_valid,
    no_token_is_issued_for_a_user_who_is_not_there,
);
with_timed_people!(
    a_token_is_valid_until_it_expires,
    a_token_lasts_as_long_as_is_said_or_usual,
);

/// From the next look at it on the clock stands at this instant, which lies a second ahead at least.
fn move_to(people: &People, instant: DateTime<FixedOffset>) {
    // So that what it gave so far no longer matters.
    people.clock.advance(TimeDelta::milliseconds(100));
    let now = people.clock.now();
    people.clock.advance(instant.to_utc() - now);
}

async fn a_token_is_valid_until_it_expires(people: People) {
    let tokens = people.db.verification_tokens();
    for intent in intents() {
        let purpose = intent.purpose();
        let issued = issue(&people.db, intent.clone(), people.team.member).await;
        let token = issued.token.reveal();
        move_to(&people, issued.expires_at - TimeDelta::microseconds(1));
        assert!(valid(&people.db, purpose, token).await);
        // The clock gives no instant twice: the next one is the end.
        assert!(!valid(&people.db, purpose, token).await);
        assert!(is_invalid(&tokens.consume(purpose, token).await));

        let issued = issue(&people.db, intent.clone(), people.team.member).await;
        move_to(&people, issued.expires_at);
        let token = issued.token.reveal();
        assert!(is_invalid(&tokens.consume(purpose, token).await));
        assert!(!valid(&people.db, purpose, token).await);

        let issued = issue(&people.db, intent, people.team.member).await;
        move_to(&people, issued.expires_at - TimeDelta::microseconds(50));
        let used = tokens.consume(purpose, issued.token.reveal()).await;
        used.expect("just in time");
    }
}

async fn a_token_lasts_as_long_as_is_said_or_usual(people: People) {
    let tokens = people.db.verification_tokens();
    let user_id = people.team.member;
    let usual = [
        (Purpose::EmailVerification, 24 * 60),
        (Purpose::PasswordReset, 60),
        (Purpose::MagicLink, 10),
        (Purpose::EmailChange, 60),
    ];
    for (intent, (purpose, minutes)) in intents().into_iter().zip(usual) {
        assert_eq!(intent.purpose(), purpose);
        let days = |days: u64| Duration::from_hours(24 * days);
        for (given, lasts) in [
            (None, Duration::from_mins(minutes)),
            (Some(Duration::from_secs(1)), Duration::from_secs(1)),
            (Some(days(30)), days(30)),
        ] {
            let before = people.clock.now();
            let issued = tokens.issue(intent.clone(), user_id, given).await;
            let issued = issued.expect("a token");
            let after = people.clock.now();
            let expires_at = issued.expires_at.to_utc();
            assert!(before + lasts < expires_at && expires_at < after + lasts);
        }
        for refused in [
            Duration::ZERO,
            Duration::from_micros(999_999),
            days(30) + Duration::from_micros(1),
            Duration::MAX,
        ] {
            let refused = tokens.issue(intent.clone(), user_id, Some(refused)).await;
            let is_ttl = matches!(&refused, Err(Error::Invalid { field, .. }) if field == "ttl");
            assert!(is_ttl, "{refused:?}");
        }
    }
}

async fn no_token_is_issued_for_a_user_who_is_not_there(people: People) {
    let gone = people.stranger("gone").await;
    people.db.users().delete(gone).await.expect("a deletion");
    let tokens = people.db.verification_tokens();
    for user_id in [gone, Uuid::nil(), people.db.new_id()] {
        for intent in intents() {
            let refused = tokens.issue(intent, user_id, None).await;
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        }
    }
}

async fn a_new_token_takes_the_place_of_the_one_like_it_alone(people: People) {
    let (one, other) = (people.team.member, people.team.admin);
    let mut issued = Vec::new();
    for user_id in [one, other] {
        for intent in intents() {
            let purpose = intent.purpose();
            issued.push((purpose, issue(&people.db, intent, user_id).await));
        }
    }
    let elsewhere = issue(&people.db, change_to("elsewhere@x.io"), one).await;
    issued.push((Purpose::EmailChange, elsewhere));
    for (at, intent) in intents().into_iter().enumerate() {
        let purpose = intent.purpose();
        let again = issue(&people.db, intent, one).await;
        let before = std::mem::replace(&mut issued[at], (purpose, again)).1;
        assert!(!valid(&people.db, purpose, before.token.reveal()).await);
        for (purpose, issued) in &issued {
            assert!(valid(&people.db, *purpose, issued.token.reveal()).await);
        }
    }
}

async fn of_many_that_are_issued_at_once_one_is_valid(people: People) {
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (db, user_id) = (people.db.clone(), people.team.member);
            tokio::spawn(async move { issue(&db, Intent::ResetPassword, user_id).await })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.expect("no panic"));
    }
    let mut left = 0;
    for issued in &all {
        let purpose = Purpose::PasswordReset;
        left += usize::from(valid(&people.db, purpose, issued.token.reveal()).await);
    }
    assert_eq!(left, 1);
}
