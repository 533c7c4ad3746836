//! How a pepper is written.

use proptest::prelude::*;
use service::Error;
use service::secret::Pepper;

const KEY: &str = "+/+/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw=";

fn reason(text: &str) -> String {
    match text.parse::<Pepper>() {
        Err(Error::Config { setting, reason }) => {
            assert_eq!(setting, "PASSWORD_PEPPER");
            reason
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn base64_of_either_alphabet_with_or_without_padding() {
    for key in [
        KEY.to_owned(),
        KEY.replace('=', ""),
        KEY.replace('+', "-").replace('/', "_"),
        "A".repeat(86),
    ] {
        let pepper: Pepper = format!(" 2026a:{key}\n").parse().unwrap();
        assert_eq!(format!("{pepper:?}"), "Pepper(2026a:…)");
    }
    assert!(Pepper::new("k1", vec![1; 32]).is_ok());
    assert!(Pepper::new("k1", vec![1; 64]).is_ok());
}

#[test]
fn anything_else_is_refused_and_not_quoted() {
    let id = "has an id that is not 1 to 8 ASCII letters or digits";
    let bytes = "has a key that is not 32 to 64 bytes";
    let base64 = "has a key that is not base64";
    for (text, expected) in [
        ("", "is not `id:key`"),
        (KEY, "is not `id:key`"),
        (&format!(":{KEY}"), id),
        (&format!("ninechars:{KEY}"), id),
        (&format!("k-1:{KEY}"), id),
        (&format!("é:{KEY}"), id),
        ("k1:", bytes),
        ("k1:c2hvcnQ=", bytes),
        (&format!("k1:{}", "A".repeat(88)), bytes),
        (&format!("k1:{KEY}:{KEY}"), base64),
        (&format!("k1:{KEY}!"), base64),
        (&format!("k1: {KEY}"), base64),
    ] {
        assert_eq!(reason(text), expected, "{text}");
    }
    assert!(Pepper::new("k1", vec![1; 31]).is_err());
    assert!(Pepper::new("k1", vec![1; 65]).is_err());
    assert!(Pepper::new("", vec![1; 32]).is_err());
}

proptest! {
    #[test]
    fn every_text_is_read_or_refused(id in any::<String>(), key in any::<String>()) {
        let text = format!("{id}:{key}");
        if let Err(error) = text.parse::<Pepper>() {
            let about_settings = matches!(error, Error::Config { .. });
            prop_assert!(about_settings);
            prop_assert!(key.len() < 24 || !error.to_string().contains(&key));
        }
    }
}
