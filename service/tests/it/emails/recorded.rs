//! What was sent or received is stored as given, once.

use chrono::TimeDelta;
use entity::emails;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use service::{Direction, EmailFilter, Error, NewEmail};

use super::{at, letter, mailbox, received, record};
use crate::people::{People, with_people};

with_people!(
    a_message_is_stored_as_given,
    each_verb_sends_few_statements,
    a_message_is_recorded_once_in_a_mailbox,
    without_an_id_nothing_is_the_same,
    the_id_is_of_the_instant_of_the_message,
    as_many_recipients_as_fit_are_stored,
);

async fn a_message_is_stored_as_given(people: People) {
    let tenant = people.as_owner().await;
    let mailbox = mailbox(&tenant, "acme.test").await;
    let given: NewEmail = serde_json::from_value(json!({
        "direction": "sent",
        "at": "2026-01-02T03:04:05.123456789+01:00",
        "from": "Info@ACME.test",
        "to": ["Größe@EXÄMPLE.com", "b@example.org", "B@example.org"],
        "cc": ["b@example.org"],
        "bcc": ["hidden@example.org"],
        "subject": "Größe ✔",
        "body": "Zeile 1\r\n\u{1}\u{10ffff}",
        "body_html": "<p>&nbsp;</p>",
        "message_id": " <1.A@acme.test> ",
        "in_reply_to": "<0@elsewhere.test>",
        "mailbox_id": mailbox.id,
        "user_id": people.team.member,
    }))
    .expect("valid");
    let stored = record(&tenant, given).await;
    let email = &stored.email;
    assert_eq!(email.application_id, people.team.application.id);
    assert_eq!(email.from_address, "info@acme.test");
    assert_eq!(email.subject, "Größe ✔");
    assert_eq!(email.body, "Zeile 1\r\n\u{1}\u{10ffff}");
    assert_eq!(email.body_html.as_deref(), Some("<p>&nbsp;</p>"));
    assert_eq!(email.message_id.as_deref(), Some("1.A@acme.test"));
    assert_eq!(email.in_reply_to.as_deref(), Some("0@elsewhere.test"));
    assert_eq!(email.mailbox_id, Some(mailbox.id));
    assert_eq!(email.user_id, Some(people.team.member));
    let sent_at = email.sent_at.expect("when").to_rfc3339();
    assert_eq!(sent_at, "2026-01-02T02:04:05.123456+00:00");
    assert_eq!(email.received_at, None);
    assert_eq!(
        stored.recipients.to,
        ["b@example.org", "größe@xn--exmple-cua.com"]
    );
    assert_eq!(stored.recipients.cc, ["b@example.org"]);
    assert_eq!(stored.recipients.bcc, ["hidden@example.org"]);
    let emails = tenant.emails();
    let found = emails.get(email.id).await.expect("a look-up");
    assert_eq!(found.as_ref(), Some(&stored));
    let id = "1.A@acme.test".parse().expect("an id");
    let by_id = emails.find_by_message_id(Some(mailbox.id), &id).await;
    assert_eq!(by_id.expect("a look-up"), Some(stored));
    let nowhere = emails.find_by_message_id(None, &id).await;
    assert_eq!(nowhere.expect("a look-up"), None);

    let plain = record(&tenant, received(5, "Plain")).await;
    assert_eq!(plain.email.mailbox_id, None);
    assert_eq!(
        (plain.email.body, plain.email.body_html),
        (String::new(), None)
    );
    assert_eq!(plain.recipients.to, [""; 0]);
}

async fn each_verb_sends_few_statements(people: People) {
    migration::not_on_citus!(
        people.test,
        "what a row stands under is looked at again there, by a statement of its own"
    );
    let tenant = people.as_owner().await;
    let mailbox = mailbox(&tenant, "acme.test").await;
    let emails = tenant.emails();
    let first = record(&tenant, letter(&mailbox, 1, "1@x")).await.email;
    people.sent.take();
    let sent = || {
        let sent = people.sent.take();
        let audit = |sql: &String| sql.contains("audit_");
        let bounds = ["BEGIN", "COMMIT"];
        let work = |sql: &&String| !bounds.contains(&sql.as_str()) && !audit(sql);
        sent.iter().filter(work).count()
    };
    let answer = NewEmail {
        to: vec!["a@x.test".parse().expect("an address"); 1],
        cc: vec!["b@x.test".parse().expect("an address"); 1],
        in_reply_to: Some("1@x".parse().expect("an id")),
        ..letter(&mailbox, 2, "2@x")
    };
    record(&tenant, answer).await;
    assert_eq!(sent(), 5, "mailbox, thread, email, recipients, and back");
    let all = EmailFilter::default();
    let page = emails.list(&all, 10, None).await.expect("a page");
    assert_eq!(sent(), 1);
    let page = emails.with_recipients(page).await.expect("recipients");
    assert_eq!(sent(), 1);
    let shown: Vec<_> = page.items.iter().map(|email| &email.recipients).collect();
    assert_eq!(shown[0].to, ["a@x.test"]);
    assert_eq!(shown[0].cc, ["b@x.test"]);
    assert_eq!(*shown[1], service::Recipients::default());
    emails.get(first.id).await.expect("a look-up");
    assert_eq!(sent(), 2);
    let ids = [mailbox.id, people.db.new_id()];
    let counts = emails.count_by_mailbox(&ids).await.expect("counts");
    assert_eq!((counts, sent()), (vec![2, 0], 1));
    emails.delete(first.id).await.expect("a deletion");
    assert_eq!(sent(), 1);
}

async fn a_message_is_recorded_once_in_a_mailbox(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let sales = super::another(&tenant, info.domain_id, "sales").await;
    let given = NewEmail {
        to: vec!["a@x.test".parse().expect("an address")],
        ..letter(&info, 1, "1@x")
    };
    let first = record(&tenant, given.clone()).await;
    let again = NewEmail {
        subject: "Changed".parse().expect("a subject"),
        to: vec!["b@x.test".parse().expect("an address")],
        ..given.clone()
    };
    let again = tenant.emails().record(again).await.expect("an answer");
    assert!(!again.new);
    assert_eq!(again.message, first, "the first one stays as it is");

    // In another mailbox, and in none, it is another email; other capitals make another id.
    let elsewhere = record(&tenant, letter(&sales, 1, "1@x")).await.email;
    let nowhere = || NewEmail {
        mailbox_id: None,
        ..given.clone()
    };
    let in_none = record(&tenant, nowhere()).await.email;
    record(&tenant, letter(&info, 1, "1@X")).await;
    let twice = tenant.emails().record(nowhere()).await.expect("an answer");
    assert_eq!((twice.new, twice.message.email.id), (false, in_none.id));
    assert_ne!(elsewhere.id, first.email.id);

    // A deleted one holds nothing back.
    let deleted = tenant.emails().delete(first.email.id).await;
    deleted.expect("a deletion");
    let anew = record(&tenant, given).await;
    assert_ne!(anew.email.id, first.email.id);
    let back = tenant.emails().restore(first.email.id).await;
    assert!(matches!(back, Err(Error::Conflict { field }) if field == "message_id"));
    // And has lost none of what it had.
    let rows = emails::Entity::find().count(&people.db).await;
    assert_eq!(rows.expect("a count"), 5);
}

async fn without_an_id_nothing_is_the_same(people: People) {
    let tenant = people.as_member().await;
    for _ in 0..2 {
        record(&tenant, received(1, "No id")).await;
    }
    let count = tenant.emails().count(&EmailFilter::default()).await;
    assert_eq!(count.expect("a count"), 2);
}

/// Mail that is imported stands where it belongs.
async fn the_id_is_of_the_instant_of_the_message(people: People) {
    let tenant = people.as_member().await;
    let new = record(&tenant, received(2_000, "New")).await.email;
    let old = record(&tenant, received(1_000, "Old")).await.email;
    let newest = NewEmail::new(
        Direction::Sent,
        at(2_000) + TimeDelta::microseconds(1),
        "a@x.test".parse().expect("an address"),
    );
    let newest = record(&tenant, newest).await.email;
    assert!(old.id < new.id && new.id < newest.id);
    assert_eq!(old.id.get_version_num(), 7);
    assert!(old.created_at > new.created_at, "it was recorded later");
}

async fn as_many_recipients_as_fit_are_stored(people: People) {
    let tenant = people.as_member().await;
    let given = NewEmail {
        to: (0..1000)
            .map(|n| format!("{n}@x.test").parse().expect("an address"))
            .collect(),
        ..received(1, "To all")
    };
    let stored = record(&tenant, given).await;
    assert_eq!(stored.recipients.to.len(), 1000);
}
