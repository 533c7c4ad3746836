//! Hashes that other implementations made: the reference implementation of Argon2, libxcrypt, `OpenSSL` (by Python's
//! hashlib), and jBCrypt's own vectors; in Django's forms as its `encode` writes them.

use super::{PHRASE, hasher, verify};
use crate::secret::ImportedHash;
use crate::secret::hasher::Verdict;

pub(super) const ARGON2ID: &str = "$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA$GnLAAKz8yyOZ33lGS/IG2/EQTUwrJXM9iA+bhjzzZy4";
pub(super) const ARGON2I: &str = "$argon2i$v=19$m=1024,t=2,p=2$c2FsdHNhbHRzYWx0c2FsdA$75+vKp6hWhdeiQfq0S31+O+Zfdgu25hZm2d4cO8f/Yw";
pub(super) const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";
pub(super) const SCRYPT: &str =
    "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$bHXojks4sm1uMH4CDw9EcLZ/muyLxbYYc9xGzvNAnuQ";
pub(super) const PBKDF2: &str =
    "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8";

/// Each is a hash of `PHRASE`.
const ALL: &[&str] = &[
    ARGON2I,
    "$argon2d$v=16$m=1024,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$yEY7P0+gjoA2rN2PzcDRA32Eg6QnmEonBBHlZAXrnc4",
    // The first version of Argon2 did not say which it was.
    "$argon2i$m=1024,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$5swYc1+45Y5R97JBtaEcsgkTxBtFC4uCW002Gy6sHXk",
    "argon2$argon2id$v=19$m=1024,t=2,p=8$R2thUkdpSGtRTXZWWnFab1RxU2tRTA$dTA7eDj1090/QjQhQaBxDpeqZMfqWj0nAOxacprNM4w",
    BCRYPT,
    "$2a$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
    "$2y$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuaBT8mpw5tGdD3eO40znWcQP/dT9hEVK",
    SCRYPT,
    "scrypt$1024$GkaRGiHkQMvVZqZoTqSkQL$8$5$C0oA1RgnenMQf9YnEM3TwzWGq7PuAWQa0NR95rbCVMAYUitXmlYiAn1+mEIiJpsyOV3tgCgHsIud2sE5SV44IA==",
    PBKDF2,
    "$pbkdf2-sha512$i=1000,l=64$c2FsdHNhbHRzYWx0c2FsdA$ORxvnPF08mmTltUf/WSLS8FZ3yYanqBrD+km4rpMr07F2ze7/s1VLAjm+ry9RrSLc7aA5i7XxlkTGvDGO5vcpw",
    "$pbkdf2-sha1$i=1000$c2FsdHNhbHRzYWx0c2FsdA$XfAg5IAz304UvYgmglt9ZXw8wLc",
    "pbkdf2_sha256$1000$GkaRGiHkQMvVZqZoTqSkQL$xlDlgNEyS8IiaRPm7wC7wF7jjJnbUsX8KyN4HUXo7YU=",
    "pbkdf2_sha1$1000$GkaRGiHkQMvVZqZoTqSkQL$qK2m2IpYZuvK0yKKQKJPKBrXBEQ=",
];

fn stored(text: &str) -> String {
    text.parse::<ImportedHash>().unwrap().into()
}

#[tokio::test]
async fn each_knows_its_password_and_no_other() {
    let hasher = hasher();
    assert_eq!(
        verify(&hasher, PHRASE, &stored(ARGON2ID)).await,
        Verdict::Right,
        "as it is made here"
    );
    for text in ALL {
        let stored = stored(text);
        assert_eq!(
            verify(&hasher, PHRASE, &stored).await,
            Verdict::Outdated,
            "{text}"
        );
        assert_eq!(
            verify(&hasher, "Correct horse", &stored).await,
            Verdict::Wrong,
            "{text}"
        );
    }
}

#[tokio::test]
async fn bcrypt_sees_72_bytes_as_it_did_where_it_was_made() {
    let hasher = hasher();
    let digits = "$2b$04$abcdefghijklmnopqrstuum2G75IXDN/xsgbNa/hCiPSKyIHQd70S";
    let first = "0123456789".repeat(8);
    assert_eq!(verify(&hasher, &first, digits).await, Verdict::Outdated);
    assert_eq!(
        verify(&hasher, &first[..72], digits).await,
        Verdict::Outdated
    );
    assert_eq!(verify(&hasher, &first[..71], digits).await, Verdict::Wrong);
    let accents = "$2b$04$abcdefghijklmnopqrstuumvxv9Ex3lkj7VglocKmMQsM6RtXxZum";
    let password = "é".repeat(35) + "x";
    assert_eq!(verify(&hasher, &password, accents).await, Verdict::Outdated);
    assert_eq!(
        verify(&hasher, &(password + "y"), accents).await,
        Verdict::Wrong
    );
    for (password, stored) in [
        (
            "a",
            "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
        ),
        (
            "abc",
            "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        ),
    ] {
        assert_eq!(verify(&hasher, password, stored).await, Verdict::Outdated);
    }
}

#[tokio::test]
async fn passwords_are_tried_as_typed_and_in_the_normal_form() {
    let hasher = hasher();
    let composed = "caf\u{e9} au lait, s'il vous plait";
    let decomposed = "cafe\u{301} au lait, s'il vous plait";
    let of_composed = "$2b$04$abcdefghijklmnopqrstuuzOytHMnSNiWXmuy4XNQp5d.dGhCJvKO";
    let of_decomposed = "$2b$04$abcdefghijklmnopqrstuummBQ12EK7NW.9R52LiQHpppsHMLUUUG";
    for (typed, stored, verdict) in [
        (composed, of_composed, Verdict::Outdated),
        (decomposed, of_composed, Verdict::Outdated),
        (decomposed, of_decomposed, Verdict::Outdated),
        (composed, of_decomposed, Verdict::Wrong),
    ] {
        assert_eq!(verify(&hasher, typed, stored).await, verdict, "{typed:?}");
    }
}

#[test]
fn what_is_stored_reads_back_as_itself() {
    for text in ALL.iter().chain(&[ARGON2ID]) {
        let stored = stored(text);
        assert_eq!(self::stored(&stored), stored, "{text}");
        assert!(stored.starts_with('$') || stored.starts_with("bcrypt_sha256$$2b$"));
    }
    let django =
        "pbkdf2_sha256$1000$GkaRGiHkQMvVZqZoTqSkQL$xlDlgNEyS8IiaRPm7wC7wF7jjJnbUsX8KyN4HUXo7YU=";
    let phc = "$pbkdf2-sha256$i=1000,l=32$R2thUkdpSGtRTXZWWnFab1RxU2tRTA$xlDlgNEyS8IiaRPm7wC7wF7jjJnbUsX8KyN4HUXo7YU";
    assert_eq!(stored(django), phc);
}
