//! What fails costs no token: using one and its effect are done both or not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use service::secret::Hashing;
use service::{Config, Db, Error, Intent, Purpose};

use super::{allow, intents, issue, open_session, password, refuse, sessions, stored, valid};
use crate::people::{People, QUICK, with_people};

with_people!(
    a_password_that_is_refused_costs_no_token,
    being_busy_costs_no_token,
    an_effect_that_fails_costs_no_token,
    what_is_rolled_back_costs_no_token,
);

async fn a_password_that_is_refused_costs_no_token(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    open_session(&people.db, user_id).await;
    let issued = issue(&people.db, Intent::ResetPassword, user_id).await;
    let token = issued.token.reveal();
    for text in ["short", "member@acme.test", "aaaaaaaaaaaaaaaaaaaa"] {
        let refused = tokens.reset_password(token, &password(text)).await;
        let is_password =
            matches!(&refused, Err(Error::Invalid { field, .. }) if field == "password");
        assert!(is_password, "{refused:?}");
        assert!(valid(&people.db, Purpose::PasswordReset, token).await);
    }
    assert_eq!(sessions(&people.db, user_id).await, 1);
    assert_eq!(stored(&people.db, user_id).await.email_verified_at, None);
    let new = password("a password of mine");
    let reset = tokens.reset_password(token, &new).await;
    assert_eq!(reset.expect("reset").id, user_id);
}

async fn being_busy_costs_no_token(people: People) {
    let hashing = Hashing {
        passes: 64,
        concurrency: 1,
        queue: 0,
        ..QUICK
    };
    let config = Config::new(people.test.url()).hashing(hashing);
    let one_place = crate::rules::connect(config).await.expect("connects");
    let stop = Arc::new(AtomicBool::new(false));
    let holder = {
        let (db, stop) = (one_place.clone(), Arc::clone(&stop));
        let user_id = people.team.owner;
        tokio::spawn(async move {
            while !stop.load(Ordering::Acquire) {
                let new = password("a password of theirs");
                match db.passwords().set(user_id, &new).await {
                    Ok(()) | Err(Error::Busy) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        })
    };
    let new = password("a password of mine");
    let deadline = Instant::now() + Duration::from_mins(1);
    let issued = loop {
        assert!(Instant::now() < deadline, "the place was always free");
        let issued = issue(&people.db, Intent::ResetPassword, people.team.member).await;
        let tokens = one_place.verification_tokens();
        match tokens.reset_password(issued.token.reveal(), &new).await {
            Err(Error::Busy) => break issued,
            // The place was free for a moment.
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    };
    stop.store(true, Ordering::Release);
    holder.await.expect("no panic");
    let token = issued.token.reveal();
    assert!(valid(&people.db, Purpose::PasswordReset, token).await);
    let tokens = one_place.verification_tokens();
    let reset = tokens.reset_password(token, &new).await;
    assert_eq!(reset.expect("reset").id, people.team.member);
    one_place.close().await.expect("closes");
}

/// Uses the token for what it is for.
async fn carry_out(db: &Db, purpose: Purpose, token: &str) -> Result<(), Error> {
    let tokens = db.verification_tokens();
    let done = match purpose {
        Purpose::EmailVerification => tokens.verify_email(token).await,
        Purpose::PasswordReset => {
            let new = password("a password of mine");
            tokens.reset_password(token, &new).await
        }
        Purpose::MagicLink => tokens.sign_in(token).await,
        Purpose::EmailChange => tokens.change_email(token).await,
    };
    done.map(drop)
}

async fn an_effect_that_fails_costs_no_token(people: People) {
    let user_id = people.team.member;
    let cases = [
        (Intent::VerifyEmail, "UPDATE", "users"),
        (Intent::SignIn, "UPDATE", "users"),
        (Intent::ResetPassword, "UPDATE", "users"),
        (Intent::ResetPassword, "INSERT", "user_passwords"),
        (Intent::ResetPassword, "UPDATE", "sessions"),
        (super::change_to("new@x.io"), "UPDATE", "users"),
    ];
    open_session(&people.db, user_id).await;
    let mut issued = Vec::new();
    let before = stored(&people.db, user_id).await;
    for (intent, event, table) in cases {
        let purpose = intent.purpose();
        let token = issue(&people.db, intent, user_id).await.token;
        refuse(&people, event, table).await;
        let failed = carry_out(&people.db, purpose, token.reveal()).await;
        assert!(matches!(failed, Err(Error::Database(_))), "{failed:?}");
        allow(&people, table).await;
        assert!(valid(&people.db, purpose, token.reveal()).await);
        assert_eq!(stored(&people.db, user_id).await, before);
        assert_eq!(sessions(&people.db, user_id).await, 1);
        let is_set = people.db.passwords().is_set(user_id).await;
        assert!(!is_set.expect("a look-up"));
        issued.retain(|(other, _)| *other != purpose);
        issued.push((purpose, token));
    }
    // The change of the address comes last: it voids all others.
    issued.sort_by_key(|(purpose, _)| *purpose == Purpose::EmailChange);
    let carried_out = issued.len();
    for (purpose, token) in issued {
        if purpose == Purpose::EmailChange {
            // Voided by the reset, as it should be.
            assert!(!valid(&people.db, purpose, token.reveal()).await);
            continue;
        }
        let done = carry_out(&people.db, purpose, token.reveal()).await;
        done.expect("nothing is in its way any more");
    }
    assert_eq!(carried_out, 4);
}

async fn what_is_rolled_back_costs_no_token(people: People) {
    for intent in intents() {
        let purpose = intent.purpose();
        let issued = issue(&people.db, intent, people.team.member).await;
        let token = issued.token.reveal();
        let before = stored(&people.db, people.team.member).await;
        for carried_out in [false, true] {
            let undone = people
                .db
                .transaction(async |db| {
                    if carried_out {
                        carry_out(db, purpose, token).await?;
                    } else {
                        let tokens = db.verification_tokens();
                        tokens.consume(purpose, token).await?;
                    }
                    assert!(!valid(db, purpose, token).await);
                    Err::<(), _>(Error::NotFound)
                })
                .await;
            assert!(matches!(undone, Err(Error::NotFound)), "{undone:?}");
            assert!(valid(&people.db, purpose, token).await);
            assert_eq!(stored(&people.db, people.team.member).await, before);
        }
        let used = carry_out(&people.db, purpose, token).await;
        used.expect("valid still");
    }
}
