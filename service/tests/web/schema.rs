//! JSON Schemas: they refuse nothing that is accepted, and what they can say they say.

use std::collections::BTreeSet;
use std::fmt::Debug;

use boon::{Compiler, SchemaIndex, Schemas};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use service::audit::{AuditEvent, AuditFilter};
use service::schema::{JsonSchema, Row, schema_for};
use service::secret::{ImportedHash, Password};
use service::value::{FamilyName, GivenName};
use service::{
    Application, ApplicationPatch, Body, ChallengeRecord, Client, ClientFilter, ClientOrder,
    ClientPatch, Cursor, Direction, Domain, DomainFilter, DomainMail, DomainName, Email,
    EmailFilter, EmailHead, EmailMessage, EmailWithRecipients, Html, Invitation, LocalPart,
    MailDepth, Mailbox, MailboxFilter, MailboxPatch, Member, Membership, MembershipPatch,
    MessageId, Metadata, Name, NewApplication, NewClient, NewDomain, NewEmail, NewInvitation,
    NewMailbox, NewRole, NewUser, Page, Pattern, Permission, Permissions, Phone, Picture, PublicId,
    Role, RoleKey, RolePatch, SearchText, Session, Slug, Subject, Text, User, UserPatch, Username,
    input,
};

/// A schema, ready to be held against values.
struct Schema {
    json: Value,
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn of<T: JsonSchema>() -> Self {
        let json = schema_for!(T).to_value();
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler
            .add_resource("http://aura/schema.json", json.clone())
            .expect("a schema");
        let index = compiler.compile("http://aura/schema.json", &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("{error}: {json}"));
        Self {
            json,
            schemas,
            index,
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }
}

fn parses<T: DeserializeOwned>(value: &Value) -> bool {
    input::from_json::<T>(value.to_string().as_bytes()).is_ok()
}

/// Texts near the edges of what is accepted, and beyond.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\t",
        "\u{200b}",
        "\u{feff}",
        "\u{3000}",
        "a",
        "A",
        "ab",
        "aB9",
        "a-b",
        "a--b",
        "-a",
        "a_b",
        "a.b",
        ".a",
        "9",
        "a b",
        " a ",
        "a\nb",
        "a\tb",
        "a\0b",
        "a\u{7f}b",
        "a\u{85}b",
        "a\u{2028}b",
        "é",
        "日本",
        "🥐",
        "*",
        "a*",
        "*.*",
        "a.*",
        "*.a",
        "a.b.c",
        "clients.read",
        "Clients.read",
        "ada@example.com",
        "Ada@EXÄMPLE.com.",
        "a@b",
        "@b",
        "a@",
        "a@b@c",
        "a b@c.de",
        "ada",
        "ada.lovelace",
        "example.com",
        "example.com.",
        "EXÄMPLE.com",
        "example",
        "192.0.2.1",
        "a@192.0.2.1",
        "<a@b>",
        " <a@b>\t",
        "<a@b",
        "a@b>",
        "<>",
        "https://example.com/a.png",
        "HTTP://x",
        "https://",
        "https://[::1]/",
        "data:image/png;base64,AA",
        "data:text/html,x",
        "javascript:alert(1)",
        "https://a b",
        "ABCDEFGHIJ",
        "ABCDEFGHI",
        "ABCDEFGHIJKLMNOPQRSTU",
        "two words",
        "\"two words\" -not",
        "-not",
        "or",
        "!!!",
        "$2b$10$x",
        "a\u{301}",
        "ﬁ",
        "ａ@b.c",
    ]
    .map(ToOwned::to_owned)
    .into();
    for length in [
        1, 2, 3, 10, 20, 21, 62, 63, 64, 65, 128, 129, 200, 201, 253, 254, 255, 256, 998, 999,
        2000, 2001, 2048, 2049, 4097,
    ] {
        texts.extend([
            "a".repeat(length),
            "é".repeat(length),
            "a.".repeat(length),
            "\u{ad}".repeat(length),
        ]);
        texts.push(format!("{}@example.com", "a".repeat(length)));
        texts.push(format!("a@{}com", "a.".repeat(length)));
        texts.push(format!("a@{}example.com", "\u{ad}".repeat(length)));
        texts.push(format!("https://{}", "a".repeat(length)));
        texts.push(format!("{}x", " ".repeat(length)));
    }
    texts
}

/// Of a text value: whatever is accepted the schema accepts, and of `bad` neither does.
fn text<T: DeserializeOwned + JsonSchema>(good: &str, bad: &[&str]) {
    let (schema, name) = (Schema::of::<T>(), std::any::type_name::<T>());
    for text in texts() {
        let value = json!(text);
        if parses::<T>(&value) {
            assert!(schema.accepts(&value), "{name}: {text:?} {}", schema.json);
        }
    }
    assert!(
        parses::<T>(&json!(good)) && schema.accepts(&json!(good)),
        "{name}: {good:?}"
    );
    for bad in bad {
        assert!(!parses::<T>(&json!(bad)), "{name}: {bad:?}");
        assert!(
            !schema.accepts(&json!(bad)),
            "{name}: {bad:?} {}",
            schema.json
        );
    }
    for other in [json!(null), json!(1), json!(true), json!([]), json!({})] {
        assert!(
            !parses::<T>(&other) && !schema.accepts(&other),
            "{name}: {other}"
        );
    }
    let strategy = prop_oneof![
        "\\PC{0,40}",
        "[a-zA-Z0-9._*@<> -]{0,70}",
        ".{0,30}",
        "[a-z\u{ad}é]{1,10}@[a-z\u{ad}ä.]{1,12}",
        select(texts()),
    ];
    let mut runner = TestRunner::new(Config::with_cases(300));
    runner
        .run(&strategy, |text| {
            let value = json!(text);
            prop_assert!(
                !parses::<T>(&value) || schema.accepts(&value),
                "{}: {:?}",
                name,
                text
            );
            Ok(())
        })
        .expect("sound");
}

#[test]
fn values_are_described_as_they_are_checked() {
    let long = |length| "a".repeat(length);
    text::<Email>(
        "Ada@Example.com",
        &["", "ada", "@b", "a@", "a b@c.de", &long(255)],
    );
    text::<Username>("Ada.9", &["", "a", ".a", "a b", "é", &long(65)]);
    text::<Slug>("a-b", &["", "-a", "a--b", "a_b", &long(64)]);
    text::<RoleKey>("cook_1", &["", "Cook", "1a", "a.b", &long(64)]);
    text::<Name>(
        "Café Ö",
        &["", " ", "a\nb", "a\0b", "a\u{2028}b", &long(201)],
    );
    text::<GivenName>("Ada", &["", "\u{85}"]);
    text::<FamilyName>("de la Cruz", &["", "\t"]);
    text::<Phone>("+41 44 000 00 00", &["", &long(65)]);
    text::<Text<2000>>("a\nb", &["", " \n", "a\0b", &long(2001)]);
    text::<Subject>("", &["a\nb", &long(999)]);
    text::<Body>("", &["a\0b"]);
    text::<Html>("<p>", &["a\0b"]);
    text::<DomainName>("EXÄMPLE.com.", &["", "a b.c", "a@b.c", &long(255)]);
    text::<LocalPart>("ada", &["", "*", "a b", "a@b"]);
    text::<MessageId>(" <a@b> ", &["", "<>", "a b", "a\0b"]);
    text::<Picture>(
        "https://a/b",
        &[
            "",
            "ftp://a",
            "javascript:1",
            "https://",
            "https://a b",
            &long(2049),
        ],
    );
    text::<PublicId>("ABCDEFGHIJ", &["", "ABCDEFGHI", "ABCDEFGHI-"]);
    text::<SearchText>("two words", &["", " "]);
    text::<Password>("a", &["", "a\0b", &long(4097)]);
    text::<ImportedHash>(
        "$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
        &[&long(1025)],
    );
    text::<Permission>(
        "clients.*",
        &["", "clients", "Clients.read", "a.b.c", &long(129)],
    );
    text::<Direction>("sent", &["Sent", ""]);
    text::<ClientOrder>("name", &["email"]);
    let schema = Schema::of::<Metadata>();
    for (value, good) in [
        (json!({ "a": [1] }), true),
        (json!([]), false),
        (json!("x"), false),
    ] {
        assert_eq!(
            (parses::<Metadata>(&value), schema.accepts(&value)),
            (good, good)
        );
    }
    let schema = Schema::of::<Pattern>();
    for (value, good) in [
        (json!({ "contains": "a" }), true),
        (json!({ "is": "" }), false),
        (json!({ "is": "a", "contains": "a" }), false),
        (json!({ "like": "a" }), false),
        (json!({}), false),
        (json!("contains"), false),
        (json!({ "is": 1 }), false),
    ] {
        assert_eq!(
            (parses::<Pattern>(&value), schema.accepts(&value)),
            (good, good),
            "{value}"
        );
    }
    let schema = Schema::of::<Permissions>();
    let twice = json!(["clients.read", "clients.read"]);
    assert!(parses::<Permissions>(&twice) && schema.accepts(&twice));
    let schema = Schema::of::<Cursor>();
    assert!(!parses::<Cursor>(&json!("a b")) && !schema.accepts(&json!("a b")));
}

/// What fields are given: right for some, wrong for others.
fn pool() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(1),
        json!(-1),
        json!("x"),
        json!("ada@example.com"),
        json!("example.com"),
        json!("00000000-0000-0000-0000-000000000007"),
        json!("2026-01-31T09:30:00Z"),
        json!("sent"),
        json!(""),
        json!([]),
        json!(["ada@example.com"]),
        json!(["member", "Admin"]),
        json!({}),
        json!({ "contains": "x" }),
        json!({ "name": { "is": "x" }, "verified": true }),
        json!({ "type": "clients", "id": "00000000-0000-0000-0000-000000000007" }),
        json!("ABCDEFGHIJ"),
        json!("https://example.com/a"),
    ]
}

/// Of an input: each field that parsing needs the schema needs, none more, and neither knows others; whatever is accepted
/// the schema accepts.
fn object<T: DeserializeOwned + JsonSchema + Debug>(good: &Value) {
    let (schema, name) = (Schema::of::<T>(), std::any::type_name::<T>());
    assert!(parses::<T>(good), "{name}: {good}");
    assert!(schema.accepts(good), "{name}: {good} {}", schema.json);
    let fields = good.as_object().expect("an object");
    let properties = schema.json["properties"].as_object().expect("fields");
    for field in fields.keys() {
        let mut less = fields.clone();
        less.remove(field);
        let less = Value::Object(less);
        assert_eq!(
            parses::<T>(&less),
            schema.accepts(&less),
            "{name} without {field}"
        );
    }
    let mut more = fields.clone();
    more.insert("is_admin".into(), json!(true));
    let more = Value::Object(more);
    assert!(!parses::<T>(&more) && !schema.accepts(&more), "{name}");
    for other in [json!(null), json!([]), json!("x"), json!(1)] {
        assert!(
            !parses::<T>(&other) && !schema.accepts(&other),
            "{name}: {other}"
        );
    }
    let known: BTreeSet<_> = properties.keys().cloned().collect();
    let strategy = prop::collection::vec(
        (
            select(known.into_iter().collect::<Vec<_>>()),
            select(pool()),
        ),
        0..5,
    );
    let mut runner = TestRunner::new(Config::with_cases(300));
    runner
        .run(&strategy, |changes| {
            let mut fields: Map<String, Value> = fields.clone();
            fields.extend(changes);
            let value = Value::Object(fields);
            prop_assert!(
                !parses::<T>(&value) || schema.accepts(&value),
                "{}: {}",
                name,
                value
            );
            Ok(())
        })
        .expect("sound");
    for (field, described) in properties {
        assert!(
            described["description"].is_string(),
            "{name}.{field} is described"
        );
    }
}

#[test]
fn inputs_are_described_as_they_are_read() {
    let id = "00000000-0000-0000-0000-000000000007";
    let at = "2026-01-31T09:30:00Z";
    object::<NewUser>(&json!({ "email": "ada@example.com", "username": "ada", "name": "Ada" }));
    object::<UserPatch>(&json!({ "name": "Ada", "picture": null, "if_updated_at": at }));
    object::<NewApplication>(&json!({ "name": "Bakery", "slug": "bakery", "compute_id": id }));
    object::<ApplicationPatch>(&json!({ "slug": "bakery", "description": null }));
    object::<MembershipPatch>(&json!({ "email": "ada@example.com" }));
    object::<NewRole>(&json!({ "key": "cook", "name": "Cook", "permissions": ["clients.*"] }));
    object::<RolePatch>(&json!({ "name": "Cook", "description": "Cooks" }));
    object::<NewClient>(&json!({ "name": "Inn", "phone": "5", "metadata": { "a": [1, null] } }));
    object::<ClientPatch>(&json!({ "name": "Inn", "email": null, "metadata": {} }));
    object::<ClientFilter>(&json!({ "text": "inn", "assigned_to": id, "created_from": at }));
    object::<NewInvitation>(&json!({ "email": "ada@example.com", "roles": ["member"] }));
    object::<NewDomain>(&json!({ "name": "EXÄMPLE.com" }));
    object::<DomainFilter>(&json!({ "name": { "ends_with": ".com" }, "verified": true }));
    object::<MailDepth>(&json!({ "mailboxes": 3, "emails": 0 }));
    object::<NewMailbox>(&json!({ "domain_id": id, "local_part": "sales", "user_id": null }));
    object::<MailboxPatch>(&json!({ "user_id": id }));
    object::<MailboxFilter>(&json!({ "address": { "is": "a" }, "domain": { "verified": false } }));
    object::<NewEmail>(
        &json!({ "direction": "sent", "at": at, "from": "a@b.de", "to": ["c@d.de"], "body": "x" }),
    );
    object::<EmailFilter>(&json!({ "direction": "received", "until": at, "mailbox_id": id }));
    object::<AuditFilter>(&json!({ "subject": { "type": "clients", "id": id }, "action": "x" }));
}

#[test]
fn what_goes_out_is_described() {
    fn described<T: JsonSchema>() -> Value {
        Schema::of::<T>().json
    }
    let user = described::<Row<User>>();
    assert_eq!(user["properties"]["email"], json!({ "type": "string" }));
    assert_eq!(
        user["properties"]["name"],
        json!({ "type": ["string", "null"] })
    );
    assert_eq!(
        user["properties"]["email_verified_at"],
        json!({ "type": ["string", "null"], "format": "date-time" })
    );
    for schema in [
        described::<Row<Application>>(),
        described::<Row<Membership>>(),
        described::<Page<Row<Client>>>(),
        described::<Row<Domain>>(),
        described::<Row<Mailbox>>(),
        described::<Session>(),
        described::<Invitation>(),
        described::<Member>(),
        described::<Role>(),
        described::<AuditEvent>(),
        described::<ChallengeRecord>(),
        described::<DomainMail>(),
        described::<EmailHead>(),
        described::<EmailMessage>(),
        described::<EmailWithRecipients>(),
        described::<input::InvalidInput>(),
        described::<service::web::Problem>(),
    ] {
        let text = schema.to_string();
        assert_eq!(schema["type"], "object", "{text}");
        assert!(!text.contains("_hash\""), "{text}");
    }
}

migration::both_backends! {
    /// Rows and answers are as their schemas say.
    async fn what_goes_out_is_as_described(test: migration::testing::TestDb) {
        let db = service::Db::connect(crate::running::config(&test)).await.expect("connects");
        let new = NewUser::new("ada@example.com".parse().expect("valid"));
        let ada = db.users().create(new).await.expect("made");
        let new = serde_json::from_value(json!({ "name": "Bakery", "slug": "bakery" })).expect("valid");
        let bakery = db.applications().create(ada.id, new).await.expect("made");
        let tenant = db.tenant(ada.id, bakery.id).await.expect("a member");
        let new = NewClient::new("Inn".parse().expect("valid"));
        let client = tenant.clients().create(new).await.expect("made");
        let clients = tenant.clients().list(&ClientFilter::default(), ClientOrder::Id, 1, None).await.expect("a page");
        let members = tenant.members().list(10, None).await.expect("a page");
        let roles = tenant.roles().list(10, None).await.expect("a page");
        let opened = db.sessions().open(ada.id, service::NewSession::default()).await.expect("opened");
        let out = |value: &dyn erased::Out, schema: Schema| {
            let value = value.json();
            assert!(schema.accepts(&value), "{value} {}", schema.json);
        };
        out(&ada, Schema::of::<Row<User>>());
        out(&bakery, Schema::of::<Row<Application>>());
        out(&client, Schema::of::<Row<Client>>());
        out(&clients, Schema::of::<Page<Row<Client>>>());
        out(&members, Schema::of::<Page<Member>>());
        out(&roles, Schema::of::<Page<Role>>());
        out(&opened.session, Schema::of::<Session>());
        db.close().await.expect("closed");
    }
}

mod erased {
    /// What can be answered.
    pub(super) trait Out {
        fn json(&self) -> serde_json::Value;
    }

    impl<T: serde::Serialize> Out for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).expect("JSON")
        }
    }
}
