//! Changing the address: whoever reads the mail of the new one has proved it.

use std::time::{Duration, Instant};

use service::{Error, Intent, NewUser, Purpose};

use super::{change_to, intents, is_invalid, issue, stored, valid};
use crate::people::{People, with_people};

with_people!(
    a_changed_address_is_verified_and_voids_all_else,
    the_address_that_the_user_has_is_no_change,
    of_two_who_change_to_one_address_one_does_and_the_other_can_still,
    an_address_that_was_taken_meanwhile_is_a_conflict_that_costs_nothing,
    a_user_who_is_deleted_meanwhile_is_never_changed,
    a_change_from_an_address_that_is_no_more_is_void,
);

async fn a_changed_address_is_verified_and_voids_all_else(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    let mut others = Vec::new();
    for intent in intents() {
        let purpose = intent.purpose();
        others.push((purpose, issue(&people.db, intent, user_id).await));
    }
    let unrelated = issue(&people.db, Intent::SignIn, people.team.owner).await;
    let issued = issue(&people.db, change_to("Changed@X.io"), user_id).await;
    assert_eq!(issued.email.as_str(), "changed@x.io");
    let user = tokens.change_email(issued.token.reveal()).await;
    let user = user.expect("changed");
    assert_eq!(user.email, "changed@x.io");
    assert!(user.email_verified_at.is_some());
    assert_eq!(stored(&people.db, user_id).await, user);
    for (purpose, other) in &others {
        assert!(!valid(&people.db, *purpose, other.token.reveal()).await);
    }
    assert!(is_invalid(
        &tokens.change_email(issued.token.reveal()).await
    ));
    assert!(valid(&people.db, Purpose::MagicLink, unrelated.token.reveal()).await);

    let former = "member@acme.test".parse().expect("an address");
    let next = people.db.users().create(NewUser::new(former)).await;
    assert_ne!(next.expect("the address is free").id, user_id);
}

async fn the_address_that_the_user_has_is_no_change(people: People) {
    let tokens = people.db.verification_tokens();
    let same = change_to("Member@ACME.test.");
    let refused = tokens.issue(same, people.team.member, None).await;
    assert!(
        matches!(&refused, Err(Error::Invalid { field, .. }) if field == "email"),
        "{refused:?}"
    );
}

async fn a_change_from_an_address_that_is_no_more_is_void(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    let issued = issue(&people.db, change_to("new@x.io"), user_id).await;
    super::set_address(&people.db, user_id, "new@x.io").await;
    let refused = tokens.change_email(issued.token.reveal()).await;
    assert!(is_invalid(&refused), "even where it is the same address");
}

async fn an_address_that_was_taken_meanwhile_is_a_conflict_that_costs_nothing(people: People) {
    let tokens = people.db.verification_tokens();
    let issued = issue(&people.db, change_to("new@x.io"), people.team.member).await;
    let before = stored(&people.db, people.team.member).await;
    let taken = people.stranger("taker").await;
    super::set_address(&people.db, taken, "new@x.io").await;
    let refused = tokens.change_email(issued.token.reveal()).await;
    let is_email = matches!(&refused, Err(Error::Conflict { field }) if field == "email");
    assert!(is_email, "{refused:?}");
    assert_eq!(stored(&people.db, people.team.member).await, before);
    assert!(valid(&people.db, Purpose::EmailChange, issued.token.reveal()).await);
    people.db.users().delete(taken).await.expect("a deletion");
    let changed = tokens.change_email(issued.token.reveal()).await;
    assert_eq!(changed.expect("it is free again").email, "new@x.io");
}

async fn of_two_who_change_to_one_address_one_does_and_the_other_can_still(people: People) {
    for round in 0..20 {
        let mut tasks = Vec::new();
        for side in ["one", "two"] {
            let user_id = people.stranger(&format!("{side}-{round}")).await;
            let issued = issue(&people.db, change_to(&format!("{round}@x.io")), user_id).await;
            let db = people.db.clone();
            tasks.push(tokio::spawn(async move {
                let token = issued.token.reveal();
                let changed = db.verification_tokens().change_email(token).await;
                let left = valid(&db, Purpose::EmailChange, token).await;
                match changed {
                    Ok(user) => {
                        assert!(user.id == user_id && !left);
                        1
                    }
                    Err(Error::Conflict { field }) => {
                        assert!(field == "email" && left);
                        assert!(stored(&db, user_id).await.email.contains("strangers"));
                        0
                    }
                    Err(error) => panic!("{error}"),
                }
            }));
        }
        let mut won = 0;
        for task in tasks {
            won += task.await.expect("no panic");
        }
        assert_eq!(won, 1, "round {round}");
    }
}

async fn a_user_who_is_deleted_meanwhile_is_never_changed(people: People) {
    let (mut first, mut second) = (0, 0);
    let started = Instant::now();
    for round in 0..20 {
        let user_id = people.stranger(&format!("{round}")).await;
        let issued = issue(&people.db, change_to(&format!("{round}@x.io")), user_id).await;
        let tokens = people.db.verification_tokens();
        let users = people.db.users();
        let (changed, deleted) = tokio::join!(
            tokens.change_email(issued.token.reveal()),
            users.delete(user_id)
        );
        let deleted = deleted.expect("nothing is in the way of a deletion");
        let back = users.restore(user_id).await.expect("restored");
        match changed {
            Ok(_) => {
                first += 1;
                let verified_at = back.email_verified_at.expect("verified");
                assert!(verified_at.to_utc() < deleted.at());
                assert_eq!(back.email, format!("{round}@x.io"));
            }
            Err(Error::InvalidToken) => {
                second += 1;
                assert_eq!(back.email, format!("{round}@strangers.test"));
            }
            Err(error) => panic!("{error}"),
        }
        assert!(!valid(&people.db, Purpose::EmailChange, issued.token.reveal()).await);
    }
    assert_eq!(first + second, 20);
    assert!(
        started.elapsed() < Duration::from_mins(1),
        "nobody waits for a deadlock"
    );
}
