//! Listed, counted, and whose they are.

use service::{Change, DomainFilter, MailboxFilter, MailboxPatch, Member, Pattern};
use uuid::Uuid;

use super::new;
use crate::domains::deleted::mailbox;
use crate::domains::{other, own};
use crate::people::{People, with_people};

with_people!(
    mailboxes_are_listed_by_what_is_asked,
    members_are_found_by_their_mailboxes,
);

fn address(pattern: Pattern) -> MailboxFilter {
    MailboxFilter {
        address: Some(pattern),
        ..MailboxFilter::default()
    }
}

fn domain(name: &str) -> MailboxFilter {
    let name = Some(Pattern::is(name).expect("a pattern"));
    MailboxFilter {
        domain: Some(DomainFilter {
            name,
            ..DomainFilter::default()
        }),
        ..MailboxFilter::default()
    }
}

async fn mailboxes_are_listed_by_what_is_asked(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let theirs = own(&other, "acme.example").await;
    mailbox(&other, theirs.id, "sales").await;
    let (acme, beta) = (
        own(&tenant, "acme.test").await,
        own(&tenant, "beta.test").await,
    );
    for name in ["sales", "sales_eu", "jürgen"] {
        mailbox(&tenant, acme.id, name).await;
    }
    mailbox(&tenant, beta.id, "sales").await;
    let gone = mailbox(&tenant, beta.id, "gone").await;
    tenant.mailboxes().delete(gone.id).await.expect("deleted");
    let list = async |filter: MailboxFilter| -> Vec<String> {
        let page = tenant.mailboxes().list(&filter, 200, None).await;
        let items = page.expect("a page").items;
        let count = tenant.mailboxes().count(&filter).await.expect("a count");
        assert_eq!(count, items.len() as u64);
        items.into_iter().map(|mailbox| mailbox.email).collect()
    };
    let all = [
        "sales@acme.test",
        "sales_eu@acme.test",
        "jürgen@acme.test",
        "sales@beta.test",
    ];
    assert_eq!(list(MailboxFilter::default()).await, all);
    let starts = Pattern::starts_with("Sales@").expect("a pattern");
    assert_eq!(
        list(address(starts)).await,
        ["sales@acme.test", "sales@beta.test"]
    );
    let ends = Pattern::ends_with("@beta.test").expect("a pattern");
    assert_eq!(list(address(ends)).await, ["sales@beta.test"]);
    let literal = Pattern::contains("s_e").expect("a pattern");
    assert_eq!(list(address(literal)).await, ["sales_eu@acme.test"]);
    let accented = Pattern::starts_with("JU\u{308}R").expect("a pattern");
    assert_eq!(list(address(accented)).await, ["jürgen@acme.test"]);
    let accented = Pattern::contains("rgen@acme").expect("a pattern");
    assert_eq!(list(address(accented)).await, ["jürgen@acme.test"]);
    let of = MailboxFilter {
        domain_id: Some(beta.id),
        ..MailboxFilter::default()
    };
    assert_eq!(list(of).await, ["sales@beta.test"]);
    assert_eq!(list(domain("beta.test")).await, ["sales@beta.test"]);
    let foreign = MailboxFilter {
        domain_id: Some(theirs.id),
        ..MailboxFilter::default()
    };
    assert_eq!(list(foreign).await, [] as [&str; 0]);

    let counts = tenant
        .mailboxes()
        .count_by_domain(&MailboxFilter::default())
        .await;
    assert_eq!(counts.expect("counts"), [(acme.id, 3), (beta.id, 1)]);
    let sales = address(Pattern::starts_with("sales_").expect("a pattern"));
    let counts = tenant.mailboxes().count_by_domain(&sales).await;
    assert_eq!(counts.expect("counts"), [(acme.id, 1)]);
    let json = r#"{ "address": { "ends_with": "@BETA.test" }, "domain": { "verified": true } }"#;
    let written: MailboxFilter = serde_json::from_str(json).expect("a filter");
    assert_eq!(list(written).await, ["sales@beta.test"]);
}

async fn members_are_found_by_their_mailboxes(people: People) {
    let tenant = people.as_owner().await;
    let (acme, beta) = (
        own(&tenant, "acme.test").await,
        own(&tenant, "beta.test").await,
    );
    let give = async |domain_id: Uuid, name: &str, user_id: Uuid| {
        let mut mailbox = new(domain_id, name);
        mailbox.user_id = Some(user_id);
        tenant.mailboxes().create(mailbox).await.expect("a mailbox")
    };
    give(acme.id, "ada", people.team.owner).await;
    give(beta.id, "bob", people.team.owner).await;
    let bob = give(acme.id, "bob", people.team.member).await;
    mailbox(&tenant, acme.id, "shared").await;
    let holders = async |filter: MailboxFilter| -> Vec<Uuid> {
        let page = tenant.mailboxes().holders(&filter, 50, None).await;
        let ids = |member: &Member| member.user.id;
        page.expect("a page").items.iter().map(ids).collect()
    };
    let (owner, member) = (people.team.owner, people.team.member);
    assert_eq!(holders(domain("acme.test")).await, [owner, member]);
    assert_eq!(holders(domain("beta.test")).await, [owner]);
    let bobs = || Pattern::starts_with("bob@").expect("a pattern");
    assert_eq!(holders(address(bobs())).await, [owner, member]);
    // One mailbox that meets both.
    let both = MailboxFilter {
        address: Some(bobs()),
        ..domain("acme.test")
    };
    assert_eq!(holders(both.clone()).await, [member]);
    let shared = Pattern::starts_with("shared@").expect("a pattern");
    assert_eq!(holders(address(shared)).await, [] as [Uuid; 0]);
    let clear = MailboxPatch {
        user_id: Change::Clear,
        ..MailboxPatch::default()
    };
    tenant
        .mailboxes()
        .update(bob.id, clear)
        .await
        .expect("shared");
    assert_eq!(holders(both).await, [] as [Uuid; 0]);
    // With the domain its mailboxes are out of sight.
    tenant.domains().delete(acme.id).await.expect("deleted");
    assert_eq!(holders(MailboxFilter::default()).await, [owner]);
    assert_eq!(holders(domain("acme.test")).await, [] as [Uuid; 0]);
}
