//! Values: what they accept is canonical and the database takes it; what they refuse names its field.

mod address;
mod database;
mod metadata;

use std::fmt::{Debug, Display};
use std::str::FromStr;

use address::email;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use service::value::Name;
use service::{
    DomainName, Error, FamilyName, GivenName, Phone, Picture, PublicId, Random, RoleKey, Slug,
    Text, Username,
};

/// The canonical form, by every way in; `None` where all ways refuse, and name the field.
fn canonical<T>(field: &str, text: &str) -> Option<String>
where
    T: FromStr<Err = Error>
        + TryFrom<String, Error = Error>
        + Into<String>
        + DeserializeOwned
        + Display
        + Debug
        + Eq,
{
    let json = serde_json::to_string(text).expect("JSON");
    let from_json = serde_json::from_str::<T>(&json);
    let converted = T::try_from(text.to_owned());
    match text.parse::<T>() {
        Ok(value) => {
            assert_eq!(converted.expect("as parsed"), value);
            assert_eq!(from_json.expect("as parsed"), value);
            let again: T = value.to_string().parse().expect("canonical form is valid");
            assert_eq!(again, value, "canonical form is final");
            Some(value.into())
        }
        Err(Error::Invalid { field: named, .. }) => {
            assert_eq!(named, field);
            assert!(converted.is_err() && from_json.is_err());
            None
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn short_names_have_their_letters_and_lengths() {
    let username = |text: &str| canonical::<Username>("username", text);
    let slug = |text: &str| canonical::<Slug>("slug", text);
    let key = |text: &str| canonical::<RoleKey>("key", text);
    let public_id = |text: &str| canonical::<PublicId>("public_id", text);
    assert_eq!(username("J.Doe_1-2").as_deref(), Some("j.doe_1-2"));
    assert_eq!(slug("ACME-Corp-2").as_deref(), Some("acme-corp-2"));
    assert_eq!(key("support_lead-2").as_deref(), Some("support_lead-2"));
    assert_eq!(public_id("AbC0123456").as_deref(), Some("AbC0123456"));
    for text in [
        "",
        "a",
        ".ab",
        "-ab",
        "_ab",
        "a b",
        "ab\0",
        "é1",
        "\u{212a}ab",
        "ab\n",
    ] {
        assert_eq!(username(text), None, "{text:?}");
    }
    for text in [
        "", "-a", "a-", "a--b", "a_b", "a b", "a\0", "ä", "a\n", "a.",
    ] {
        assert_eq!(slug(text), None, "{text:?}");
    }
    for text in ["", "1a", "-a", "A", "a b", "a\0", "ä", "a."] {
        assert_eq!(key(text), None, "{text:?}");
    }
    for text in [
        "",
        "short6789",
        "with-hyphen",
        "umlaut0ä12345",
        "nul\u{0}345678",
        "é".repeat(10).as_str(),
    ] {
        assert_eq!(public_id(text), None, "{text:?}");
    }
    for (most, accepts) in [
        (64, username("a".repeat(64).as_str())),
        (63, slug(&"a".repeat(63))),
    ] {
        assert_eq!(accepts.map(|text| text.len()), Some(most));
    }
    assert_eq!(key(&"a".repeat(63)).map(|text| text.len()), Some(63));
    assert_eq!(public_id(&"a".repeat(20)).map(|text| text.len()), Some(20));
    let huge = "a".repeat(1 << 20);
    for refused in [
        username(&"a".repeat(65)),
        slug(&"a".repeat(64)),
        key(&"a".repeat(64)),
        public_id(&"a".repeat(21)),
        username(&huge),
        slug(&huge),
        key(&huge),
        public_id(&huge),
    ] {
        assert_eq!(refused, None);
    }
}

#[test]
fn lines_name_their_own_fields_and_are_kept_as_written() {
    let name = |text: &str| canonical::<Name>("name", text);
    assert_eq!(name(" Zoë O'Neill ").as_deref(), Some(" Zoë O'Neill "));
    assert_eq!(
        name(&"é".repeat(200)).map(|text| text.chars().count()),
        Some(200)
    );
    for text in [
        "",
        " ",
        "\u{200b}\u{a0}",
        "a\nb",
        "a\tb",
        "a\0b",
        "a\u{1b}b",
        "a\u{85}b",
        "a\u{2028}b",
    ] {
        assert_eq!(name(text), None, "{text:?}");
    }
    let huge = "a".repeat(1 << 20);
    assert_eq!(name(&"é".repeat(201)), None);
    assert_eq!(name(&huge), None);
    assert_eq!(canonical::<GivenName>("given_name", &huge), None);
    assert_eq!(canonical::<FamilyName>("family_name", "\0"), None);
    assert_eq!(canonical::<Phone>("phone", &"1".repeat(65)), None);
    assert_eq!(
        canonical::<Phone>("phone", "+49 (0)30 1").as_deref(),
        Some("+49 (0)30 1")
    );

    let text = |text: &str| canonical::<Text<20>>("description", text);
    assert_eq!(text("one\r\n\ttwo").as_deref(), Some("one\r\n\ttwo"));
    for bad in [
        "",
        "\n\t ",
        "a\0b",
        "a\u{1b}b",
        "a\u{9b}b",
        huge.as_str(),
        "123456789012345678901",
    ] {
        assert_eq!(text(bad), None);
    }
}

#[test]
fn a_picture_is_a_url_that_nothing_runs() {
    let picture = |text: &str| canonical::<Picture>("picture", text);
    for good in [
        "https://x.io/a.png?size=1#top",
        "HTTP://x.io",
        "https://[::1]/a",
        "https://exämple.com/ä",
        "data:image/png;base64,AAAA",
    ] {
        assert_eq!(picture(good).as_deref(), Some(good));
    }
    let long = format!("https://x.io/{}", "a".repeat(2048));
    for bad in [
        "",
        "x.io/a.png",
        "https://",
        "https:///a",
        "javascript:alert(1)",
        "data:text/html,hi",
        "https://x.io/a b",
        " https://x.io/a",
        "https://x.io/\n",
        "https://x.io/\0",
        long.as_str(),
    ] {
        assert_eq!(picture(bad), None, "{bad:?}");
    }
}

#[test]
fn public_ids_are_made_of_all_letters_alike() {
    let random = Random::seeded(1);
    let ids: Vec<_> = (0..4000).map(|_| PublicId::generate(&random)).collect();
    let mut seen = [0_u32; 128];
    for id in &ids {
        assert_eq!(id.as_str().len(), 15);
        assert_eq!(
            canonical::<PublicId>("public_id", id.as_str()).as_deref(),
            Some(id.as_str())
        );
        for byte in id.as_str().bytes() {
            seen[usize::from(byte)] += 1;
        }
    }
    let seen: Vec<_> = seen.into_iter().filter(|count| *count > 0).collect();
    assert_eq!(seen.len(), 62);
    // 60,000 letters: each is expected 968 times with a deviation of 31. A remainder by 62 of a byte would favour the
    // first 8 letters by a quarter.
    assert!(
        seen.iter().all(|count| (800..1140).contains(count)),
        "{seen:?}"
    );
}

proptest! {
    #[test]
    fn any_text_has_one_canonical_form_or_none(text in any::<String>()) {
        all(&text);
    }

    #[test]
    fn what_looks_like_an_address_has_one_canonical_form_or_none(
        text in "[a-zA-Z0-9.+_äÖßİΣΩ\u{212a}ﬁǅ\u{308}\u{345}ａ ]{1,12}[@＠]{1,2}[a-zA-Z0-9äÖßΣıﬁ\u{308}。.-]{1,24}\\.?"
    ) {
        all(&text);
    }

    #[test]
    fn punycode_is_decoded_to_be_judged(label in "[a-z0-9-]{0,24}") {
        all(&format!("a@xn--{label}.io"));
    }
}

fn all(text: &str) {
    if let Some(stored) = email(text) {
        assert!(stored.len() <= 254 && stored.matches('@').count() == 1);
        assert!(!stored.chars().any(char::is_uppercase), "{stored:?}");
    }
    canonical::<DomainName>("domain", text);
    canonical::<Username>("username", text);
    canonical::<Slug>("slug", text);
    canonical::<RoleKey>("key", text);
    canonical::<PublicId>("public_id", text);
    canonical::<Name>("name", text);
    canonical::<Text<20>>("description", text);
    canonical::<Picture>("picture", text);
}
