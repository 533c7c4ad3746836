//! Which passwords are right, at which cost, and what it takes to find the others wrong.

mod elsewhere;
mod peppers;

use super::{Hasher, Verdict};
use crate::random::Random;
use crate::secret::scheme::COMPUTED;
use crate::secret::{Hashing, Password, Peppers};

/// The least that is allowed.
const CHEAP: Hashing = Hashing {
    memory_kib: 7168,
    passes: 5,
    lanes: 1,
    concurrency: 2,
    queue: 100,
};

const PHRASE: &str = "correct horse battery staple";

fn with(peppers: Peppers) -> Hasher {
    Hasher::new(CHEAP, peppers, Random::seeded(7))
}

fn hasher() -> Hasher {
    with(Peppers::default())
}

fn password(text: &str) -> Password {
    text.parse().unwrap()
}

async fn hash(hasher: &Hasher, text: &str) -> String {
    hasher.hash(&password(text)).await.unwrap().into()
}

async fn verify(hasher: &Hasher, text: &str, stored: &str) -> Verdict {
    hasher
        .verify(&password(text), Some(stored.to_owned()))
        .await
        .unwrap()
}

/// How many Argon2 hashes it takes to judge.
fn work(hasher: &Hasher, text: &str, stored: Option<&str>) -> (Verdict, u32) {
    COMPUTED.set(0);
    let verdict = hasher.0.judge(&password(text), stored).unwrap();
    (verdict, COMPUTED.get())
}

#[tokio::test]
async fn a_hash_says_how_it_was_made_and_each_has_a_salt_of_its_own() {
    let hasher = hasher();
    let first = hash(&hasher, PHRASE).await;
    let second = hash(&hasher, PHRASE).await;
    let fields: Vec<_> = first.split('$').collect();
    assert_eq!(fields[..4], ["", "argon2id", "v=19", "m=7168,t=5,p=1"]);
    assert_eq!(
        (fields[4].len(), fields[5].len(), fields.len()),
        (22, 43, 6),
        "16 and 32 bytes"
    );
    assert_ne!(first, second);
    assert_eq!(verify(&hasher, PHRASE, &first).await, Verdict::Right);
    assert_eq!(verify(&hasher, PHRASE, &second).await, Verdict::Right);
    assert_eq!(
        verify(&hasher, "Correct horse battery staple", &first).await,
        Verdict::Wrong
    );
}

#[tokio::test]
async fn spellings_of_one_text_are_one_password() {
    let hasher = hasher();
    let stored = hash(&hasher, "Caf\u{e9} au lait, ﬁn 1/2").await;
    for spelling in [
        "Cafe\u{301} au lait, fin 1/2",
        "Ｃａｆé au lait,\u{a0}ﬁn １/2",
    ] {
        assert_eq!(
            verify(&hasher, spelling, &stored).await,
            Verdict::Right,
            "{spelling}"
        );
    }
    for other in [
        "Cafe au lait, fin 1/2",
        "café au lait, fin 1/2",
        "Café au lait, fin 1/2 ",
    ] {
        assert_eq!(
            verify(&hasher, other, &stored).await,
            Verdict::Wrong,
            "{other}"
        );
    }
}

#[tokio::test]
async fn long_passwords_count_to_their_last_character() {
    let hasher = hasher();
    for length in [64, 73, 1024] {
        let all = " x".repeat(length / 2) + &"y".repeat(length % 2);
        let stored = hash(&hasher, &all).await;
        assert_eq!(verify(&hasher, &all, &stored).await, Verdict::Right);
        let other = format!("{}z", &all[..length - 1]);
        assert_eq!(
            verify(&hasher, &other, &stored).await,
            Verdict::Wrong,
            "{length}"
        );
    }
}

#[tokio::test]
async fn a_hash_of_another_cost_is_right_and_outdated() {
    let dearer = Hashing { passes: 6, ..CHEAP };
    let stored = hash(
        &Hasher::new(dearer, Peppers::default(), Random::seeded(1)),
        PHRASE,
    )
    .await;
    assert_eq!(verify(&hasher(), PHRASE, &stored).await, Verdict::Outdated);
    let two_lanes = Hashing { lanes: 2, ..CHEAP };
    let stored = hash(
        &Hasher::new(two_lanes, Peppers::default(), Random::seeded(1)),
        PHRASE,
    )
    .await;
    assert_eq!(verify(&hasher(), PHRASE, &stored).await, Verdict::Outdated);
    assert_eq!(verify(&hasher(), "wrong", &stored).await, Verdict::Wrong);
}

#[test]
fn no_wrong_password_is_found_faster_than_a_user_who_does_not_exist() {
    let hasher = hasher();
    let ours = elsewhere::ARGON2ID;
    assert_eq!(work(&hasher, PHRASE, Some(ours)), (Verdict::Right, 1));
    assert_eq!(work(&hasher, "wrong", None), (Verdict::Wrong, 1));
    assert_eq!(work(&hasher, "wrong", Some(ours)), (Verdict::Wrong, 1));
    let keyed = ours.replace("p=1", "p=1,keyid=azE");
    for stored in [
        &keyed,
        elsewhere::BCRYPT,
        elsewhere::SCRYPT,
        elsewhere::PBKDF2,
        "",
        "plain text",
    ] {
        assert_eq!(
            work(&hasher, "wrong", Some(stored)),
            (Verdict::Wrong, 1),
            "{stored}"
        );
    }
    // Two forms take twice the work, whoever it is.
    assert_eq!(work(&hasher, "wro\u{301}ng", None), (Verdict::Wrong, 2));
    assert_eq!(
        work(&hasher, "wro\u{301}ng", Some(ours)),
        (Verdict::Wrong, 2)
    );
    assert_eq!(
        work(&hasher, "wro\u{301}ng", Some(elsewhere::BCRYPT)),
        (Verdict::Wrong, 2)
    );
    // One of another cost, and the one of today.
    assert_eq!(
        work(&hasher, "wrong", Some(elsewhere::ARGON2I)),
        (Verdict::Wrong, 2)
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_nobodys_password() {
    let hasher = hasher();
    for stored in [
        "",
        PHRASE,
        "$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA",
        // Costs that would stall the server.
        "$argon2id$v=19$m=4294967295,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA$GnLAAKz8yyOZ33lGS/IG2/EQTUwrJXM9iA+bhjzzZy4",
        "$scrypt$ln=31,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$bHXojks4sm1uMH4CDw9EcLZ/muyLxbYYc9xGzvNAnuQ",
    ] {
        assert_eq!(
            verify(&hasher, PHRASE, stored).await,
            Verdict::Wrong,
            "{stored}"
        );
    }
    assert_eq!(
        hasher.verify(&password(PHRASE), None).await.unwrap(),
        Verdict::Wrong
    );
}

#[tokio::test]
async fn nothing_is_shown() {
    let hasher = with(peppers::peppers(Some("k1"), &[]));
    let hash = hasher.hash(&password(PHRASE)).await.unwrap();
    assert_eq!(
        format!("{hash:?} {hash:#?}"),
        "PasswordHash(…) PasswordHash(…)"
    );
    assert_eq!(format!("{hasher:?} {hasher:#?}"), "Hasher(…) Hasher(…)");
}

#[tokio::test]
async fn a_full_queue_is_busy_at_once() {
    let narrow = Hashing {
        concurrency: 1,
        queue: 0,
        ..CHEAP
    };
    let hasher = Hasher::new(narrow, Peppers::default(), Random::seeded(1));
    let word = password(PHRASE);
    let (first, second) = tokio::join!(hasher.hash(&word), hasher.verify(&word, None));
    assert!(first.is_ok());
    assert!(matches!(second, Err(crate::Error::Busy)));
}
