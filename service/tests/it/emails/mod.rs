//! Emails: recorded once, with their threads and recipients, found by their own application alone.

mod deleted;
pub(crate) mod documents;
mod isolated;
mod listed;
mod placed;
mod racing;
mod recorded;
mod refused;
mod searched;
mod threads;

use chrono::{DateTime, TimeDelta, Utc};
use service::{
    ChallengeRecord, Direction, EmailMessage, Mailbox, NewDomain, NewEmail, NewMailbox, Tenant,
};
use uuid::Uuid;

/// The first of 2026.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(1_767_225_600, 0).expect("in range");
    start + TimeDelta::seconds(seconds)
}

/// A mailbox of a verified domain of its own.
pub(crate) async fn mailbox(tenant: &Tenant, domain: &str) -> Mailbox {
    let new = NewDomain {
        name: domain.parse().expect("a name"),
    };
    let domains = tenant.domains();
    let domain = domains.create(new).await.expect("a domain");
    let record = ChallengeRecord::of(&domain).value;
    let verified = domains.verify(domain.id, &[record]).await;
    verified.expect("verified");
    another(tenant, domain.id, "info").await
}

pub(crate) async fn another(tenant: &Tenant, domain_id: Uuid, local_part: &str) -> Mailbox {
    let new = NewMailbox::new(domain_id, local_part.parse().expect("a local part"));
    let mailbox = tenant.mailboxes().create(new).await;
    mailbox.expect("a mailbox")
}

/// Received at so many seconds.
pub(crate) fn received(seconds: i64, subject: &str) -> NewEmail {
    let from = "guest@example.org".parse().expect("an address");
    NewEmail {
        subject: subject.parse().expect("a subject"),
        ..NewEmail::new(Direction::Received, at(seconds), from)
    }
}

/// In the mailbox, with the id.
pub(crate) fn letter(mailbox: &Mailbox, seconds: i64, message_id: &str) -> NewEmail {
    NewEmail {
        mailbox_id: Some(mailbox.id),
        message_id: Some(message_id.parse().expect("an id")),
        ..received(seconds, message_id)
    }
}

/// What is recorded for the first time.
pub(crate) async fn record(tenant: &Tenant, new: NewEmail) -> EmailMessage {
    let recorded = tenant.emails().record(new).await.expect("recorded");
    assert!(recorded.new, "it was there before");
    recorded.message
}

fn subjects<'a>(emails: impl IntoIterator<Item = &'a service::EmailHead>) -> Vec<&'a str> {
    emails
        .into_iter()
        .map(|email| email.subject.as_str())
        .collect()
}
