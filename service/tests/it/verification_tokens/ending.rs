//! Tokens that are taken back, and those that are cleared away.

use chrono::TimeDelta;
use entity::verification_tokens;
use sea_orm::{EntityTrait, PaginatorTrait};
use service::{Error, Intent, Purpose};
use uuid::Uuid;

use super::{intents, issue, valid};
use crate::people::{People, with_people, with_timed_people};

with_people!(tokens_are_taken_back_by_user_and_purpose);
with_timed_people!(what_has_expired_is_deleted_in_batches_and_nothing_else);

async fn tokens_are_taken_back_by_user_and_purpose(people: People) {
    let tokens = people.db.verification_tokens();
    let (one, other) = (people.team.member, people.team.admin);
    let mut issued = Vec::new();
    for intent in intents() {
        let purpose = intent.purpose();
        issued.push((purpose, issue(&people.db, intent.clone(), one).await));
        issued.push((purpose, issue(&people.db, intent, other).await));
    }
    let link = Some(Purpose::MagicLink);
    assert_eq!(tokens.revoke(one, link).await.expect("taken back"), 1);
    assert_eq!(tokens.revoke(one, link).await.expect("none left"), 0);
    for (n, (purpose, issued)) in issued.iter().enumerate() {
        let gone = n % 2 == 0 && *purpose == Purpose::MagicLink;
        assert_eq!(
            valid(&people.db, *purpose, issued.token.reveal()).await,
            !gone
        );
    }
    let used = &issued[0];
    let consumed = tokens.consume(used.0, used.1.token.reveal()).await;
    consumed.expect("used");
    assert_eq!(tokens.revoke(one, None).await.expect("taken back"), 2);
    assert_eq!(tokens.revoke(Uuid::nil(), None).await.expect("nobody"), 0);
    for (n, (purpose, issued)) in issued.iter().enumerate() {
        let left = n % 2 == 1;
        assert_eq!(
            valid(&people.db, *purpose, issued.token.reveal()).await,
            left
        );
    }
}

async fn what_has_expired_is_deleted_in_batches_and_nothing_else(people: People) {
    let tokens = people.db.verification_tokens();
    let count = || async {
        let count = verification_tokens::Entity::find().count(&people.db).await;
        count.expect("a count")
    };
    for n in 0..5 {
        let user_id = people.stranger(&format!("{n}")).await;
        issue(&people.db, Intent::SignIn, user_id).await;
    }
    let used = issue(&people.db, Intent::VerifyEmail, people.team.member).await;
    let consumed = tokens.verify_email(used.token.reveal()).await;
    consumed.expect("used");
    let live = issue(&people.db, Intent::VerifyEmail, people.team.admin).await;
    assert_eq!(tokens.purge_expired(100).await.expect("none yet"), 0);
    people.clock.advance(TimeDelta::minutes(11));
    assert_eq!(tokens.purge_expired(3).await.expect("a batch"), 3);
    assert_eq!(count().await, 4);
    assert_eq!(tokens.purge_expired(3).await.expect("the rest"), 2);
    assert_eq!(tokens.purge_expired(10_000).await.expect("none"), 0);
    assert!(valid(&people.db, Purpose::EmailVerification, live.token.reveal()).await);
    for batch in [0, 10_001, u64::MAX] {
        let refused = tokens.purge_expired(batch).await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == "batch"));
    }
    people.clock.advance(TimeDelta::hours(24));
    assert_eq!(tokens.purge_expired(100).await.expect("both"), 2);
    assert_eq!(count().await, 0);
}
