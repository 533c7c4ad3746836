//! What is never to be seen.

use std::fmt::Debug;

use service::Config;
use service::secret::{ImportedHash, Password, Pepper};

const HASH: &str = "$2b$12$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";

fn assert_hidden(value: &impl Debug, parts: &[&str]) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        for part in parts {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

#[test]
fn no_debug_shows_a_secret() {
    let password: Password = "hunter2 ＨＵＮＴＥＲ".parse().unwrap();
    assert_hidden(&password, &["hunter", "HUNTER", "ＨＵＮＴＥＲ", "104"]);
    assert_hidden(&Some(password.clone()), &["hunter"]);

    let imported: ImportedHash = HASH.parse().unwrap();
    assert_hidden(&imported, &["abcdef", "2b", "12", "Lah"]);

    let key = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
    let pepper: Pepper = format!("k1:{key}").parse().unwrap();
    let hidden = ["QkJC", "BBBB", "66", "0x42"];
    assert_hidden(&pepper, &hidden);
    assert!(format!("{pepper:?}").contains("k1"));

    let config = Config::new("sqlite::memory:")
        .pepper(pepper.clone())
        .former_pepper(Pepper::new("k0", vec![b'B'; 32]).unwrap());
    assert_hidden(&config, &hidden);
    let shown = format!("{config:?}");
    assert!(shown.contains("k1") && shown.contains("k0"), "{shown}");
}

#[test]
fn no_error_shows_a_key() {
    for text in [
        "k1:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI!",
        "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI",
        "k1:QkJC",
    ] {
        let error = text.parse::<Pepper>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("QkJC"), "{error}");
    }
}
