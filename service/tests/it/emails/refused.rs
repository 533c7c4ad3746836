//! Bad input.

use serde_json::{Value as Json, json};
use service::{Body, EmailFilter, Error, MessageId, NewEmail, SearchText, Subject};

use super::received;
use crate::people::{People, with_people};

with_people!(
    bad_input_names_its_field_and_writes_nothing,
    what_no_list_can_hold_is_refused,
);

/// The longest that is accepted, and one more.
#[test]
fn sizes_have_limits() {
    let text = |length: usize| "ü".repeat(length);
    assert!(text(998).parse::<Subject>().is_ok());
    assert!(text(999).parse::<Subject>().is_err());
    assert!(text(1 << 20).parse::<Body>().is_ok());
    assert!(text((1 << 20) + 1).parse::<Body>().is_err());
    assert!(text(499).parse::<MessageId>().is_ok());
    assert!(text(500).parse::<MessageId>().is_err());
    assert!(text(200).parse::<SearchText>().is_ok());
    assert!(text(201).parse::<SearchText>().is_err());
}

#[test]
fn a_message_id_is_one_in_whatever_brackets_it_stands() {
    let id = |text: &str| text.parse::<MessageId>().map(String::from);
    for text in ["a.b@x", "<a.b@x>", "  <a.b@x>\t"] {
        assert_eq!(id(text).expect("an id"), "a.b@x");
    }
    for text in [
        "",
        "<>",
        "< >",
        "a b",
        "<a@x> <b@x>",
        "<a@x",
        "a@x>",
        "a\r\nb",
        "a\0b",
    ] {
        assert!(id(text).is_err(), "{text:?}");
    }
}

async fn bad_input_names_its_field_and_writes_nothing(people: People) {
    let tenant = people.as_member().await;
    let given = |field: &str, value: Json| {
        let mut given =
            json!({ "direction": "sent", "at": "2026-01-01T00:00:00Z", "from": "a@x.io" });
        given[field] = value;
        serde_json::from_value::<NewEmail>(given)
    };
    let huge = "a".repeat(1 << 21);
    for (named, field, value) in [
        ("email", "from", json!("nobody")),
        ("email", "to", json!(["a@x.io\r\nBcc: b@x.io"])),
        ("email", "bcc", json!([huge])),
        ("subject", "subject", json!("a\r\nBcc: b@x.io")),
        ("subject", "subject", json!("a\u{0}")),
        ("subject", "subject", json!(huge)),
        ("body", "body", json!("a\u{0}")),
        ("body", "body", json!(huge)),
        ("body_html", "body_html", json!("a\u{0}")),
        ("message_id", "message_id", json!("a\nb")),
        ("message_id", "references", json!([""])),
    ] {
        let refused = given(field, value).expect_err(field);
        assert!(refused.to_string().starts_with(named), "{field}: {refused}");
    }
    assert!(given("direction", json!("lost")).is_err());

    let too_many: Vec<_> = (0..1001)
        .map(|n| format!("{n}@x.test").parse().expect("an address"))
        .collect();
    let before = chrono::DateTime::from_timestamp(-1, 0).expect("in range");
    for (named, new) in [
        (
            "recipients",
            NewEmail {
                cc: too_many,
                ..received(1, "x")
            },
        ),
        (
            "at",
            NewEmail {
                at: before,
                ..received(1, "x")
            },
        ),
        (
            "at",
            NewEmail {
                at: chrono::DateTime::<chrono::Utc>::MAX_UTC,
                ..received(1, "x")
            },
        ),
    ] {
        let refused = tenant.emails().record(new).await;
        assert!(
            matches!(&refused, Err(Error::Invalid { field, .. }) if field == named),
            "{named}: {refused:?}"
        );
    }
    let count = tenant.emails().count(&EmailFilter::default()).await;
    assert_eq!(count.expect("a count"), 0);
}

async fn what_no_list_can_hold_is_refused(people: People) {
    let tenant = people.as_member().await;
    for (named, filter) in [
        (
            "from",
            EmailFilter {
                from: Some(chrono::DateTime::<chrono::Utc>::MIN_UTC),
                ..EmailFilter::default()
            },
        ),
        (
            "until",
            EmailFilter {
                until: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC),
                ..EmailFilter::default()
            },
        ),
    ] {
        let names = |error: Error| matches!(error, Error::Invalid { field, .. } if field == named);
        let emails = tenant.emails();
        assert!(emails.count(&filter).await.is_err_and(names));
        assert!(emails.list(&filter, 1, None).await.is_err_and(names));
    }
}
