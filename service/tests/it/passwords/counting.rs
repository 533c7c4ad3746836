//! One who guesses at one account from one place: ever longer waits.

use service::{Error, Limit, Throttling};
use std::time::Duration;

use super::site::{Guess, RIGHT, Site, guess, on_a_site};

on_a_site!(
    waits_double_and_are_told,
    a_right_password_has_to_wait_too,
    waits_grow_no_longer_than_the_longest,
    what_is_counted_outlives_the_process,
    a_success_clears_the_count,
    a_success_does_not_count_against_the_source,
    a_success_lifts_the_block_that_it_made_itself,
    attempts_are_forgotten_after_a_time,
    attempts_at_a_known_place_are_forgotten_after_that_time_too,
    addresses_that_nobody_has_are_counted_alike,
    an_administrator_lifts_a_block,
);

const ADA: &str = "ada@x.io";
const HOME: &str = "192.0.2.1";

/// Uses up what is free: five attempts.
async fn use_up(site: &Site, address: &str, source: &str) {
    for _ in 0..5 {
        assert_eq!(site.guess(address, source).await, Guess::LookedAt);
    }
}

async fn waits_double_and_are_told(site: Site) {
    site.user(ADA).await;
    use_up(&site, ADA, HOME).await;
    for wait in [1, 2, 4, 8, 16] {
        let Guess::Refused(millis) = site.guess(ADA, HOME).await else {
            panic!("{wait} s are not over");
        };
        assert_eq!(millis, wait * 1000);
        // Not counted: asking again does not make it longer.
        let refused = site.sign_in(ADA, RIGHT, HOME).await.expect_err("refused");
        assert_eq!(
            refused.to_string(),
            format!("too many attempts: try again in {wait} s")
        );
        site.pass_millis(millis - 10);
        assert!(matches!(
            site.guess(ADA, HOME).await,
            Guess::Refused(1..=11)
        ));
        site.pass_millis(12);
        assert_eq!(
            site.guess(ADA, HOME).await,
            Guess::LookedAt,
            "after {wait} s"
        );
    }
}

async fn a_right_password_has_to_wait_too(site: Site) {
    let ada = site.user(ADA).await;
    use_up(&site, ADA, HOME).await;
    site.sent.take();
    let refused = site.sign_in(ADA, RIGHT, HOME).await;
    assert!(
        matches!(refused, Err(Error::TooManyAttempts { .. })),
        "{refused:?}"
    );
    let sent = site.sent.take();
    assert!(
        sent.len() == 1 && !sent[0].contains("user_passwords"),
        "{sent:?}"
    );
    site.pass(1);
    let user = site.sign_in(ADA, RIGHT, HOME).await;
    assert_eq!(user.expect("the right password"), ada);
}

async fn waits_grow_no_longer_than_the_longest(site: Site) {
    for _ in 0..5 {
        guess(&site.db, ADA, HOME).await;
    }
    let mut waits = Vec::new();
    for _ in 0..13 {
        let Guess::Refused(millis) = site.guess(ADA, HOME).await else {
            panic!("refused");
        };
        waits.push(millis / 1000);
        site.pass_millis(millis + 1);
        assert_eq!(site.guess(ADA, HOME).await, Guess::LookedAt);
    }
    assert_eq!(
        waits,
        [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    );
}

async fn what_is_counted_outlives_the_process(site: Site) {
    site.user(ADA).await;
    for round in 0..5 {
        let db = site.another(|config| config).await;
        assert_eq!(guess(&db, ADA, HOME).await, Guess::LookedAt, "{round}");
        db.close().await.expect("closed");
    }
    let db = site.another(|config| config).await;
    assert!(matches!(guess(&db, ADA, HOME).await, Guess::Refused(_)));
    assert!(matches!(site.guess(ADA, HOME).await, Guess::Refused(_)));
}

async fn a_success_clears_the_count(site: Site) {
    site.user(ADA).await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(site.guess(ADA, HOME).await, Guess::LookedAt);
        }
        site.sign_in(ADA, RIGHT, HOME)
            .await
            .expect("the right password");
        assert_eq!(site.failures("account_source").await, 0);
    }
    // On the source those stay that failed.
    assert_eq!(site.failures("source").await, 12);
    // On the account those before the place was known.
    assert_eq!(site.failures("account").await, 4);
}

async fn a_success_does_not_count_against_the_source(site: Site) {
    for n in 0..3 {
        site.user(&format!("user{n}@x.io")).await;
    }
    for n in 0..60 {
        let user = site
            .sign_in(&format!("user{}@x.io", n % 3), RIGHT, HOME)
            .await;
        user.expect("the right password");
    }
    assert_eq!(site.failures("source").await, 0);
    let user = site.sign_in("user0@x.io", RIGHT, "-").await;
    user.expect("the right password");
}

/// With one free attempt each is the last that is free.
async fn a_success_lifts_the_block_that_it_made_itself(site: Site) {
    site.user(ADA).await;
    let limit = |free| Limit {
        free,
        first_wait: Duration::from_secs(10),
        longest_wait: Duration::from_secs(100),
        forgotten_after: Duration::from_secs(1000),
    };
    let throttling = Throttling {
        account_source: limit(1),
        source: limit(2),
        account: limit(1),
        trust: Duration::ZERO,
    };
    let db = site.another(|config| config.throttling(throttling)).await;
    for _ in 0..3 {
        super::site::sign_in(&db, ADA, RIGHT, HOME)
            .await
            .expect("the right password");
    }
    for wait in [10_000, 20_000] {
        assert_eq!(guess(&db, "bob@x.io", HOME).await, Guess::LookedAt);
        let Guess::Refused(millis) = guess(&db, "bob@x.io", HOME).await else {
            panic!("refused");
        };
        assert_eq!(millis, wait);
        site.pass_millis(wait + 1);
    }
    // The source has made two that failed: it is held up, but not by those that succeed.
    for _ in 0..3 {
        super::site::sign_in(&db, ADA, RIGHT, HOME)
            .await
            .expect("the right password");
    }
    assert_eq!(site.failures("source").await, 2);
    // Nor do those keep it from being forgotten.
    for _ in 0..9 {
        site.pass(150);
        super::site::sign_in(&db, ADA, RIGHT, HOME)
            .await
            .expect("the right password");
    }
    assert_eq!(guess(&db, "carol@x.io", HOME).await, Guess::LookedAt);
    assert_eq!(site.failures("source").await, 1);
}

async fn attempts_are_forgotten_after_a_time(site: Site) {
    use_up(&site, ADA, HOME).await;
    site.pass(24 * 3600 - 1);
    assert_eq!(site.guess(ADA, HOME).await, Guess::LookedAt);
    assert_eq!(site.guess(ADA, HOME).await, Guess::Refused(2000));
    // The source's are forgotten after an hour.
    assert_eq!(site.failures("source").await, 1);
    site.pass(24 * 3600);
    use_up(&site, ADA, HOME).await;
    assert_eq!(site.guess(ADA, HOME).await, Guess::Refused(1000));
}

async fn attempts_at_a_known_place_are_forgotten_after_that_time_too(site: Site) {
    site.user(ADA).await;
    site.sign_in(ADA, RIGHT, HOME)
        .await
        .expect("the right password");
    use_up(&site, ADA, HOME).await;
    site.pass(24 * 3600);
    use_up(&site, ADA, HOME).await;
    assert_eq!(site.guess(ADA, HOME).await, Guess::Refused(1000));
}

async fn addresses_that_nobody_has_are_counted_alike(site: Site) {
    site.user(ADA).await;
    let gone = site.user("gone@x.io").await;
    site.db.users().delete(gone.id).await.expect("a deletion");
    let mut told = Vec::new();
    for (n, address) in [ADA, "gone@x.io", "nobody@x.io"].into_iter().enumerate() {
        let mut course = Vec::new();
        for _ in 0..12 {
            course.push(site.guess(address, &format!("192.0.2.{n}")).await);
            site.pass_millis(1100);
        }
        told.push(
            course
                .into_iter()
                .map(|guess| match guess {
                    Guess::LookedAt => 0,
                    Guess::Refused(millis) => millis.div_ceil(100),
                })
                .collect::<Vec<_>>(),
        );
    }
    assert!(told[0].contains(&0) && told[0].iter().any(|wait| *wait > 0));
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

async fn an_administrator_lifts_a_block(site: Site) {
    let ada = site.user(ADA).await;
    let (passwords, address) = (site.db.passwords(), super::site::email(ADA));
    assert!(!passwords.unblock(&address, None).await.expect("as it is"));
    use_up(&site, ADA, HOME).await;
    for n in 0..45 {
        assert_eq!(
            site.guess(ADA, &format!("198.51.100.{n}")).await,
            Guess::LookedAt
        );
    }
    assert!(matches!(
        site.guess(ADA, "203.0.113.1").await,
        Guess::Refused(_)
    ));
    assert!(passwords.unblock(&address, None).await.expect("lifted"));
    let user = site.sign_in(ADA, RIGHT, "203.0.113.1").await;
    assert_eq!(user.expect("the right password"), ada);
    // From where it was tried too often, the place must be named.
    assert!(matches!(site.guess(ADA, HOME).await, Guess::Refused(_)));
    assert!(
        passwords
            .unblock(&address, HOME.parse().ok())
            .await
            .expect("lifted")
    );
    let user = site.sign_in(ADA, RIGHT, HOME).await;
    assert_eq!(user.expect("the right password"), ada);
    assert!(
        !passwords
            .unblock(&address, HOME.parse().ok())
            .await
            .expect("as it is")
    );
}
