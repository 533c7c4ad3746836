//! Which hashes are taken over from elsewhere.

use proptest::prelude::*;
use service::Error;
use service::secret::ImportedHash;

const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
const HASH: &str = "31ltvuXrbs8POP2F4tw9851NSNQCQpm0sCwu2eEvId8";
const BCRYPT: &str = "abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";

fn reason(text: &str) -> Option<String> {
    match text.parse::<ImportedHash>() {
        Ok(_) => None,
        Err(Error::Invalid { field, reason }) => {
            assert_eq!(field, "password_hash");
            assert!(!reason.contains(HASH) && !reason.contains(BCRYPT));
            Some(reason)
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn costs_within_bounds_are_accepted() {
    for text in [
        format!("$2a$10${BCRYPT}"),
        format!("$2b$16${BCRYPT}"),
        format!("$2y$04${BCRYPT}"),
        format!("bcrypt$$2b$12${BCRYPT}"),
        format!("bcrypt_sha256$$2b$12${BCRYPT}"),
        format!("$argon2id$v=19$m=262144,t=16,p=16${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4,keyid=azE${SALT}${HASH}"),
        format!("argon2$argon2i$v=19$m=102400,t=2,p=8${SALT}${HASH}"),
        format!("$scrypt$ln=17,r=8,p=1${SALT}${HASH}"),
        format!("$scrypt$ln=18,r=8,p=16${SALT}${HASH}"),
        format!("scrypt$16384${SALT}$8$5${HASH}="),
        format!("$pbkdf2-sha256$i=1${SALT}${HASH}"),
        format!("$pbkdf2-sha512$i=5000000,l=32${SALT}${HASH}="),
        format!("pbkdf2_sha256$1000000${SALT}${HASH}="),
        format!("pbkdf2_sha256$1000$x${HASH}="),
    ] {
        assert_eq!(reason(&text), None, "{text}");
    }
}

#[test]
fn costs_that_would_stall_the_server_are_refused() {
    for text in [
        format!("$2b$03${BCRYPT}"),
        format!("$2b$17${BCRYPT}"),
        format!("$2b$31${BCRYPT}"),
        format!("bcrypt_sha256$$2b$17${BCRYPT}"),
        format!("$argon2id$v=19$m=262145,t=2,p=1${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=17,p=1${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=2,p=17${SALT}${HASH}"),
        format!("$argon2id$v=19$m=8,t=2,p=2${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=0,p=1${SALT}${HASH}"),
        format!("argon2$argon2id$v=19$m=262145,t=2,p=1${SALT}${HASH}"),
        format!("$scrypt$ln=19,r=8,p=1${SALT}${HASH}"),
        format!("$scrypt$ln=63,r=8,p=1${SALT}${HASH}"),
        format!("$scrypt$ln=4294967295,r=4294967295,p=16${SALT}${HASH}"),
        format!("$scrypt$ln=14,r=8,p=17${SALT}${HASH}"),
        format!("$scrypt$ln=14,r=0,p=1${SALT}${HASH}"),
        // Little for N, much for p.
        format!("$scrypt$ln=1,r=1000000,p=16${SALT}${HASH}"),
        format!("scrypt$524288${SALT}$8$1${HASH}="),
        format!("$pbkdf2-sha256$i=0${SALT}${HASH}"),
        format!("$pbkdf2-sha256$i=5000001${SALT}${HASH}"),
        format!("pbkdf2_sha256$5000001${SALT}${HASH}="),
    ] {
        let reason = reason(&text).expect(&text);
        assert!(reason.contains("out of bounds"), "{text}: {reason}");
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        String::new(),
        "$".into(),
        "hunter2".into(),
        "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/".into(),
        "$6$saltsalt$x".into(),
        "$fbscrypt$v=1$x$y".into(),
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99".into(),
        "5f4dcc3b5aa765d61d8327deb882cf99".into(),
        // Django's mark of a user who has no password.
        "!Fs2L0vWNXbdGQwWn3wqtMhbbZSPaZSCkVPYSuzhF".into(),
        format!("$2x$10${BCRYPT}"),
        format!("$2b$10${BCRYPT}x"),
        format!("$2b$10${}", &BCRYPT[1..]),
        format!("$2b$1${BCRYPT}"),
        format!("$2b$+4${BCRYPT}"),
        format!("x$2b$10${BCRYPT}"),
        format!("$argon2id$v=18$m=65536,t=3,p=4${SALT}${HASH}"),
        format!("$argon2ix$v=19$m=65536,t=3,p=4${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=3${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4,p=4${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4,data=azE${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4,keyid=YS1i${SALT}${HASH}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA${HASH}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}$c2FsdA"),
        format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}${HASH}$"),
        format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}${HASH}\n"),
        format!("$scrypt$v=1$ln=14,r=8,p=1${SALT}${HASH}"),
        format!("scrypt$16385${SALT}$8$5${HASH}="),
        format!("scrypt$0${SALT}$8$5${HASH}="),
        format!("$pbkdf2-md5$i=1000${SALT}${HASH}"),
        format!("$pbkdf2-sha256$i=1000,l=64${SALT}${HASH}"),
        // passlib's own form: another alphabet, no names.
        format!("$pbkdf2-sha256$29000${SALT}${HASH}"),
        format!("pbkdf2_sha256$1000$$ {HASH}="),
        format!("pbkdf2_sha256$1000$${HASH}="),
        format!("$argon2id$v=19$m=65536,t=3,p=4${}${HASH}", "A".repeat(1000)),
    ] {
        assert!(reason(&text).is_some(), "{text}");
    }
}

#[test]
fn it_is_read_by_serde() {
    let json = format!("\"$2b$12${BCRYPT}\"");
    assert!(serde_json::from_str::<ImportedHash>(&json).is_ok());
    let json = format!("\"$2b$31${BCRYPT}\"");
    let error = serde_json::from_str::<ImportedHash>(&json).unwrap_err();
    assert!(!error.to_string().contains(BCRYPT), "{error}");
}

/// Texts that are nearly hashes.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "$",
        "$$",
        ",",
        "=",
        "v=19",
        "m=65536",
        "t=2",
        "p=1",
        "keyid=azE",
        "ln=14",
        "r=8",
        "i=1000",
        "l=32",
        "argon2id",
        "argon2",
        "scrypt",
        "pbkdf2-sha256",
        "pbkdf2_sha256",
        "bcrypt",
        "bcrypt_sha256",
        "2b",
        "10",
        "4294967296",
        "-1",
        "é",
        SALT,
        HASH,
        BCRYPT,
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_text_is_read_or_refused(text in prop_oneof![any::<String>(), nearly()]) {
        if let Ok(hash) = text.parse::<ImportedHash>() {
            let stored = String::from(hash);
            prop_assert!(stored.len() <= 1024);
            let again = String::from(stored.parse::<ImportedHash>().expect("its own"));
            prop_assert_eq!(stored, again);
        }
    }
}
