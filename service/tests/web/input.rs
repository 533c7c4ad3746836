//! Input read from outside: all that is wrong with it, by the names of its fields.

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use service::audit::AuditFilter;
use service::input::{self, InvalidInput, MAX_BYTES, MAX_ISSUES};
use service::secret::{ImportedHash, Password};
use service::{
    ApplicationPatch, Change, ClientFilter, ClientOrder, ClientPatch, DomainFilter, Email,
    EmailFilter, MailDepth, MailboxFilter, MailboxPatch, MembershipPatch, Metadata, NewApplication,
    NewClient, NewDomain, NewEmail, NewInvitation, NewMailbox, NewRole, NewUser, RolePatch,
    UserPatch,
};

fn read<T: DeserializeOwned>(input: &Value) -> Result<T, InvalidInput> {
    input::from_json(input.to_string().as_bytes())
}

/// What is wrong, one sentence for each field.
fn wrong<T: DeserializeOwned>(input: &Value) -> Vec<String> {
    let invalid = read::<T>(input).err().expect("refused");
    assert!(!invalid.is_malformed());
    invalid.issues().iter().map(ToString::to_string).collect()
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    assert_eq!(
        wrong::<NewEmail>(&json!({
            "direction": "outgoing",
            "at": "yesterday",
            "to": ["ada@example.com", "", 7, "Bob@Example.com", null],
            "body": 5,
            "mailbox_id": "5",
            "recipients": [],
        })),
        [
            "at is not an instant, as RFC 3339 writes it: 2026-01-31T09:30:00Z",
            "body is not a text",
            "direction is none of `sent`, `received`",
            "mailbox_id is not a UUID",
            "recipients is not known: there are `direction`, `at`, `from`, `to`, `cc`, `bcc`, `subject`, `body`, \
             `body_html`, `message_id`, `in_reply_to`, `references`, `mailbox_id`, `user_id`",
            "to[1] is empty",
            "to[2] is not a text",
            "to[4] is not a text",
            "from is missing",
        ]
    );
    assert_eq!(
        wrong::<NewApplication>(&json!({})),
        ["name is missing", "slug is missing"]
    );
    assert_eq!(
        wrong::<NewUser>(&json!({ "Email": "ada@example.com", "username": "a" })),
        [
            "Email is not known: did you mean `email`?",
            "username is shorter than 2 characters",
            "email is missing",
        ]
    );
}

#[test]
fn what_stands_inside_is_named_by_the_way_to_it() {
    let filter = json!({ "address": { "contains": "" }, "domain": { "name": { "is": 1 }, "verified": "yes" } });
    assert_eq!(
        wrong::<MailboxFilter>(&filter),
        [
            "address is empty",
            "domain.name.is is not a text",
            "domain.verified is neither true nor false",
        ]
    );
    let filter = json!({ "subject": { "type": "clients" }, "from": 5 });
    assert_eq!(
        wrong::<AuditFilter>(&filter),
        ["from is not a text", "subject.id is missing"]
    );
    let role = json!({ "key": "Cook", "name": "Cook", "permissions": ["clients.read", "clients"] });
    assert_eq!(
        wrong::<NewRole>(&role),
        [
            "key takes a-z, 0-9, `_` and `-`, and begins with a letter",
            "permissions[1] is no `resource.action`: lower-case letters, digits and _, or * for any",
        ]
    );
}

#[test]
fn the_input_as_a_whole_is_told_apart() {
    for (json, reason) in [
        ("", "is not JSON: it ends too early"),
        ("{\"name\":", "is not JSON: it ends too early"),
        ("{\"name\" \"x\"}", "is not JSON: line 1, column 9"),
        ("{}\n}", "is not JSON: line 2, column 1"),
    ] {
        let invalid = input::from_json::<NewClient>(json.as_bytes()).expect_err("refused");
        assert!(invalid.is_malformed());
        let [issue] = invalid.issues() else {
            panic!("{invalid:?}")
        };
        assert_eq!((issue.field.as_str(), issue.reason.as_str()), ("", reason));
    }
    assert_eq!(
        wrong::<NewClient>(&json!([])),
        ["the input is not an object"]
    );
    assert_eq!(
        wrong::<NewClient>(&Value::Null),
        ["the input is not an object"]
    );
    assert_eq!(wrong::<Email>(&json!("x")), ["the input has no @"]);
    let twice = br#"{"name":"Hotel","name":"Inn"}"#;
    let twice = input::from_json::<NewClient>(twice).expect_err("refused");
    assert_eq!(twice.to_string(), "name stands there twice");
    assert_eq!(
        serde_json::to_value(&twice).expect("JSON"),
        json!({ "errors": [{ "field": "name", "reason": "stands there twice" }] })
    );
}

#[test]
fn no_size_or_depth_is_too_much() {
    let long = vec![b' '; MAX_BYTES + 1];
    let long = input::from_json::<NewClient>(&long).expect_err("refused");
    assert_eq!(long.to_string(), "the input is larger than 16 MiB");
    let deep = "[".repeat(1_000_000);
    let deep = input::from_json::<NewClient>(deep.as_bytes()).expect_err("refused");
    assert!(deep.to_string().contains("128 levels"), "{deep}");
    let many = format!("[{}0]", "0,".repeat(1_000_000));
    let many = input::from_json::<Vec<u8>>(many.as_bytes()).expect_err("refused");
    assert!(
        many.to_string().contains("more than 100000 values"),
        "{many}"
    );
    let wrong = vec![Value::Null; 10_000];
    let wrong = read::<Vec<String>>(&json!(wrong)).expect_err("refused");
    assert_eq!(wrong.issues().len(), MAX_ISSUES);
    // A name is not shown in full, nor what turns a terminal round.
    let name = format!("{}\u{1b}[2J", "x".repeat(10_000));
    let wrong = read::<NewClient>(&json!({ name: 1 })).expect_err("refused");
    assert!(wrong.to_string().len() < 300, "{wrong}");
    let wrong = read::<NewClient>(&json!({ "\u{1b}[2J": 1 })).expect_err("refused");
    assert!(!wrong.to_string().contains('\u{1b}'));
    // Many faults in much input: what is told is bounded, and so is the work.
    let begun = std::time::Instant::now();
    let wrong: Vec<_> = (0..90_000).map(|number| number.to_string()).collect();
    let wrong = read::<Vec<Email>>(&json!(wrong)).expect_err("refused");
    assert!(!wrong.issues().is_empty());
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn secrets_are_not_quoted() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is never read")]
    struct Form {
        password: Password,
        hash: Option<ImportedHash>,
    }
    for secret in [
        json!("hunter2\0"),
        json!(["hunter2"]),
        json!({ "hunter2": 1 }),
        json!(7_654_321),
        json!("hunter2".repeat(1000)),
    ] {
        for form in [
            json!({ "password": secret }),
            json!({ "password": "correct", "hash": secret }),
        ] {
            let said = read::<Form>(&form).expect_err("refused").to_string();
            let shown = said.contains("hunter2") || said.contains("7654321");
            assert!(!shown, "{said}");
        }
    }
}

#[test]
fn a_query_is_read_as_texts() {
    let filter: ClientFilter = input::from_query(
        "text=caf%C3%A9+x&assigned_to=00000000-0000-0000-0000-000000000007&created_from=2026-01-31T09:30:00Z",
    )
    .expect("valid");
    assert_eq!(filter.text.as_deref(), Some("café x"));
    assert!(filter.assigned_to.is_some() && filter.created_from.is_some());
    assert_eq!(
        input::from_query::<DomainFilterQuery>("verified=true&depth=3&order=name").expect("valid"),
        DomainFilterQuery {
            verified: Some(true),
            depth: 3,
            order: ClientOrder::Name
        }
    );
    let invalid =
        input::from_query::<DomainFilterQuery>("verified=1&depth=-1&depth=2&order=x&%C0=1");
    let invalid = invalid.expect_err("refused");
    let fields: Vec<_> = invalid
        .issues()
        .iter()
        .map(|issue| issue.field.as_str())
        .collect();
    assert_eq!(fields, ["verified", "depth", "order"]);
    assert!(input::from_query::<ClientFilter>("").is_ok());
}

#[derive(Debug, Deserialize, PartialEq)]
struct DomainFilterQuery {
    verified: Option<bool>,
    depth: u8,
    order: ClientOrder,
}

#[test]
fn a_patch_leaves_sets_and_clears() {
    let patch: ClientPatch = read(&json!({ "name": "Inn", "email": null })).expect("valid");
    assert_eq!(patch.email, Change::Clear);
    assert_eq!(patch.phone, Change::Keep);
    assert_eq!(patch.name.expect("set").as_str(), "Inn");
}

/// Types of one's own, of every shape that serde knows.
#[derive(Debug, Deserialize, PartialEq)]
struct Shapes {
    number: i32,
    float: f64,
    letter: char,
    pair: (u8, String),
    unit: (),
    shape: Shape,
    more: std::collections::BTreeMap<String, u8>,
    nested: Option<Box<Shapes>>,
    #[serde(default)]
    any: Value,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Shape {
    Point,
    Circle(f32),
    Line(u8, u8),
    Box { width: u8, height: u8 },
}

#[test]
fn types_of_ones_own_are_read_as_serde_json_does() {
    let shapes = |shape: Value| {
        json!({
            "number": -5, "float": 1, "letter": "ä", "pair": [1, "x"], "unit": null, "shape": shape,
            "more": { "a": 1 }, "nested": null, "any": { "b": [1.5, -2, true, null, "x"] },
        })
    };
    for shape in [
        json!("Point"),
        json!({ "Circle": 1.5 }),
        json!({ "Line": [1, 2] }),
        json!({ "Box": { "width": 1, "height": 2 } }),
    ] {
        let mut input = shapes(shape.clone());
        input["nested"] = shapes(shape);
        let read: Shapes = read(&input).expect("valid");
        assert_eq!(read, serde_json::from_value(input).expect("valid"));
    }
    let mut input = shapes(json!({ "Box": { "width": 300 } }));
    input["pair"] = json!([1, 2]);
    input["more"] = json!({ "a": 1, "b": "x" });
    input["letter"] = json!("ab");
    let fields = |input: &Value| -> Vec<String> {
        let invalid = read::<Shapes>(input).expect_err("refused");
        invalid
            .issues()
            .iter()
            .map(|issue| issue.field.clone())
            .collect()
    };
    assert_eq!(
        fields(&input),
        [
            "letter",
            "more.b",
            "pair[1]",
            "shape.Box.width",
            "shape.Box.height"
        ]
    );
    assert_eq!(
        fields(&json!({})),
        ["number", "float", "letter", "pair", "unit", "shape", "more"]
    );
}

macro_rules! each {
    ($check:ident) => {
        $check::<NewUser>();
        $check::<UserPatch>();
        $check::<NewApplication>();
        $check::<ApplicationPatch>();
        $check::<MembershipPatch>();
        $check::<NewRole>();
        $check::<RolePatch>();
        $check::<NewClient>();
        $check::<ClientPatch>();
        $check::<ClientFilter>();
        $check::<NewInvitation>();
        $check::<NewDomain>();
        $check::<DomainFilter>();
        $check::<MailDepth>();
        $check::<NewMailbox>();
        $check::<MailboxPatch>();
        $check::<MailboxFilter>();
        $check::<NewEmail>();
        $check::<EmailFilter>();
        $check::<AuditFilter>();
    };
}

#[test]
fn every_type_that_comes_in_refuses_what_it_does_not_know() {
    fn check<T: DeserializeOwned>() {
        let invalid = read::<T>(&json!({ "is_admin": true }))
            .err()
            .expect("refused");
        let name = std::any::type_name::<T>();
        assert_eq!(invalid.issues()[0].field, "is_admin", "{name}");
        assert!(
            invalid.issues()[0].reason.starts_with("is not known"),
            "{name}"
        );
        // The same from serde_json, without us.
        assert!(
            serde_json::from_str::<T>("{\"is_admin\":true}").is_err(),
            "{name}"
        );
    }
    each!(check);
}

/// JSON of few levels, with the names of fields among others.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[a-z_]{0,12}",
        Just("name".to_owned()),
        Just("email".to_owned()),
        Just("to".to_owned())
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!("ada@example.com")),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// What is accepted is what serde_json accepts, and no input is too odd to be answered.
    #[test]
    fn nothing_else_is_accepted(input in any_json()) {
        fn check<T: DeserializeOwned>(input: &Value) {
            let ours = read::<T>(input);
            let theirs = serde_json::from_value::<T>(input.clone());
            assert!(theirs.is_ok() || ours.is_err(), "{input}");
            if let Err(invalid) = ours {
                // serde_json takes a list for an object, the fields in their order.
                let list = invalid.issues().iter().all(|issue| issue.reason == "is not an object");
                assert!(theirs.is_err() || list, "{input}: {invalid}");
                assert!(!invalid.issues().is_empty());
                let mut fields: Vec<_> = invalid.issues().iter().map(|issue| &issue.field).collect();
                fields.sort_unstable();
                fields.dedup();
                assert_eq!(fields.len(), invalid.issues().len(), "each field once: {invalid}");
            }
        }
        check::<NewClient>(&input);
        check::<ClientPatch>(&input);
        check::<NewEmail>(&input);
        check::<MailboxFilter>(&input);
        check::<Metadata>(&input);
        check::<NewInvitation>(&input);
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = input::from_json::<NewEmail>(&bytes);
        let _ = input::from_query::<ClientFilter>(&String::from_utf8_lossy(&bytes));
    }
}
