//! Domains, mailboxes and emails.

use entity::{domains, email_recipients, emails, mailboxes};
use sea_orm::{ActiveValue::Set, prelude::Uuid};

use super::{Parents, at, id};
use crate::trip::Trip;

pub(super) async fn insert(trip: &mut Trip<'_>, parents: &Parents) {
    let domains = insert_domains(trip, parents).await;
    let mailbox_id = insert_mailboxes(trip, parents, domains).await;
    insert_emails(trip, parents, mailbox_id).await;
}

async fn insert_domains(trip: &mut Trip<'_>, parents: &Parents) -> [Uuid; 2] {
    let full = trip
        .full(domains::Model {
            application_id: parents.applications[0],
            id: id(80),
            name: "xn--bcher-kva.example".into(),
            created_by: Some(parents.users[0]),
            challenge: "aura-challenge=0123456789".into(),
            verified_at: Some(at("2026-06-01T00:00:00.400Z")),
            created_at: at("2026-06-01T00:00:00.300Z"),
            updated_at: at("2026-06-01T00:00:00.500Z"),
            deleted_at: Some(at("2026-06-01T00:00:00.600Z")),
            deletion_id: Some(id(81)),
        })
        .await;
    let sparse = domains::ActiveModel {
        application_id: Set(parents.applications[1]),
        name: Set("b.example".into()),
        challenge: Set("0123456789abcdef".into()),
        ..Default::default()
    };
    [full.id, trip.row(sparse).await.id]
}

async fn insert_mailboxes(trip: &mut Trip<'_>, parents: &Parents, domains: [Uuid; 2]) -> Uuid {
    let full = trip
        .full(mailboxes::Model {
            application_id: parents.applications[0],
            id: id(90),
            domain_id: domains[0],
            local_part: "straße+x".into(),
            email: "straße+x@xn--bcher-kva.example".into(),
            user_id: Some(parents.users[0]),
            created_at: at("2026-06-02T00:00:00Z"),
            updated_at: at("2026-06-02T00:00:00.000007Z"),
            deleted_at: Some(at("2026-06-02T00:00:00.070Z")),
            deletion_id: Some(id(91)),
        })
        .await;
    trip.row(mailboxes::ActiveModel {
        application_id: Set(parents.applications[1]),
        domain_id: Set(domains[1]),
        local_part: Set("info".into()),
        email: Set("info@b.example".into()),
        ..Default::default()
    })
    .await;
    full.id
}

/// A message is either sent or received: the full row is sent, the sparse one received.
async fn insert_emails(trip: &mut Trip<'_>, parents: &Parents, mailbox_id: Uuid) {
    let sent = trip
        .full(emails::Model {
            application_id: parents.applications[0],
            id: id(100),
            mailbox_id: Some(mailbox_id),
            user_id: Some(parents.users[0]),
            from_address: "straße+x@xn--bcher-kva.example".into(),
            subject: "Re: Größe ✔".into(),
            body: "Zeile 1\r\n.\r\n\u{1}\u{7f}\u{10ffff}".into(),
            body_html: Some("<p title='“x”'>&nbsp;</p>".into()),
            message_id: Some("<1.2@example.org>".into()),
            in_reply_to: Some("<0.2@example.org>".into()),
            sent_at: Some(at("2026-06-03T00:00:00.123456Z")),
            received_at: None,
            created_at: at("2026-06-03T00:00:00.123Z"),
            updated_at: at("2026-06-03T00:00:00.124Z"),
            deleted_at: Some(at("2026-06-03T00:00:01Z")),
            deletion_id: Some(id(101)),
            thread_id: Some(id(102)),
        })
        .await;
    let received = trip
        .row(emails::ActiveModel {
            application_id: Set(parents.applications[1]),
            from_address: Set("x@y".into()),
            subject: Set(String::new()),
            body: Set(String::new()),
            received_at: Set(Some(at("2026-06-03T00:00:00Z"))),
            ..Default::default()
        })
        .await;

    trip.full(email_recipients::Model {
        application_id: sent.application_id,
        email_id: sent.id,
        kind: "bcc".into(),
        address: "größe@example.org".into(),
        created_at: at("2026-06-04T00:00:00Z"),
        updated_at: at("2026-06-04T00:00:00.999Z"),
    })
    .await;
    trip.row(email_recipients::ActiveModel {
        application_id: Set(received.application_id),
        email_id: Set(received.id),
        kind: Set("to".into()),
        address: Set("a@b".into()),
        ..Default::default()
    })
    .await;
}
