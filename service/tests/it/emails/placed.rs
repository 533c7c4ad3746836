//! Where an email lies and whose it is, and how that changes.

use service::{EmailFilter, Error};

use super::{another, letter, mailbox, received, record, subjects};
use crate::people::{People, team, with_people};

with_people!(
    an_email_moves_between_mailboxes_of_its_application,
    what_lies_there_already_is_a_conflict,
    an_email_is_attached_to_a_member_and_to_nobody,
);

async fn an_email_moves_between_mailboxes_of_its_application(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let sales = another(&tenant, info.domain_id, "sales").await;
    let email = record(&tenant, letter(&info, 1, "1@x")).await.email;
    let emails = tenant.emails();
    let moved = emails.move_to(email.id, Some(sales.id)).await;
    let moved = moved.expect("moved");
    assert_eq!(moved.mailbox_id, Some(sales.id));
    assert_eq!(moved.thread_id, email.thread_id);
    assert!(moved.updated_at > email.updated_at);
    let page = emails.list(&EmailFilter::mailbox(sales.id), 9, None).await;
    assert_eq!(subjects(&page.expect("a page").items), ["1@x"]);
    let counts = emails.count_by_mailbox(&[info.id, sales.id]).await;
    assert_eq!(counts.expect("counts"), [0, 1]);
    let out = emails.move_to(email.id, None).await.expect("moved");
    assert_eq!(out.mailbox_id, None);

    // Not to where nothing lies: deleted, of another application, never there.
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = mailbox(&theirs.expect("its owner"), "other.test").await;
    let deleted = tenant.mailboxes().delete(sales.id).await;
    deleted.expect("deleted");
    for id in [sales.id, theirs.id, people.db.new_id()] {
        let refused = emails.move_to(email.id, Some(id)).await;
        assert!(matches!(refused, Err(Error::NotFound)));
    }
    let stays = emails.get(email.id).await.expect("a look-up");
    assert_eq!(stays.map(|stays| stays.email), Some(out));
}

async fn what_lies_there_already_is_a_conflict(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let sales = another(&tenant, info.domain_id, "sales").await;
    let email = record(&tenant, letter(&info, 1, "1@x")).await.email;
    record(&tenant, letter(&sales, 1, "1@x")).await;
    let nowhere = service::NewEmail {
        mailbox_id: None,
        ..letter(&info, 1, "1@x")
    };
    record(&tenant, nowhere).await;
    for place in [Some(sales.id), None] {
        let refused = tenant.emails().move_to(email.id, place).await;
        assert!(matches!(refused, Err(Error::Conflict { field }) if field == "message_id"));
    }
}

async fn an_email_is_attached_to_a_member_and_to_nobody(people: People) {
    let tenant = people.as_member().await;
    let email = record(&tenant, received(1, "x")).await.email;
    let emails = tenant.emails();
    let (owner, member) = (people.team.owner, people.team.member);
    for user_id in [owner, member] {
        let attached = emails.attach(email.id, user_id).await.expect("attached");
        assert_eq!(attached.user_id, Some(user_id));
    }
    let stranger = people.stranger("eve").await;
    let refused = emails.attach(email.id, stranger).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    let counts = emails.count_by_user(&[owner, member, stranger]).await;
    assert_eq!(counts.expect("counts"), [0, 1, 0]);
    let detached = emails.detach(email.id).await.expect("detached");
    assert_eq!(detached.user_id, None);
}
