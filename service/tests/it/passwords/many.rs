//! Many at once are no way round a limit.

use std::sync::Arc;

use service::Error;
use tokio::sync::Barrier;

use super::site::{Guess, RIGHT, Site, WRONG, guess, on_a_site, sign_in};

on_a_site!(
    of_a_hundred_guesses_at_once_no_more_than_are_free_are_looked_at,
    of_a_hundred_guesses_at_once_without_a_source_the_same,
    of_a_hundred_accounts_tried_at_once_the_same,
    two_processes_count_together,
    giving_up_half_way_is_an_attempt,
    attempts_of_all_kinds_at_once_wait_for_each_other_in_no_circle,
);

/// A hundred tasks that start together, on two pools; how many of the guesses were looked at.
async fn looked_at(site: &Site, account: impl Fn(usize) -> String, source: &'static str) -> usize {
    let other = site.another(|config| config).await;
    let start = Arc::new(Barrier::new(100));
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let db = if n % 2 == 0 {
                site.db.clone()
            } else {
                other.clone()
            };
            let (account, start) = (account(n), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                guess(&db, &account, source).await
            })
        })
        .collect();
    let mut looked_at = 0;
    for task in tasks {
        if task.await.expect("no panic") == Guess::LookedAt {
            looked_at += 1;
        }
    }
    looked_at
}

async fn of_a_hundred_guesses_at_once_no_more_than_are_free_are_looked_at(site: Site) {
    site.user("ada@x.io").await;
    let looked_at = looked_at(&site, |_| "ada@x.io".into(), "192.0.2.1").await;
    assert_eq!(looked_at, 5);
    for kind in ["account_source", "source", "account"] {
        assert_eq!(
            site.failures(kind).await,
            5,
            "{kind}: those refused are not counted"
        );
    }
}

async fn of_a_hundred_guesses_at_once_without_a_source_the_same(site: Site) {
    site.user("ada@x.io").await;
    assert_eq!(looked_at(&site, |_| "ada@x.io".into(), "-").await, 50);
    assert_eq!(site.failures("account").await, 50);
}

async fn of_a_hundred_accounts_tried_at_once_the_same(site: Site) {
    let looked_at = looked_at(&site, |n| format!("user{n}@x.io"), "192.0.2.1").await;
    assert_eq!(looked_at, 50);
    assert_eq!(site.failures("source").await, 50);
    let rows = site.counts().await;
    assert_eq!(
        rows.len(),
        101,
        "nothing is left of those that were refused"
    );
}

async fn two_processes_count_together(site: Site) {
    let other = site.another(|config| config).await;
    for db in [&site.db, &other, &site.db, &other, &site.db] {
        assert_eq!(guess(db, "ada@x.io", "192.0.2.1").await, Guess::LookedAt);
    }
    for db in [&site.db, &other] {
        assert!(matches!(
            guess(db, "ada@x.io", "192.0.2.1").await,
            Guess::Refused(_)
        ));
    }
}

async fn giving_up_half_way_is_an_attempt(site: Site) {
    site.user("ada@x.io").await;
    for n in 1..=5 {
        let db = site.db.clone();
        let attempt =
            tokio::spawn(async move { sign_in(&db, "ada@x.io", WRONG, "192.0.2.1").await });
        // Counted, and the password perhaps not looked at yet.
        while site.counts().await.iter().map(|row| row.failures).max() != Some(n) {
            tokio::task::yield_now().await;
        }
        attempt.abort();
        // Whatever became of it.
        let _ = attempt.await;
    }
    assert_eq!(
        site.guess("ada@x.io", "192.0.2.1").await,
        Guess::Refused(1000)
    );
}

async fn attempts_of_all_kinds_at_once_wait_for_each_other_in_no_circle(site: Site) {
    for n in 0..4 {
        site.user(&format!("user{n}@x.io")).await;
    }
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let db = site.db.clone();
            tokio::spawn(async move {
                if n % 25 == 24 {
                    return db.passwords().purge_throttles(100).await.map(drop);
                }
                let account = format!("user{}@x.io", n % 4);
                let source = format!("192.0.2.{}", n % 3);
                let text = if n % 2 == 0 { RIGHT } else { WRONG };
                match sign_in(&db, &account, text, &source).await {
                    Err(Error::InvalidCredentials | Error::TooManyAttempts { .. }) => Ok(()),
                    other => other.map(drop),
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("no deadlock");
    }
}
