//! Mailboxes: one for each address, under a verified domain alone.

mod deleted;
mod listed;
mod members;
mod racing;

use service::{Change, Email, Error, LocalPart, MailboxFilter, MailboxPatch, NewMailbox, Tenant};
use uuid::Uuid;

use crate::domains::deleted::mailbox;
use crate::domains::{claim, is_conflict, is_invalid, literal, other, own, raw};
use crate::people::{People, sent, with_people};

with_people!(
    an_address_is_one_mailbox_however_it_is_written,
    what_is_no_local_part_is_refused,
    mail_lands_in_the_mailbox_or_in_the_catch_all,
    a_mailbox_stands_under_a_verified_domain_of_its_application,
    the_database_refuses_a_domain_of_another_application,
    another_application_s_mailbox_is_like_one_that_never_was,
    each_verb_sends_few_statements,
    a_stale_update_is_a_conflict,
);

pub(crate) fn new(domain_id: Uuid, name: &str) -> NewMailbox {
    NewMailbox::new(domain_id, name.parse().expect("a local part"))
}

async fn routed(tenant: &Tenant, address: &str) -> Option<Uuid> {
    let address = address.parse().expect("an address");
    let found = tenant.mailboxes().resolve_address(&address).await;
    found.expect("a look-up").map(|mailbox| mailbox.id)
}

async fn an_address_is_one_mailbox_however_it_is_written(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "EXÄMPLE.com.").await;
    let user = mailbox(&tenant, domain.id, "User").await;
    assert_eq!(user.local_part, "user");
    assert_eq!(user.email, "user@xn--exmple-cua.com");
    assert_eq!((user.domain_id, user.user_id), (domain.id, None));
    for written in [
        "User@EXÄMPLE.com",
        "user@xn--exmple-cua.com",
        "USER@XN--EXMPLE-CUA.COM.",
        "user@exa\u{308}mple.com.",
        "user@ｅｘäｍｐｌｅ。com",
    ] {
        let address: Email = written.parse().expect("an address");
        let found = tenant.mailboxes().find_by_address(&address).await;
        assert_eq!(found.expect("a look-up").as_ref(), Some(&user), "{written}");
        assert_eq!(routed(&tenant, written).await, Some(user.id), "{written}");
    }
    for name in ["USER", "user", "User"] {
        let again = tenant.mailboxes().create(new(domain.id, name)).await;
        assert!(is_conflict(&again, "email"), "{name}: {again:?}");
    }
    // Another @ is none, and full-width letters are no other way to write a mailbox.
    for refused in [
        "user\u{ff20}exämple.com",
        "ｕser@exämple.com",
        "user@exämple\u{ff20}com",
    ] {
        assert!(refused.parse::<Email>().is_err(), "{refused}");
    }
}

async fn what_is_no_local_part_is_refused(people: People) {
    let long = "a".repeat(65);
    let huge = "a".repeat(1 << 20);
    for text in [
        "",
        "*",
        "a b",
        "a@b",
        "\u{ff20}",
        "ｕser",
        ".a",
        "a.",
        "a..b",
        "a\0",
        "a\n",
        "\"a\"",
        "<a>",
        "a\u{200b}",
        &long,
        &huge,
    ] {
        let refused = text.parse::<LocalPart>();
        assert!(is_invalid(&refused, "local_part"), "{text:.80?}");
        let json = serde_json::json!({ "domain_id": Uuid::nil(), "local_part": text });
        assert!(
            serde_json::from_value::<NewMailbox>(json).is_err(),
            "{text:.80?}"
        );
    }
    // Too long in all, though neither part is.
    let tenant = people.as_owner().await;
    let label = "a".repeat(57);
    let domain = own(&tenant, &format!("{label}.{label}.{label}.{label}.test")).await;
    let refused = tenant
        .mailboxes()
        .create(new(domain.id, &"b".repeat(20)))
        .await;
    assert!(is_invalid(&refused, "email"), "{refused:?}");
    mailbox(&tenant, domain.id, &"b".repeat(17)).await;
}

async fn mail_lands_in_the_mailbox_or_in_the_catch_all(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let domain = own(&tenant, "acme.test").await;
    let aside = own(&tenant, "aside.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    let star = mailbox(&tenant, domain.id, "a*b").await;
    assert_eq!(routed(&tenant, "other@acme.test").await, None);
    let all = NewMailbox::new(domain.id, LocalPart::catch_all());
    let all = tenant.mailboxes().create(all).await.expect("a catch-all");
    assert_eq!(
        (all.local_part.as_str(), all.email.as_str()),
        ("*", "*@acme.test")
    );
    let again = NewMailbox::new(domain.id, LocalPart::catch_all());
    let again = tenant.mailboxes().create(again).await;
    assert!(is_conflict(&again, "email"), "{again:?}");

    assert_eq!(routed(&tenant, "sales@acme.test").await, Some(sales.id));
    assert_eq!(routed(&tenant, "a*b@acme.test").await, Some(star.id));
    assert_eq!(routed(&tenant, "axb@acme.test").await, Some(all.id));
    assert_eq!(routed(&tenant, "*@acme.test").await, Some(all.id));
    assert_eq!(
        routed(&tenant, "sales@aside.test").await,
        None,
        "of another domain"
    );
    assert_eq!(routed(&tenant, "sales@sub.acme.test").await, None);
    assert_eq!(
        routed(&other, "sales@acme.test").await,
        None,
        "of another application"
    );
    let exact = "other@acme.test".parse().expect("an address");
    let exact = tenant.mailboxes().find_by_address(&exact).await;
    assert_eq!(exact.expect("a look-up"), None, "exactly this address");

    // A deleted mailbox's mail goes to the catch-all, and nowhere once that is gone.
    tenant.mailboxes().delete(sales.id).await.expect("deleted");
    assert_eq!(routed(&tenant, "sales@acme.test").await, Some(all.id));
    tenant.mailboxes().delete(all.id).await.expect("deleted");
    assert_eq!(routed(&tenant, "sales@acme.test").await, None);
    // Behind the door: a domain that died alone takes its mailboxes out of sight.
    let lonely = mailbox(&tenant, aside.id, "lonely").await;
    let id = literal(&people, aside.id);
    let dead =
        format!("UPDATE domains SET deleted_at = created_at, deletion_id = id WHERE id = {id}");
    assert_eq!(raw(&people, &dead).await.expect("done"), 1);
    assert_eq!(routed(&tenant, "lonely@aside.test").await, None);
    assert_eq!(
        tenant.mailboxes().get(lonely.id).await.expect("a look-up"),
        None
    );
}

async fn a_mailbox_stands_under_a_verified_domain_of_its_application(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let theirs = own(&other, "theirs.test").await;
    for id in [theirs.id, people.db.new_id()] {
        let refused = tenant.mailboxes().create(new(id, "sales")).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
    let claimed = claim(&tenant, "acme.test").await;
    let refused = tenant.mailboxes().create(new(claimed.id, "sales")).await;
    assert!(is_invalid(&refused, "domain_id"), "{refused:?}");
    let gone = own(&tenant, "gone.test").await;
    tenant.domains().delete(gone.id).await.expect("deleted");
    let refused = tenant.mailboxes().create(new(gone.id, "sales")).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let all = MailboxFilter::default();
    assert_eq!(tenant.mailboxes().count(&all).await.expect("a count"), 0);
    let member = people.as_member().await;
    let refused = member.mailboxes().create(new(claimed.id, "sales")).await;
    assert!(
        matches!(refused, Err(Error::Forbidden { .. })),
        "{refused:?}"
    );
}

async fn the_database_refuses_a_domain_of_another_application(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let ours = own(&tenant, "ours.test").await;
    let theirs = own(&other, "theirs.test").await;
    let sales = mailbox(&tenant, ours.id, "sales").await;
    let [application, foreign, this, new] =
        [ours.application_id, theirs.id, sales.id, people.db.new_id()]
            .map(|id| literal(&people, id));
    let insert = format!(
        "INSERT INTO mailboxes (application_id, id, domain_id, local_part, email) \
         VALUES ({application}, {new}, {foreign}, 'm', 'm@theirs.test')"
    );
    let update = format!("UPDATE mailboxes SET domain_id = {foreign} WHERE id = {this}");
    for sql in [insert, update] {
        let refused = raw(&people, &sql).await;
        assert!(
            matches!(refused, Err(Error::NotFound)),
            "{sql}: {refused:?}"
        );
    }
}

async fn another_application_s_mailbox_is_like_one_that_never_was(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let theirs = own(&other, "theirs.test").await;
    let theirs = mailbox(&other, theirs.id, "sales").await;
    let address = theirs.email.parse().expect("an address");
    for id in [theirs.id, people.db.new_id()] {
        let mailboxes = tenant.mailboxes();
        assert_eq!(mailboxes.get(id).await.expect("a look-up"), None);
        let patch = MailboxPatch {
            user_id: Change::Set(people.team.owner),
            ..MailboxPatch::default()
        };
        let updated = mailboxes.update(id, patch).await;
        assert!(matches!(updated, Err(Error::NotFound)), "{updated:?}");
        let deleted = mailboxes.delete(id).await;
        assert!(matches!(deleted, Err(Error::NotFound)), "{deleted:?}");
        let restored = mailboxes.restore(id).await;
        assert!(matches!(restored, Err(Error::NotFound)), "{restored:?}");
    }
    let found = tenant.mailboxes().find_by_address(&address).await;
    assert_eq!(found.expect("a look-up"), None);
    let there = other.mailboxes().get(theirs.id).await.expect("a look-up");
    assert_eq!(there, Some(theirs), "as it was");
}

async fn each_verb_sends_few_statements(people: People) {
    migration::not_on_citus!(
        people.test,
        "what a row stands under is looked at again there, by a statement of its own"
    );
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let mailboxes = tenant.mailboxes();
    people.sent.take();
    let sent = || sent(&people);
    let sales = mailbox(&tenant, domain.id, "sales").await;
    assert_eq!(sent(), 2, "create");
    let address = sales.email.parse().expect("an address");
    mailboxes
        .find_by_address(&address)
        .await
        .expect("a look-up");
    assert_eq!(sent(), 1, "find_by_address");
    mailboxes
        .resolve_address(&address)
        .await
        .expect("a look-up");
    assert_eq!(sent(), 1, "resolve_address");
    let all = MailboxFilter::default();
    mailboxes.list(&all, 10, None).await.expect("a page");
    assert_eq!(sent(), 1, "list");
    mailboxes.count_by_domain(&all).await.expect("counts");
    assert_eq!(sent(), 1, "count_by_domain");
    let patch = MailboxPatch {
        user_id: Change::Set(people.team.member),
        ..MailboxPatch::default()
    };
    mailboxes.update(sales.id, patch).await.expect("assigned");
    assert_eq!(sent(), 1, "update");
    mailboxes.holders(&all, 10, None).await.expect("a page");
    assert_eq!(sent(), 4, "holders");
    mailboxes.delete(sales.id).await.expect("deleted");
    // The lock, the mailbox, its mail.
    assert_eq!(sent(), 3, "delete");
}

async fn a_stale_update_is_a_conflict(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    let patch = |user_id| MailboxPatch {
        user_id: Change::Set(user_id),
        if_updated_at: Some(sales.updated_at.to_utc()),
    };
    let update = async |patch| tenant.mailboxes().update(sales.id, patch).await;
    // Not stale: there is no such member.
    let nobody = update(patch(people.db.new_id())).await;
    assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
    let first = update(patch(people.team.member)).await.expect("assigned");
    let stale = update(patch(people.team.admin)).await;
    assert!(is_conflict(&stale, "updated_at"), "{stale:?}");
    let stored = tenant.mailboxes().get(sales.id).await.expect("a look-up");
    assert_eq!(stored, Some(first));
}
