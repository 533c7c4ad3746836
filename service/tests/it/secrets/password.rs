//! What is a password, and what is not.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use service::Error;
use service::secret::Password;

/// What is wrong with it, as the whole message.
fn refusal(text: &str) -> Option<String> {
    let parsed = text.parse::<Password>().err()?.to_string();
    let converted = Password::try_from(text.to_owned()).unwrap_err().to_string();
    assert_eq!(parsed, converted);
    assert_eq!(parsed, Password::try_from(text).unwrap_err().to_string());
    Some(parsed)
}

#[test]
fn any_text_is_a_password() {
    for text in [
        "x",
        " ",
        "   leading and trailing spaces   ",
        "correct horse battery staple",
        "пароль с пробелами",
        "🦀🦀🦀",
        "tab\tand\nnewline",
        "\u{7f}\u{1}",
        &"é".repeat(512),
        &"a".repeat(1024),
    ] {
        assert_eq!(refusal(text), None, "{text:?}");
    }
}

#[test]
fn what_is_none_is_refused_and_says_why() {
    assert_eq!(refusal("").as_deref(), Some("password is empty"));
    assert_eq!(
        refusal("to be\0continued").as_deref(),
        Some("password contains NUL")
    );
    let long = Some("password is longer than 1024 bytes".to_owned());
    assert_eq!(refusal(&"a".repeat(1025)), long);
    assert_eq!(refusal(&"a".repeat(4097)), long);
    assert_eq!(refusal(&("é".repeat(512) + "x")), long);
    // 342 of three bytes become one of two letters each: 1026 bytes as typed, 684 as hashed; 58 become 18 letters each.
    assert_eq!(refusal(&"ﬁ".repeat(342)), None);
    assert_eq!(refusal(&"\u{fdfa}".repeat(58)), long);
}

#[test]
fn a_megabyte_is_refused_at_once() {
    let text = "\u{fdfa}".repeat(350_000);
    let start = Instant::now();
    for _ in 0..1000 {
        assert!(text.parse::<Password>().is_err());
    }
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?} for a thousand",
        start.elapsed()
    );
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn it_is_read_by_serde_and_no_error_quotes_it() {
    assert!(json::<Password>("\"caf\\u00e9 au lait\"").is_ok());
    assert!(serde_json::from_value::<Password>("from a value".into()).is_ok());
    assert!(json::<Option<Password>>("null").unwrap().is_none());
    for text in [
        "1234567890123456",
        "-4711",
        "47.11",
        "true",
        "[\"4711\"]",
        "{\"4711\":4711}",
        "\"4711\\u0000\"",
    ] {
        let error = json::<Password>(text).unwrap_err();
        for part in ["1234567", "4711", "47.11", "true"] {
            assert!(!error.contains(part), "{error}");
        }
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let error = serde_json::from_value::<Password>(value).unwrap_err();
        for part in ["1234567", "4711", "47.11", "true"] {
            assert!(!error.to_string().contains(part), "{error}");
        }
    }
    assert!(json::<Password>("null").is_err());
}

proptest! {
    #[test]
    fn every_text_is_read_or_refused_and_not_quoted(text in any::<String>(), times in 1_usize..200) {
        let text = text.repeat(times);
        match text.parse::<Password>() {
            Ok(password) => prop_assert_eq!(format!("{:?}", password), "Password(…)"),
            Err(error) => {
                let about_it = matches!(&error, Error::Invalid { field, .. } if field == "password");
                prop_assert!(about_it);
                prop_assert!(text.len() < 40 || !error.to_string().contains(&text));
            }
        }
    }
}
