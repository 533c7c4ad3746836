//! Hashes made elsewhere, at another cost or with another pepper: they verify, and are replaced.

use service::secret::{Hashing, ImportedHash, Pepper};
use service::{Error, NewUser};
use uuid::Uuid;

use super::site::{OTHER, RIGHT, Site, WRONG, email, on_a_site, password, quick, sign_in};

on_a_site!(
    a_hash_of_another_cost_is_replaced,
    a_hash_that_cannot_be_replaced_keeps_nobody_out,
    replacing_a_hash_never_brings_back_a_former_password,
    what_was_imported_signs_in_and_is_replaced,
    a_new_pepper_is_brought_in_as_users_sign_in,
);

const HOME: &str = "192.0.2.1";

fn dearer() -> Hashing {
    Hashing {
        memory_kib: 9216,
        passes: 4,
        ..quick()
    }
}

async fn a_hash_of_another_cost_is_replaced(site: Site) {
    let ada = site.user("ada@x.io").await;
    let cheap = site.hash(ada.id).await.expect("a hash");
    assert!(cheap.contains("$m=7168,t=5,p=1$"), "{cheap}");
    let db = site.another(|config| config.hashing(dearer())).await;
    sign_in(&db, "ada@x.io", WRONG, HOME)
        .await
        .expect_err("wrong");
    assert_eq!(site.hash(ada.id).await, Some(cheap.clone()));
    let user = sign_in(&db, "ada@x.io", RIGHT, HOME).await;
    assert_eq!(user.expect("the right password"), ada);
    let replaced = site.hash(ada.id).await.expect("a hash");
    assert!(replaced.contains("$m=9216,t=4,p=1$"), "{replaced}");
    sign_in(&db, "ada@x.io", RIGHT, HOME)
        .await
        .expect("the right password");
    assert_eq!(site.hash(ada.id).await, Some(replaced));
}

async fn a_hash_that_cannot_be_replaced_keeps_nobody_out(site: Site) {
    let ada = site.user("ada@x.io").await;
    let stored = site.hash(ada.id).await;
    site.refuse_updates("user_passwords").await;
    let db = site.another(|config| config.hashing(dearer())).await;
    let user = sign_in(&db, "ada@x.io", RIGHT, HOME).await;
    assert_eq!(user.expect("the right password"), ada);
    assert_eq!(site.hash(ada.id).await, stored);
    // In a transaction too, which goes on.
    let user = db
        .transaction(async |db| {
            sign_in(db, "ada@x.io", RIGHT, HOME).await?;
            db.users().create(NewUser::new(email("bob@x.io"))).await
        })
        .await;
    user.expect("committed");
}

async fn replacing_a_hash_never_brings_back_a_former_password(site: Site) {
    let ada = site.user("ada@x.io").await;
    let db = site.another(|config| config.hashing(dearer())).await;
    for round in 0..4 {
        // Back to a cheap hash of the same password, which many replace while it is changed.
        let right = password(RIGHT);
        site.db.passwords().set(ada.id, &right).await.expect("set");
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let db = db.clone();
                let source = format!("192.0.2.{n}");
                tokio::spawn(async move { sign_in(&db, "ada@x.io", RIGHT, &source).await })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(10 * round)).await;
        db.passwords()
            .set(ada.id, &password(OTHER))
            .await
            .expect("set");
        for task in tasks {
            let done = task.await.expect("no panic");
            assert!(
                matches!(done, Ok(_) | Err(Error::InvalidCredentials)),
                "{done:?}"
            );
        }
        let user = sign_in(&db, "ada@x.io", OTHER, HOME).await;
        assert_eq!(user.expect("the last that was set"), ada);
        site.sign_in("ada@x.io", RIGHT, HOME)
            .await
            .expect_err("a former one");
    }
}

async fn what_was_imported_signs_in_and_is_replaced(site: Site) {
    let passwords = site.db.passwords();
    let cases = [
        // Openwall's crypt_blowfish, a published test vector.
        (
            "bcrypt@x.io",
            "U*U",
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        ),
        (
            "scrypt@x.io",
            RIGHT,
            "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$Tbpx1S9BAZpzW7s26Bp77DSVbyK4Q+zK2yedjnbxoJE",
        ),
        (
            "pbkdf2@x.io",
            RIGHT,
            "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$G1xGb4Kgov2yjFrT5Bdrd+X9T7KjH5qdKzA750oqqWU",
        ),
        (
            "django@x.io",
            RIGHT,
            "pbkdf2_sha256$1000$saltsalt$wCDScOJJ3cjslDz02zEjx4Sj3EHTttyV21r/nirCQcs=",
        ),
    ];
    for (address, text, hash) in cases {
        let hash: ImportedHash = hash.parse().expect("a hash");
        let user = site.db.users().create(NewUser::new(email(address))).await;
        let id = user.expect("a user").id;
        passwords.import(id, hash).await.expect("imported");
        assert!(passwords.is_set(id).await.expect("a look-up"));
        let stored = site.hash(id).await.expect("a hash");
        assert!(!stored.starts_with("$argon2id$"), "{stored}");
        site.sign_in(address, WRONG, HOME).await.expect_err("wrong");
        assert_eq!(site.hash(id).await, Some(stored));
        site.sign_in(address, text, HOME)
            .await
            .expect("the right password");
        let replaced = site.hash(id).await.expect("a hash");
        assert!(
            replaced.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"),
            "{replaced}"
        );
        site.sign_in(address, text, HOME)
            .await
            .expect("the right password");
        assert_eq!(site.hash(id).await, Some(replaced));
    }
    let hash: ImportedHash = cases[0].2.parse().expect("a hash");
    let nobody = passwords.import(Uuid::nil(), hash).await;
    assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
}

async fn a_new_pepper_is_brought_in_as_users_sign_in(site: Site) {
    let pepper = |id: &str, byte| Pepper::new(id, vec![byte; 32]).expect("a pepper");
    let ada = site.user("ada@x.io").await;
    let plain = site.hash(ada.id).await.expect("a hash");
    let first = site.another(|config| config.pepper(pepper("one", 1))).await;
    sign_in(&first, "ada@x.io", RIGHT, HOME)
        .await
        .expect("the right password");
    let one = site.hash(ada.id).await.expect("a hash");
    assert_ne!(plain, one);
    let second = site
        .another(|config| {
            config
                .pepper(pepper("two", 2))
                .former_pepper(pepper("one", 1))
        })
        .await;
    sign_in(&second, "ada@x.io", RIGHT, HOME)
        .await
        .expect("the right password");
    let two = site.hash(ada.id).await.expect("a hash");
    assert_ne!(one, two);
    // The first is not needed any more; without the second there is no way in.
    let last = site.another(|config| config.pepper(pepper("two", 2))).await;
    sign_in(&last, "ada@x.io", RIGHT, HOME)
        .await
        .expect("the right password");
    assert_eq!(site.hash(ada.id).await, Some(two));
    let without = sign_in(&site.db, "ada@x.io", RIGHT, HOME).await;
    assert!(
        matches!(without, Err(Error::InvalidCredentials)),
        "{without:?}"
    );
    let (current, new) = (password(RIGHT), password(OTHER));
    let changed = last
        .passwords()
        .change(ada.id, &current, &new, None, None)
        .await;
    changed.expect("changed");
}
