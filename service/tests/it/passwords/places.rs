//! Who guesses from where: a stranger does not keep the owner out.

use super::site::{Guess, RIGHT, Site, on_a_site};

on_a_site!(
    a_stranger_at_one_place_never_holds_up_the_owner_at_another,
    many_places_hold_up_the_account_but_not_where_its_owner_is_known,
    a_place_is_known_for_a_time,
    many_accounts_tried_from_one_place_hold_up_the_place,
    an_ipv6_network_is_one_place,
    an_address_written_in_two_ways_is_one_place,
    without_a_source_the_account_alone_counts,
);

const ADA: &str = "ada@x.io";
const HOME: &str = "192.0.2.1";

/// Guesses until the account is held up; each from a place of its own. How many it took.
async fn from_many_places(site: &Site, address: &str) -> usize {
    for n in 0..60 {
        if site.guess(address, &format!("198.51.100.{n}")).await != Guess::LookedAt {
            return n;
        }
    }
    panic!("never held up");
}

async fn a_stranger_at_one_place_never_holds_up_the_owner_at_another(site: Site) {
    let ada = site.user(ADA).await;
    let (mut looked_at, mut refused) = (0, 0);
    for n in 0..100 {
        match site.guess(ADA, "203.0.113.66").await {
            Guess::LookedAt => looked_at += 1,
            Guess::Refused(millis) => {
                refused += 1;
                // Patient: the waits are sat out.
                site.pass_millis(millis + 1);
            }
        }
        if n % 10 == 9 {
            // At a place that nobody knows, each time another one.
            let user = site.sign_in(ADA, RIGHT, &format!("192.0.2.{n}")).await;
            assert_eq!(user.expect("the right password"), ada);
        }
    }
    assert!(
        looked_at > 40 && refused > 40,
        "{looked_at} looked at, {refused} refused"
    );
    // What is free at one place is all that counts against the account.
    assert!(site.failures("account").await <= 5);
}

async fn many_places_hold_up_the_account_but_not_where_its_owner_is_known(site: Site) {
    let ada = site.user(ADA).await;
    site.sign_in(ADA, RIGHT, HOME)
        .await
        .expect("the right password");
    assert_eq!(from_many_places(&site, ADA).await, 50);
    // The owner at home, any number of times; others at home are not the owner.
    for _ in 0..3 {
        let user = site.sign_in(ADA, RIGHT, HOME).await;
        assert_eq!(user.expect("the right password"), ada);
    }
    let elsewhere = site.sign_in(ADA, RIGHT, "203.0.113.1").await;
    elsewhere.expect_err("the account is held up");
    // Other accounts are not, from nowhere.
    let bob = site.user("bob@x.io").await;
    let user = site.sign_in("bob@x.io", RIGHT, "198.51.100.1").await;
    assert_eq!(user.expect("the right password"), bob);
    // A minute is the longest.
    let mut longest = 0;
    for n in 0..10 {
        if let Guess::Refused(millis) = site.guess(ADA, &format!("203.0.113.{n}")).await {
            longest = longest.max(millis);
            site.pass_millis(millis + 1);
        }
        assert_eq!(
            site.guess(ADA, &format!("203.0.113.{n}")).await,
            Guess::LookedAt
        );
    }
    assert_eq!(longest, 60_000);
    site.pass(60);
    let user = site.sign_in(ADA, RIGHT, "203.0.113.99").await;
    assert_eq!(user.expect("the right password"), ada);
}

async fn a_place_is_known_for_a_time(site: Site) {
    site.user(ADA).await;
    site.sign_in(ADA, RIGHT, HOME)
        .await
        .expect("the right password");
    site.pass(30 * 24 * 3600 - 10);
    from_many_places(&site, ADA).await;
    assert_eq!(site.guess(ADA, HOME).await, Guess::LookedAt);
    site.pass(9);
    // A wait of one second is over: the 51st attempt.
    assert_eq!(site.guess(ADA, "203.0.113.1").await, Guess::LookedAt);
    site.pass(1);
    assert!(
        matches!(site.guess(ADA, HOME).await, Guess::Refused(_)),
        "known no longer"
    );
}

async fn many_accounts_tried_from_one_place_hold_up_the_place(site: Site) {
    site.user(ADA).await;
    for n in 0..50 {
        assert_eq!(
            site.guess(&format!("user{n}@x.io"), HOME).await,
            Guess::LookedAt
        );
    }
    assert_eq!(site.guess("user50@x.io", HOME).await, Guess::Refused(1000));
    site.sign_in(ADA, RIGHT, HOME).await.expect_err("held up");
    let user = site.sign_in(ADA, RIGHT, "192.0.2.2").await;
    user.expect("another place is not");
    site.pass(1);
    site.sign_in(ADA, RIGHT, HOME).await.expect("over");
    site.sign_in(ADA, RIGHT, HOME)
        .await
        .expect("and not begun again");
    assert_eq!(site.guess("user50@x.io", HOME).await, Guess::LookedAt);
    assert_eq!(site.guess("user51@x.io", HOME).await, Guess::Refused(2000));
}

async fn an_ipv6_network_is_one_place(site: Site) {
    for n in 0..5 {
        let guess = site
            .guess(ADA, &format!("2001:db8:1:2:{n}:{n}:{n}:{n}"))
            .await;
        assert_eq!(guess, Guess::LookedAt);
    }
    assert_eq!(
        site.guess(ADA, "2001:db8:1:2:ffff::1").await,
        Guess::Refused(1000)
    );
    assert_eq!(site.guess(ADA, "2001:db8:1:3::1").await, Guess::LookedAt);
}

async fn an_address_written_in_two_ways_is_one_place(site: Site) {
    for n in 0..5 {
        let source = if n % 2 == 0 { HOME } else { "::ffff:192.0.2.1" };
        assert_eq!(site.guess(ADA, source).await, Guess::LookedAt);
    }
    for source in [HOME, "::ffff:192.0.2.1"] {
        assert!(matches!(
            site.guess("ADA@X.IO", source).await,
            Guess::Refused(_)
        ));
    }
    assert_eq!(site.guess(ADA, "::ffff:192.0.2.2").await, Guess::LookedAt);
}

async fn without_a_source_the_account_alone_counts(site: Site) {
    let ada = site.user(ADA).await;
    for n in 0..50 {
        assert_eq!(site.guess(ADA, "-").await, Guess::LookedAt, "{n}");
    }
    assert_eq!(site.guess(ADA, "-").await, Guess::Refused(1000));
    site.sign_in(ADA, RIGHT, HOME)
        .await
        .expect_err("the account is held up");
    let kinds: Vec<_> = site
        .counts()
        .await
        .into_iter()
        .map(|row| row.kind)
        .collect();
    assert_eq!(kinds, ["account"]);
    site.pass(1);
    let user = site.sign_in(ADA, RIGHT, "-").await;
    assert_eq!(user.expect("the right password"), ada);
    assert_eq!(site.failures("account").await, 49 + 1);
}
