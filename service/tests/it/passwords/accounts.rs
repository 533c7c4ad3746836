//! Signing up and signing in.

use entity::{user_passwords, users};
use sea_orm::{EntityTrait, PaginatorTrait};
use service::secret::Hashing;
use service::{Error, NewUser};
use uuid::Uuid;

use super::site::{OTHER, RIGHT, Site, WRONG, email, on_a_site, password, sign_in};

on_a_site!(
    who_signs_up_signs_in,
    an_address_that_is_taken_makes_no_user_and_changes_no_password,
    a_password_that_is_not_accepted_reaches_no_database,
    what_is_stored_is_a_hash_of_the_recommended_cost,
    nothing_tells_whether_there_is_such_a_user,
    signing_in_is_as_many_statements_as_it_says,
    who_may_not_be_looked_at_now_is_not_counted,
);

const HOME: &str = "192.0.2.1";

async fn who_signs_up_signs_in(site: Site) {
    let ada = site.user("Ada@x.io").await;
    let bob = site.user("bob@x.io").await;
    assert!(site.db.passwords().is_set(ada.id).await.expect("a look-up"));
    for address in ["ada@x.io", "ADA@X.IO"] {
        let user = site.sign_in(address, RIGHT, HOME).await;
        assert_eq!(user.expect("the right password"), ada);
    }
    let user = site.sign_in("bob@x.io", RIGHT, "-").await;
    assert_eq!(user.expect("the right password"), bob);
    assert_ne!(site.hash(ada.id).await, site.hash(bob.id).await);
    // What is taken for the same as it is typed elsewhere.
    let full_width = RIGHT.replace("41", "４１");
    let user = site.sign_in("ada@x.io", &full_width, HOME).await;
    assert_eq!(user.expect("the right password"), ada);
    for wrong in [WRONG, "mauve otter sings 4", "mauve otter sings 41 "] {
        let refused = site.sign_in("ada@x.io", wrong, "-").await;
        assert!(
            matches!(refused, Err(Error::InvalidCredentials)),
            "{refused:?}"
        );
    }
}

async fn an_address_that_is_taken_makes_no_user_and_changes_no_password(site: Site) {
    let ada = site.user("ada@x.io").await;
    let before = site.hash(ada.id).await;
    let again = NewUser::new(email("ADA@x.io"));
    let taken = site.db.passwords().sign_up(again, &password(OTHER)).await;
    assert!(matches!(taken, Err(Error::Conflict { field }) if field == "email"));
    assert_eq!(users::Entity::find().count(&site.db).await, Ok(1));
    assert_eq!(user_passwords::Entity::find().count(&site.db).await, Ok(1));
    assert_eq!(site.hash(ada.id).await, before);
}

async fn a_password_that_is_not_accepted_reaches_no_database(site: Site) {
    let ada = site.user("ada@x.io").await;
    site.sent.take();
    let passwords = site.db.passwords();
    let refused = |result: Result<(), Error>| {
        assert!(
            matches!(&result, Err(Error::Invalid { field, .. }) if field == "password"),
            "{result:?}"
        );
    };
    let short = password("mauve otter 41");
    let new = NewUser::new(email("bob@x.io"));
    refused(passwords.sign_up(new, &short).await.map(drop));
    refused(passwords.check(&short, &[]));
    passwords
        .check(&password(RIGHT), &["ada@x.io"])
        .expect("accepted");
    assert_eq!(site.sent.take(), Vec::<String>::new());

    // What the user is called has to be read; nothing is written, and nothing is counted.
    refused(passwords.set(ada.id, &short).await);
    refused(
        passwords
            .change(ada.id, &password(WRONG), &short, None, None)
            .await
            .map(drop),
    );
    let sent = site.sent.take();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.iter().all(|sql| sql.starts_with("SELECT")), "{sent:?}");
    assert!(site.counts().await.is_empty());
}

async fn what_is_stored_is_a_hash_of_the_recommended_cost(site: Site) {
    let db = site
        .another(|config| config.hashing(Hashing::default()))
        .await;
    let new = NewUser::new(email("ada@x.io"));
    let ada = db.passwords().sign_up(new, &password(RIGHT)).await;
    let hash = site.hash(ada.expect("a user").id).await.expect("a hash");
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
}

async fn nothing_tells_whether_there_is_such_a_user(site: Site) {
    site.user("ada@x.io").await;
    let gone = site.user("gone@x.io").await;
    site.db.users().delete(gone.id).await.expect("a deletion");
    let bare = NewUser::new(email("bare@x.io"));
    site.db.users().create(bare).await.expect("a user");
    site.sent.take();
    let mut told = Vec::new();
    for address in ["ada@x.io", "gone@x.io", "bare@x.io", "nobody@x.io"] {
        let refused = site.sign_in(address, WRONG, HOME).await;
        assert!(
            matches!(refused, Err(Error::InvalidCredentials)),
            "{refused:?}"
        );
        told.push((refused.expect_err("refused").to_string(), site.sent.take()));
    }
    for other in &told[1..] {
        assert_eq!(told[0], *other);
    }
    for address in ["gone@x.io", "bare@x.io", "nobody@x.io"] {
        let refused = site.sign_in(address, RIGHT, HOME).await;
        assert!(
            matches!(refused, Err(Error::InvalidCredentials)),
            "{refused:?}"
        );
    }
    assert!(
        !site
            .db
            .passwords()
            .is_set(gone.id)
            .await
            .expect("a look-up")
    );
    assert!(
        !site
            .db
            .passwords()
            .is_set(Uuid::nil())
            .await
            .expect("a look-up")
    );
}

async fn signing_in_is_as_many_statements_as_it_says(site: Site) {
    migration::not_on_citus!(
        site.test,
        "the user and the hash are two statements there, and a session's user is looked at again"
    );
    site.user("ada@x.io").await;
    let sent = || site.sent.take();
    sent();
    site.sign_in("ada@x.io", WRONG, HOME)
        .await
        .expect_err("wrong");
    // The counts; BEGIN, counting, COMMIT; the user and the hash.
    assert_eq!(sent().len(), 5);
    site.sign_in("ada@x.io", RIGHT, HOME).await.expect("right");
    assert_eq!(sent().len(), 5 + 3, "the account, the source, both");
    site.sign_in("ada@x.io", RIGHT, HOME).await.expect("right");
    assert_eq!(sent().len(), 5 + 2, "a source that is known");
    site.sign_in("ada@x.io", RIGHT, "-").await.expect("right");
    assert_eq!(sent().len(), 5 + 1, "no source");
    for _ in 0..4 {
        site.sign_in("ada@x.io", WRONG, HOME)
            .await
            .expect_err("wrong");
        assert_eq!(sent().len(), 5);
    }
    site.sign_in("ada@x.io", WRONG, HOME)
        .await
        .expect_err("wrong");
    assert_eq!(sent().len(), 5 + 1, "a limit is reached");
    let refused = site.sign_in("ada@x.io", RIGHT, HOME).await;
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })));
    assert_eq!(sent().len(), 1, "too early");
}

/// As many as may are being hashed already.
async fn who_may_not_be_looked_at_now_is_not_counted(site: Site) {
    site.user("ada@x.io").await;
    let one = Hashing {
        concurrency: 1,
        queue: 0,
        ..super::site::quick()
    };
    let db = site
        .another(|config| config.hashing(one).max_connections(32))
        .await;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(
                async move { sign_in(&db, "ada@x.io", WRONG, &format!("192.0.2.{n}")).await },
            )
        })
        .collect();
    let (mut looked_at, mut busy) = (0, 0);
    for task in tasks {
        match task.await.expect("no panic") {
            Err(Error::InvalidCredentials) => looked_at += 1,
            Err(Error::Busy) => busy += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(
        busy > 0 && looked_at > 0,
        "{busy} busy, {looked_at} looked at"
    );
    assert_eq!(site.failures("account").await, looked_at);
    let rows = site.counts().await;
    let of_sources: i64 = rows
        .iter()
        .filter(|row| row.kind == "source")
        .map(|row| row.failures)
        .sum();
    assert_eq!(of_sources, looked_at);
}
