//! Lists: the newest first, by mailbox, member, thread, direction and instant, a page at a time.

use service::{Direction, EmailFilter, Error, NewEmail};

use super::{at, letter, mailbox, received, record, subjects};
use crate::people::{People, with_people};

with_people!(
    a_list_is_the_newest_first_and_a_filter_takes_its_own,
    pages_follow_each_other_whatever_comes_between,
    counts_are_of_each_mailbox_and_member,
    a_cursor_of_another_list_is_refused,
);

async fn a_list_is_the_newest_first_and_a_filter_takes_its_own(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    record(&tenant, letter(&info, 30, "c")).await;
    record(&tenant, letter(&info, 10, "a")).await;
    let sent = NewEmail {
        direction: Direction::Sent,
        user_id: Some(people.team.member),
        ..letter(&info, 20, "b")
    };
    record(&tenant, sent).await;
    record(&tenant, received(40, "d")).await;
    let dead = record(&tenant, letter(&info, 25, "dead")).await.email;
    tenant.emails().delete(dead.id).await.expect("a deletion");

    let any = EmailFilter::default;
    for (filter, expected) in [
        (any(), &["d", "c", "b", "a"][..]),
        (EmailFilter::mailbox(info.id), &["c", "b", "a"]),
        (
            EmailFilter {
                direction: Some(Direction::Sent),
                ..EmailFilter::mailbox(info.id)
            },
            &["b"],
        ),
        (
            EmailFilter {
                direction: Some(Direction::Received),
                ..EmailFilter::mailbox(info.id)
            },
            &["c", "a"],
        ),
        (
            EmailFilter {
                user_id: Some(people.team.member),
                ..any()
            },
            &["b"],
        ),
        (
            // From an instant on, before another.
            EmailFilter {
                from: Some(at(10)),
                until: Some(at(30)),
                ..any()
            },
            &["b", "a"],
        ),
        (
            EmailFilter {
                from: Some(at(10) + chrono::TimeDelta::microseconds(1)),
                until: Some(at(30) + chrono::TimeDelta::microseconds(1)),
                ..any()
            },
            &["c", "b"],
        ),
        (
            EmailFilter {
                until: chrono::DateTime::from_timestamp(-1, 0),
                ..any()
            },
            &[],
        ),
    ] {
        let page = tenant.emails().list(&filter, 10, None).await;
        let page = page.expect("a page");
        assert_eq!(subjects(&page.items), expected, "{filter:?}");
        assert_eq!(page.next, None);
        let count = tenant.emails().count(&filter).await.expect("a count");
        assert_eq!(count, expected.len() as u64, "{filter:?}");
    }
    let filter = serde_json::from_str(r#"{ "direction": "received" }"#).expect("a filter");
    let count = tenant.emails().count(&filter).await.expect("a count");
    assert_eq!(count, 3);
}

async fn pages_follow_each_other_whatever_comes_between(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let filter = EmailFilter::mailbox(info.id);
    let mut ids = Vec::new();
    for n in 0..7 {
        let email = record(&tenant, letter(&info, n, &n.to_string())).await;
        ids.push(email.email.id);
    }
    let emails = tenant.emails();
    let first = emails.list(&filter, 3, None).await.expect("a page");
    assert_eq!(subjects(&first.items), ["6", "5", "4"]);
    // A newer one, an older one, and one of those shown is gone.
    record(&tenant, letter(&info, 9, "9")).await;
    emails.delete(ids[4]).await.expect("a deletion");
    emails.delete(ids[2]).await.expect("a deletion");
    let second = emails.list(&filter, 3, first.next.as_ref()).await;
    let second = second.expect("a page");
    assert_eq!(subjects(&second.items), ["3", "1", "0"]);
    assert_eq!(second.next, None);
}

async fn counts_are_of_each_mailbox_and_member(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    let sales = super::another(&tenant, info.domain_id, "sales").await;
    let empty = super::another(&tenant, info.domain_id, "empty").await;
    let of = |user_id, new| NewEmail { user_id, ..new };
    let (owner, member) = (people.team.owner, people.team.member);
    for (user_id, new) in [
        (Some(owner), letter(&info, 1, "1")),
        (Some(member), letter(&info, 2, "2")),
        (None, letter(&sales, 3, "3")),
        (Some(owner), received(4, "4")),
    ] {
        record(&tenant, of(user_id, new)).await;
    }
    let dead = record(&tenant, of(Some(owner), letter(&info, 5, "5"))).await;
    let emails = tenant.emails();
    emails.delete(dead.email.id).await.expect("a deletion");

    let unknown = people.db.new_id();
    let ids = [empty.id, info.id, unknown, sales.id, info.id];
    let counts = emails.count_by_mailbox(&ids).await.expect("counts");
    assert_eq!(counts, [0, 2, 0, 1, 2]);
    let counts = emails.count_by_user(&[member, unknown, owner]).await;
    assert_eq!(counts.expect("counts"), [1, 0, 2]);
    assert_eq!(emails.count_by_user(&[]).await.expect("counts"), [0; 0]);
    let many = vec![unknown; 201];
    let refused = emails.count_by_mailbox(&many).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "mailbox_ids"));
    let refused = emails.count_by_user(&many).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "user_ids"));
}

async fn a_cursor_of_another_list_is_refused(people: People) {
    let tenant = people.as_member().await;
    for n in 0..3 {
        record(&tenant, received(n, "x")).await;
    }
    let emails = tenant.emails();
    let all = EmailFilter::default();
    let page = emails.list(&all, 1, None).await.expect("a page");
    let cursor = page.next.expect("there is more");
    let sent = EmailFilter {
        direction: Some(Direction::Received),
        ..all.clone()
    };
    let refused = emails.list(&sent, 1, Some(&cursor)).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "cursor"));
    let text = "x".parse().expect("words");
    let refused = emails.search(&text, &all, 1, Some(&cursor)).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "cursor"));
    for limit in [0, 201] {
        let refused = emails.list(&all, limit, None).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "limit"));
    }
}
