//! All that is stored of a user, and nothing of anybody else's.

use serde_json::{Map, Value as Json};
use service::{Db, Error, NewUser};
use uuid::Uuid;

use super::somebody::{TRACES, somebody};
use crate::people::{People, with_people};

with_people!(
    all_of_the_user_is_in_it,
    nothing_of_others_is_in_it,
    no_secret_is_in_it,
    deleted_rows_are_marked,
    memory_does_not_grow_with_the_mail,
    whoever_is_not_there_is_not_found,
    what_cannot_be_written_is_an_error,
);

async fn export(db: &Db, id: Uuid) -> Map<String, Json> {
    let mut out = Vec::new();
    db.lifecycle()
        .export_user(id, &mut out)
        .await
        .expect("exported");
    match serde_json::from_slice(&out).expect("JSON") {
        Json::Object(map) => map,
        other => panic!("{other}"),
    }
}

async fn all_of_the_user_is_in_it(people: People) {
    let person = somebody(&people).await;
    let document = export(&people.db, person.user.id).await;
    assert_eq!(document["format"], "aura.user");
    assert_eq!(document["version"], 1);
    let text = Json::Object(document.clone()).to_string().to_lowercase();
    for trace in TRACES {
        // In links it stands in mail between others.
        let theirs = !trace.contains('%');
        assert_eq!(text.contains(&trace.to_lowercase()), theirs, "{trace}");
    }
    for (list, count) in [
        ("memberships", 2),
        ("sessions", 2),
        ("verification_tokens", 4),
        ("invitations", 1),
        ("clients_assigned", 1),
        ("clients_created", 1),
        ("mailboxes", 2),
        ("emails", 5),
    ] {
        let items = document[list].as_array().expect("a list");
        assert_eq!(items.len(), count, "{list}: {items:?}");
    }
    assert!(document["password"]["created_at"].is_string());
    let names: Vec<_> = document["memberships"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|membership| membership["application"]["slug"].as_str().expect("a slug"))
        .collect();
    assert!(names.contains(&"acme") && names.contains(&"left"));
    let actions: Vec<_> = document["audit_events"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|event| event["action"].as_str().expect("an action"))
        .collect();
    for action in [
        "user.create",
        "user.update",
        "membership.add",
        "client.create",
        "user.export",
    ] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
}

async fn nothing_of_others_is_in_it(people: People) {
    let person = somebody(&people).await;
    let other = people.stranger("bystander").await;
    let document = Json::Object(export(&people.db, person.user.id).await).to_string();
    for trace in [
        "bystander",
        "thief@x.test",
        "guest@x.test",
        "bob@x.test",
        "ada@bakery.test",
        "Ada's Bakery",
        "+49 30 1234",
        "owner@acme.test",
        "nadzephyrina",
        "She is",
        &other.to_string(),
        &people.team.owner.to_string(),
    ] {
        assert!(!document.contains(trace), "{trace} in {document}");
    }
}

async fn no_secret_is_in_it(people: People) {
    let person = somebody(&people).await;
    let document = Json::Object(export(&people.db, person.user.id).await).to_string();
    for secret in ["argon2", "secret_hash", "password_hash", "aura_"] {
        assert!(!document.contains(secret), "{secret} in {document}");
    }
}

async fn deleted_rows_are_marked(people: People) {
    let person = somebody(&people).await;
    people
        .db
        .users()
        .delete(person.user.id)
        .await
        .expect("deleted");
    let document = export(&people.db, person.user.id).await;
    assert!(document["user"]["deleted_at"].is_string());
    for membership in document["memberships"].as_array().expect("a list") {
        assert!(membership["deleted_at"].is_string());
    }
    for session in document["sessions"].as_array().expect("a list") {
        assert!(session["revoked_at"].is_string());
    }
}

/// Takes notice of how much is written at once.
#[derive(Default)]
struct Greatest {
    all: usize,
    once: usize,
}

impl tokio::io::AsyncWrite for Greatest {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        self.all += bytes.len();
        self.once = self.once.max(bytes.len());
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

async fn memory_does_not_grow_with_the_mail(people: People) {
    use sea_orm::{ConnectionTrait, Statement};
    migration::not_on_citus!(people.test, "no rows are made there from other rows");
    let person = somebody(&people).await;
    let db = &people.db;
    let sql = match db.backend() {
        sea_orm::DbBackend::Sqlite => {
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12000) \
             INSERT INTO emails (application_id, id, user_id, from_address, subject, body, sent_at) \
             SELECT $1, CAST(randomblob(6) || x'40' || randomblob(1) || x'80' || randomblob(7) AS BLOB), $2, 'x@y.test', \
             'Subject', 'Body ' || n, $3 FROM n"
        }
        _ => {
            "INSERT INTO emails (application_id, id, user_id, from_address, subject, body, sent_at) \
             SELECT $1, gen_random_uuid(), $2, 'x@y.test', 'Subject', 'Body ' || n, $3 FROM generate_series(1, 12000) n"
        }
    };
    let values = [
        person.tenant.application_id().into(),
        person.user.id.into(),
        db.clock().now().fixed_offset().into(),
    ];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    db.execute_raw(statement).await.expect("mail");
    let document = export(db, person.user.id).await;
    let emails = document["emails"].as_array().expect("a list");
    assert_eq!(emails.len(), 12_005);
    let mut ids: Vec<_> = emails.iter().map(|email| email["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 12_005, "each once");
    let mut out = Greatest::default();
    db.lifecycle()
        .export_user(person.user.id, &mut out)
        .await
        .expect("exported");
    assert!(
        out.all > 4_000_000 && out.once < 10_000,
        "{} of {}",
        out.once,
        out.all
    );
}

async fn whoever_is_not_there_is_not_found(people: People) {
    let mut out = Vec::new();
    let refused = people
        .db
        .lifecycle()
        .export_user(people.db.new_id(), &mut out)
        .await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert!(out.is_empty());
}

async fn what_cannot_be_written_is_an_error(people: People) {
    let new = NewUser::new("ada@x.test".parse().expect("an address"));
    let user = people.db.users().create(new).await.expect("a user");
    let (mut out, other_end) = tokio::io::duplex(64);
    drop(other_end);
    let refused = people.db.lifecycle().export_user(user.id, &mut out).await;
    assert!(matches!(refused, Err(Error::Output(_))), "{refused:?}");
}
