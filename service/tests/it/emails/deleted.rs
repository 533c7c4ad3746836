//! The end of an email, of its mailbox, of its domain, and what comes back.

use entity::{email_recipients, emails};
use sea_orm::{EntityTrait, PaginatorTrait};
use service::{Deleted, EmailFilter, Error, NewEmail};

use super::{another, letter, mailbox, record};
use crate::people::{People, with_people};

with_people!(
    deleting_answers_in_three_ways_and_restoring_brings_it_back,
    what_lies_in_a_mailbox_goes_and_comes_back_with_it,
    recipients_of_what_is_deleted_are_not_shown,
);

async fn deleting_answers_in_three_ways_and_restoring_brings_it_back(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let given = NewEmail {
        to: vec!["a@x.test".parse().expect("an address")],
        ..letter(&info, 1, "1@x")
    };
    let before = record(&tenant, given).await;
    let id = before.email.id;
    let emails = tenant.emails();
    let now = emails.delete(id).await.expect("a deletion");
    assert!(matches!(now, Deleted::Now { .. }));
    let again = emails.delete(id).await.expect("an answer");
    assert!(matches!(again, Deleted::Already { .. }));
    assert_eq!(again.deletion_id(), now.deletion_id());
    assert_eq!(again.at(), now.at());
    assert!(emails.get(id).await.expect("a look-up").is_none());
    for refused in [
        emails.move_to(id, None).await,
        emails.attach(id, people.team.owner).await,
        emails.detach(id).await,
        emails.restore(people.db.new_id()).await,
    ] {
        assert!(matches!(refused, Err(Error::NotFound)));
    }
    let back = emails.restore(id).await.expect("restored");
    assert_eq!((back.deleted_at, back.deletion_id), (None, None));
    let found = emails.get(id).await.expect("a look-up").expect("found");
    assert_eq!(found.recipients, before.recipients);
    // What is live cannot come back.
    assert!(matches!(emails.restore(id).await, Err(Error::NotFound)));
    let unknown = emails.delete(people.db.new_id()).await;
    assert!(matches!(unknown, Err(Error::NotFound)));
}

async fn what_lies_in_a_mailbox_goes_and_comes_back_with_it(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let sales = another(&tenant, info.domain_id, "sales").await;
    let emails = tenant.emails();
    let gone_before = record(&tenant, letter(&info, 1, "1@x")).await.email;
    emails.delete(gone_before.id).await.expect("a deletion");
    let with_it = record(&tenant, letter(&info, 2, "2@x")).await.email;
    let elsewhere = record(&tenant, letter(&sales, 3, "3@x")).await.email;
    let all = EmailFilter::default();
    let live = async || {
        let page = emails.list(&all, 10, None).await.expect("a page");
        page.items.iter().map(|email| email.id).collect::<Vec<_>>()
    };
    let deleted = tenant.mailboxes().delete(info.id).await;
    deleted.expect("deleted");
    assert_eq!(live().await, [elsewhere.id]);
    // It does not come back without its mailbox.
    for id in [gone_before.id, with_it.id] {
        assert!(matches!(emails.restore(id).await, Err(Error::NotFound)));
    }
    let refused = emails.record(letter(&info, 4, "4@x")).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    tenant.mailboxes().restore(info.id).await.expect("restored");
    assert_eq!(live().await, [elsewhere.id, with_it.id]);

    // And with the domain.
    let domains = tenant.domains();
    domains.delete(info.domain_id).await.expect("deleted");
    assert!(live().await.is_empty());
    let refused = emails.record(letter(&sales, 5, "5@x")).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    domains.restore(info.domain_id).await.expect("restored");
    assert_eq!(live().await, [elsewhere.id, with_it.id]);
}

async fn recipients_of_what_is_deleted_are_not_shown(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let given = NewEmail {
        to: vec!["a@x.test".parse().expect("an address")],
        ..letter(&info, 1, "1@x")
    };
    let email = record(&tenant, given).await.email;
    let emails = tenant.emails();
    let page = emails.list(&EmailFilter::default(), 10, None).await;
    let page = page.expect("a page");
    emails.delete(email.id).await.expect("a deletion");
    let shown = emails.with_recipients(page).await.expect("a page");
    assert_eq!(shown.items[0].recipients, service::Recipients::default());
    // They are there, for its return.
    let stored = email_recipients::Entity::find().count(&people.db).await;
    assert_eq!(stored.expect("a count"), 1);
    let stored = emails::Entity::find().count(&people.db).await;
    assert_eq!(stored.expect("a count"), 1);
}
