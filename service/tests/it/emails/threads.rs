//! Which messages belong together.

use service::{EmailFilter, NewEmail, Tenant};
use uuid::Uuid;

use super::{letter, mailbox, record, subjects};
use crate::people::{People, with_people};

with_people!(
    an_answer_joins_the_thread_of_what_it_answers,
    what_is_not_there_is_not_joined,
);

async fn thread(tenant: &Tenant, new: NewEmail) -> Uuid {
    record(tenant, new).await.email.thread_id.expect("a thread")
}

fn answer(new: NewEmail, to: &str, references: &[&str]) -> NewEmail {
    NewEmail {
        in_reply_to: Some(to.parse().expect("an id")),
        references: references
            .iter()
            .map(|id| id.parse().expect("an id"))
            .collect(),
        ..new
    }
}

async fn an_answer_joins_the_thread_of_what_it_answers(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let first = record(&tenant, letter(&info, 1, "1@x")).await.email;
    assert_eq!(first.thread_id, Some(first.id), "it begins one");
    let other = thread(&tenant, letter(&info, 2, "2@x")).await;
    assert_ne!(other, first.id);

    // What it answers, in whatever brackets; then what that answers; what it refers to, the last first.
    let second = answer(letter(&info, 3, "3@x"), "<1@x>", &["2@x"]);
    assert_eq!(thread(&tenant, second).await, first.id);
    let third = answer(letter(&info, 4, "4@x"), "3@x", &[]);
    assert_eq!(thread(&tenant, third).await, first.id);
    let missing = answer(letter(&info, 5, "5@x"), "lost@x", &["2@x", "4@x", "lost@x"]);
    assert_eq!(thread(&tenant, missing).await, first.id);
    let all: Vec<String> = (0..60).map(|n| format!("ref{n}@x")).collect();
    let mut many: Vec<_> = all.iter().map(String::as_str).collect();
    many.insert(30, "1@x");
    let far = answer(letter(&info, 6, "6@x"), "lost@x", &many);
    assert_eq!(thread(&tenant, far).await, first.id);

    let emails = tenant.emails();
    let page = emails.list(&EmailFilter::thread(first.id), 10, None).await;
    let page = page.expect("a page");
    assert_eq!(subjects(&page.items), ["6@x", "5@x", "4@x", "3@x", "1@x"]);
    let count = emails.count(&EmailFilter::thread(first.id)).await;
    assert_eq!(count.expect("a count"), 5);

    // A thread outlives the message that began it.
    emails.delete(first.id).await.expect("a deletion");
    let later = answer(letter(&info, 7, "7@x"), "4@x", &[]);
    assert_eq!(thread(&tenant, later).await, first.id);
}

async fn what_is_not_there_is_not_joined(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let sales = super::another(&tenant, info.domain_id, "sales").await;
    let first = thread(&tenant, letter(&info, 1, "1@x")).await;
    // Another mailbox, another application, a deleted message.
    let elsewhere = answer(letter(&sales, 2, "2@x"), "1@x", &[]);
    assert_ne!(thread(&tenant, elsewhere).await, first);
    let other = crate::people::team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    let their_mailbox = mailbox(&theirs, "other.test").await;
    let across = answer(letter(&their_mailbox, 3, "3@x"), "1@x", &["1@x"]);
    assert_ne!(thread(&theirs, across).await, first);
    let deleted = tenant.emails().delete(first).await;
    deleted.expect("a deletion");
    let late = answer(letter(&info, 4, "4@x"), "1@x", &[]);
    assert_ne!(thread(&tenant, late).await, first);
    // Nor does it answer itself.
    let circle = record(&tenant, answer(letter(&info, 5, "5@x"), "5@x", &[])).await;
    assert_eq!(circle.email.thread_id, Some(circle.email.id));
}
