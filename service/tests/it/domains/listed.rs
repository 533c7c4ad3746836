//! Listed, counted, with what lies under them, and who added them.

use service::{DomainFilter, Error, MailDepth, Member, Pattern};
use uuid::Uuid;

use super::deleted::{email, mailbox};
use super::{claim, is_invalid, other, own};
use crate::people::{People, with_people};

with_people!(
    domains_are_listed_by_what_is_asked,
    three_levels_take_three_statements_and_no_more_than_asked,
    members_are_found_by_the_domains_they_added,
);

fn named(pattern: Pattern) -> DomainFilter {
    DomainFilter {
        name: Some(pattern),
        ..DomainFilter::default()
    }
}

async fn domains_are_listed_by_what_is_asked(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    own(&other, "shop.acme.test").await;
    for name in ["acme.test", "acme.example", "acme-mail.test"] {
        claim(&tenant, name).await;
    }
    own(&tenant, "verified.test").await;
    let gone = claim(&tenant, "gone.test").await;
    tenant.domains().delete(gone.id).await.expect("deleted");
    let list = async |filter: &DomainFilter| -> Vec<String> {
        let page = tenant.domains().list(filter, 200, None).await;
        let items = page.expect("a page").items;
        let count = tenant.domains().count(filter).await.expect("a count");
        assert_eq!(count, items.len() as u64);
        items.into_iter().map(|domain| domain.name).collect()
    };
    let all = DomainFilter::default();
    assert_eq!(
        list(&all).await,
        [
            "acme.test",
            "acme.example",
            "acme-mail.test",
            "verified.test"
        ]
    );
    let ends = named(Pattern::ends_with(".TEST").expect("a pattern"));
    assert_eq!(
        list(&ends).await,
        ["acme.test", "acme-mail.test", "verified.test"]
    );
    let starts = named(Pattern::starts_with("acme.").expect("a pattern"));
    assert_eq!(list(&starts).await, ["acme.test", "acme.example"]);
    let contains = named(Pattern::contains("-mail").expect("a pattern"));
    assert_eq!(list(&contains).await, ["acme-mail.test"]);
    let is = named(Pattern::is("acme.test").expect("a pattern"));
    assert_eq!(list(&is).await, ["acme.test"]);
    // Nothing in a pattern has a meaning of its own.
    for literal in ["%", "acme_test", "*", "a\\"] {
        let filter = named(Pattern::contains(literal).expect("a pattern"));
        assert_eq!(list(&filter).await, [] as [&str; 0], "{literal}");
    }
    let longer = named(Pattern::ends_with("x.acme.test").expect("a pattern"));
    assert_eq!(list(&longer).await, [] as [&str; 0]);
    let verified = |verified| DomainFilter {
        verified: Some(verified),
        ..DomainFilter::default()
    };
    assert_eq!(list(&verified(true)).await, ["verified.test"]);
    assert_eq!(list(&verified(false)).await.len(), 3);

    // A page at a time.
    let first = tenant.domains().list(&all, 3, None).await.expect("a page");
    let next = tenant.domains().list(&all, 3, first.next.as_ref()).await;
    assert_eq!(
        (first.items.len(), next.expect("a page").items.len()),
        (3, 1)
    );
    let elsewhere = tenant.domains().list(&ends, 3, first.next.as_ref()).await;
    assert!(is_invalid(&elsewhere, "cursor"));
}

async fn three_levels_take_three_statements_and_no_more_than_asked(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let theirs = own(&other, "theirs.test").await;
    email(
        &people,
        &mailbox(&other, theirs.id, "theirs").await,
        "theirs",
    )
    .await;
    let mut expected = Vec::new();
    for n in 0..4 {
        let domain = own(&tenant, &format!("d{n}.test")).await;
        let mut boxes = Vec::new();
        for m in 0..n {
            let mailbox = mailbox(&tenant, domain.id, &format!("m{m}")).await;
            let mut mail = Vec::new();
            for e in 0..(m + 1) * 2 {
                mail.push(email(&people, &mailbox, &format!("{n} {m} {e}")).await);
            }
            // The latest three, the last one first.
            let latest: Vec<_> = mail.iter().rev().take(3).copied().collect();
            boxes.push((mailbox.id, latest));
        }
        // The first two.
        boxes.truncate(2);
        // Deleted ones take no place.
        if n > 0 {
            let gone = mailbox(&tenant, domain.id, "gone").await;
            email(&people, &gone, "gone").await;
            tenant.mailboxes().delete(gone.id).await.expect("deleted");
        }
        expected.push((domain.id, boxes));
    }
    let depth = MailDepth {
        mailboxes: 2,
        emails: 3,
    };
    people.sent.take();
    let domains = tenant.domains();
    let page = domains
        .list_with_mail(&DomainFilter::default(), depth, 50, None)
        .await;
    assert_eq!(people.sent.take().len(), 3, "one for each level");
    let page = page.expect("a page");
    let found: Vec<_> = page
        .items
        .iter()
        .map(|with| {
            let boxes = with.mailboxes.iter().map(|with| {
                let mail = with.emails.iter();
                assert!(
                    mail.clone()
                        .all(|mail| mail.mailbox_id == Some(with.mailbox.id))
                );
                (
                    with.mailbox.id,
                    mail.map(|mail| mail.id).collect::<Vec<_>>(),
                )
            });
            (with.domain.id, boxes.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(found, expected);

    let deep = |mailboxes, emails| MailDepth { mailboxes, emails };
    let all = DomainFilter::default();
    for (depth, limit) in [
        (deep(21, 1), 50),
        (deep(1, 21), 1),
        (deep(u64::MAX, 1), 200),
    ] {
        let refused = domains.list_with_mail(&all, depth, limit, None).await;
        assert!(is_invalid(&refused, "depth"), "{depth:?}");
    }
    for none in [deep(0, 5), deep(5, 0)] {
        let page = domains
            .list_with_mail(&all, none, 50, None)
            .await
            .expect("a page");
        let mut boxes = page.items.iter().flat_map(|with| &with.mailboxes);
        assert!(boxes.all(|with| none.mailboxes > 0 && with.emails.is_empty()));
    }
}

async fn members_are_found_by_the_domains_they_added(people: People) {
    let (owner, admin) = (people.as_owner().await, people.as_admin().await);
    let other = other(&people, "other").await;
    claim(&owner, "acme.test").await;
    claim(&admin, "beta.test").await;
    let gone = claim(&admin, "acme.example").await;
    admin.domains().delete(gone.id).await.expect("deleted");
    // In another application: what they added there says nothing here.
    let members = other.admin().expect("an admin").members();
    members
        .add(people.team.admin, &["admin"])
        .await
        .expect("added");
    let elsewhere = people
        .db
        .tenant(people.team.admin, other.application_id())
        .await;
    claim(&elsewhere.expect("an admin there"), "acme.test").await;
    let added = async |text: &str| -> Vec<Uuid> {
        let filter = named(Pattern::starts_with(text).expect("a pattern"));
        let page = owner.domains().claimants(&filter, 50, None).await;
        let ids = |member: &Member| member.user.id;
        page.expect("a page").items.iter().map(ids).collect()
    };
    assert_eq!(added("acme.").await, [people.team.owner]);
    assert_eq!(added("beta.").await, [people.team.admin]);
    assert_eq!(added("gamma.").await, [] as [Uuid; 0]);
    let members = owner.admin().expect("an admin").members();
    members.remove(people.team.admin).await.expect("removed");
    assert_eq!(added("beta.").await, [] as [Uuid; 0]);
    let nobody = Pattern::contains("");
    assert!(matches!(nobody, Err(Error::Invalid { .. })));
}
