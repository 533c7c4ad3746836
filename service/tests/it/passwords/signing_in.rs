//! Signing in: the password is proved and the session opened as one, whatever becomes of the password meanwhile.

use std::time::Duration;

use entity::sessions;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::secret::Hashing;
use service::{Db, Error, Intent, NewSession, NewUser, Opened, Result};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::site::{OTHER, RIGHT, Site, WRONG, email, on_a_site, password, quick};

on_a_site!(
    whoever_knows_the_password_is_signed_in_and_nobody_else,
    many_at_once_whose_hash_is_replaced_meanwhile_are_all_signed_in,
    what_cannot_be_opened_is_refused_to_whoever_knows_the_password,
    no_session_by_a_former_password_outlives_it,
    no_session_by_a_password_outlives_its_reset_or_its_end,
);

const HOME: &str = "192.0.2.1";

async fn sign_in(db: &Db, text: &str, source: &str) -> Result<Opened> {
    let passwords = db.passwords();
    let source = source.parse().ok();
    let new = NewSession::default();
    let address = email("ada@x.io");
    passwords
        .sign_in(&address, &password(text), source, new)
        .await
}

/// How many sessions of the user go on.
async fn going_on(site: &Site, user_id: Uuid) -> u64 {
    let live = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user_id))
        .filter(sessions::Column::RevokedAt.is_null());
    live.count(&site.db).await.expect("a count")
}

/// Four who sign in by the password at once.
fn four(site: &Site, text: &'static str) -> Vec<JoinHandle<Result<Opened>>> {
    let one = |n| {
        let db = site.db.clone();
        tokio::spawn(async move { sign_in(&db, text, &format!("192.0.2.{n}")).await })
    };
    (0..4).map(one).collect()
}

/// Each was signed in, or too late.
async fn settled(tasks: Vec<JoinHandle<Result<Opened>>>) -> usize {
    let mut done = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => done += 1,
            Err(Error::InvalidCredentials) => {}
            Err(other) => panic!("{other}"),
        }
    }
    done
}

/// The time that one sign-in takes, cut into as many pieces as there are rounds: what comes between falls everywhere.
async fn moment(round: u32, rounds: u32, whole: Duration) {
    tokio::time::sleep(whole * round / rounds).await;
}

async fn whoever_knows_the_password_is_signed_in_and_nobody_else(site: Site) {
    let ada = site.user("ada@x.io").await;
    let new = NewSession {
        ip: HOME.parse().ok(),
        ..NewSession::default()
    };
    let address = email("ada@x.io");
    let (source, right) = (HOME.parse().ok(), password(RIGHT));
    let passwords = site.db.passwords();
    let opened = passwords.sign_in(&address, &right, source, new).await;
    let opened = opened.expect("signed in");
    assert_eq!(opened.session.ip.as_deref(), Some(HOME));
    let found = site.db.sessions().resolve(opened.token.reveal()).await;
    let found = found.expect("a live session");
    assert_eq!((found.user, found.session), (ada.clone(), opened.session));

    // Guessing here is guessing.
    for _ in 0..5 {
        let wrong = sign_in(&site.db, WRONG, HOME).await;
        assert!(matches!(wrong, Err(Error::InvalidCredentials)), "{wrong:?}");
    }
    let held_up = sign_in(&site.db, RIGHT, HOME).await;
    let is_held_up = matches!(held_up, Err(Error::TooManyAttempts { .. }));
    assert!(is_held_up, "{held_up:?}");
    assert_eq!(going_on(&site, ada.id).await, 1);
    site.db.users().delete(ada.id).await.expect("a deletion");
    let gone = sign_in(&site.db, RIGHT, "198.51.100.1").await;
    assert!(matches!(gone, Err(Error::InvalidCredentials)), "{gone:?}");
}

async fn many_at_once_whose_hash_is_replaced_meanwhile_are_all_signed_in(site: Site) {
    let ada = site.user("ada@x.io").await;
    let cheap = site.hash(ada.id).await.expect("a hash");
    let dearer = Hashing {
        memory_kib: 9216,
        passes: 4,
        ..quick()
    };
    let db = site.another(|config| config.hashing(dearer)).await;
    for round in 0..6 {
        let tasks: Vec<_> = (0..6)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    let source = format!("192.0.2.{n}");
                    // Some come while the first of them replaces the hash.
                    tokio::time::sleep(Duration::from_millis(8 * n)).await;
                    sign_in(&db, RIGHT, &source).await
                })
            })
            .collect();
        assert_eq!(settled(tasks).await, 6, "round {round}");
        assert_ne!(site.hash(ada.id).await.as_ref(), Some(&cheap));
        assert_eq!(going_on(&site, ada.id).await, 6, "replacing it ends none");
        let hash = cheap.parse().expect("a hash");
        let back = site.db.passwords().import(ada.id, hash).await;
        back.expect("set");
    }
}

async fn what_cannot_be_opened_is_refused_to_whoever_knows_the_password(site: Site) {
    let ada = site.user("ada@x.io").await;
    let new = NewSession {
        application_id: Some(Uuid::nil()),
        ..NewSession::default()
    };
    let (address, right) = (email("ada@x.io"), password(RIGHT));
    let passwords = site.db.passwords();
    let refused = passwords.sign_in(&address, &right, None, new).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    assert_eq!(going_on(&site, ada.id).await, 0);
}

async fn no_session_by_a_former_password_outlives_it(site: Site) {
    const ROUNDS: u32 = 40;
    let ada = site.user("ada@x.io").await;
    // Made elsewhere, so that storing them takes no time: what comes between is no longer than what it races.
    let right = site.hash(ada.id).await.expect("a hash");
    let passwords = site.db.passwords();
    passwords.set(ada.id, &password(OTHER)).await.expect("set");
    let other = site.hash(ada.id).await.expect("a hash");
    let set = async |hash: &str| {
        let hash = hash.parse().expect("a hash");
        passwords.import(ada.id, hash).await.expect("set");
    };
    let started = std::time::Instant::now();
    settled(four(&site, OTHER)).await;
    let whole = started.elapsed();
    let (mut before, mut after) = (0, 0);
    for round in 0..ROUNDS {
        set(&right).await;
        let tasks = four(&site, RIGHT);
        moment(round, ROUNDS, whole).await;
        set(&other).await;
        let done = settled(tasks).await;
        before += done;
        after += 4 - done;
        assert_eq!(going_on(&site, ada.id).await, 0, "round {round}");
    }
    assert!(before > 0 && after > 0, "{before} before, {after} after");
}

async fn no_session_by_a_password_outlives_its_reset_or_its_end(site: Site) {
    const ROUNDS: u32 = 24;
    let tokens = site.db.verification_tokens();
    let started = std::time::Instant::now();
    let ada = site.user("ada@x.io").await;
    settled(four(&site, RIGHT)).await;
    let whole = started.elapsed();
    let right = site.hash(ada.id).await.expect("a hash");
    site.db.users().delete(ada.id).await.expect("a deletion");
    for round in 0..ROUNDS {
        // A new user each time, whose address nobody has proved.
        let new = NewUser::new(email("ada@x.io"));
        let ada = site.db.users().create(new).await.expect("a user");
        let hash = right.parse().expect("a hash");
        let passwords = site.db.passwords();
        passwords.import(ada.id, hash).await.expect("set");
        let reset = tokens.issue(Intent::ResetPassword, ada.id, None).await;
        let link = tokens.issue(Intent::SignIn, ada.id, None).await;
        let (reset, link) = (reset.expect("a token"), link.expect("a token"));
        let tasks = four(&site, RIGHT);
        moment(round / 4, ROUNDS / 4, whole).await;
        match round % 4 {
            0 => {
                let new = password(OTHER);
                tokens
                    .reset_password(reset.token.reveal(), &new)
                    .await
                    .map(drop)
            }
            1 => tokens.sign_in(link.token.reveal()).await.map(drop),
            2 => passwords.remove(ada.id).await.map(drop),
            _ => site.db.users().delete(ada.id).await.map(drop),
        }
        .expect("done");
        settled(tasks).await;
        assert_eq!(going_on(&site, ada.id).await, 0, "round {round}");
        if round % 4 != 3 {
            site.db.users().delete(ada.id).await.expect("a deletion");
        }
    }
}
