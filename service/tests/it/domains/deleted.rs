//! Deleted with what it owns, and back.

use entity::{emails, mailboxes};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use service::{Deleted, Error, Mailbox, NewMailbox, Tenant};
use uuid::Uuid;

use super::{claim, is_conflict, other, own, verify};
use crate::people::{People, with_people};

with_people!(
    deleting_takes_mailboxes_and_mail_and_restoring_brings_back_exactly_those,
    a_domain_that_others_verified_meanwhile_does_not_come_back,
    a_name_that_was_claimed_anew_is_in_the_way_of_restoring,
    an_application_whose_name_was_verified_elsewhere_stays_deleted,
    leaving_the_live_scope_keeps_the_tenant,
    nothing_comes_back_under_a_deleted_application,
);

pub(crate) async fn mailbox(tenant: &Tenant, domain_id: Uuid, name: &str) -> Mailbox {
    let new = NewMailbox::new(domain_id, name.parse().expect("a local part"));
    tenant.mailboxes().create(new).await.expect("a mailbox")
}

/// An email in the mailbox, put there past the door.
pub(crate) async fn email(people: &People, mailbox: &Mailbox, subject: &str) -> Uuid {
    let id = people.db.new_id();
    let row = emails::ActiveModel {
        application_id: Set(mailbox.application_id),
        id: Set(id),
        mailbox_id: Set(Some(mailbox.id)),
        from_address: Set("a@b.test".into()),
        subject: Set(subject.into()),
        body: Set("Text".into()),
        received_at: Set(Some(people.db.clock().now().fixed_offset())),
        ..Default::default()
    };
    row.insert(&people.db).await.expect("an email");
    id
}

/// Live emails of the application, as the door sees them.
pub(crate) async fn mail(tenant: &Tenant) -> Vec<Uuid> {
    let found = tenant.find::<emails::Entity>().all().await.expect("emails");
    let mut ids: Vec<_> = found.iter().map(|email| email.id).collect();
    ids.sort_unstable();
    ids
}

async fn deleting_takes_mailboxes_and_mail_and_restoring_brings_back_exactly_those(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let aside = own(&tenant, "aside.test").await;
    let kept = mailbox(&tenant, aside.id, "kept").await;
    let kept_mail = email(&people, &kept, "kept").await;
    let early = mailbox(&tenant, domain.id, "early").await;
    email(&people, &early, "early").await;
    let late = mailbox(&tenant, domain.id, "late").await;
    let late_mail = email(&people, &late, "late").await;
    let gone = tenant.mailboxes().delete(early.id).await.expect("deleted");

    let deleted = tenant.domains().delete(domain.id).await.expect("deleted");
    assert!(matches!(deleted, Deleted::Now { .. }));
    let again = tenant.domains().delete(domain.id).await.expect("a look");
    assert!(matches!(again, Deleted::Already { .. }));
    assert_eq!(again.deletion_id(), deleted.deletion_id());
    assert_eq!(
        tenant.domains().get(domain.id).await.expect("a look-up"),
        None
    );
    assert_eq!(
        tenant.mailboxes().get(late.id).await.expect("a look-up"),
        None
    );
    let address = late.email.parse().expect("an address");
    for found in [
        tenant.mailboxes().find_by_address(&address).await,
        tenant.mailboxes().resolve_address(&address).await,
    ] {
        assert_eq!(found.expect("a look-up"), None);
    }
    assert_eq!(mail(&tenant).await, [kept_mail]);
    let new = NewMailbox::new(domain.id, "new".parse().expect("a local part"));
    let refused = tenant.mailboxes().create(new).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    // Neither of its mailboxes comes back without it.
    for id in [early.id, late.id] {
        let refused = tenant.mailboxes().restore(id).await;
        assert!(is_conflict(&refused, "domain_id"), "{refused:?}");
    }

    let back = tenant.domains().restore(domain.id).await.expect("restored");
    assert_eq!((back.deleted_at, back.deletion_id), (None, None));
    assert_eq!(
        (back.verified_at, &back.challenge),
        (domain.verified_at, &domain.challenge)
    );
    assert_eq!(mail(&tenant).await, [kept_mail, late_mail]);
    let stored = mailboxes::Entity::find_by_id((domain.application_id, early.id));
    let stored = stored
        .one(&people.db)
        .await
        .expect("a look-up")
        .expect("there");
    assert_eq!(
        stored.deletion_id,
        Some(gone.deletion_id()),
        "its own holds it still"
    );
    assert_eq!(stored.deleted_at.map(|at| at.to_utc()), Some(gone.at()));
    let refused = tenant.domains().restore(domain.id).await;
    assert!(matches!(refused, Err(Error::NotFound)), "it is live");
    tenant
        .mailboxes()
        .restore(early.id)
        .await
        .expect("restored");
    assert_eq!(mail(&tenant).await.len(), 3);
}

async fn a_domain_that_others_verified_meanwhile_does_not_come_back(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let domain = own(&tenant, "acme.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    email(&people, &sales, "old").await;
    let deleted = tenant.domains().delete(domain.id).await.expect("deleted");
    let theirs = own(&other, "acme.test").await;
    let refused = tenant.domains().restore(domain.id).await;
    assert!(is_conflict(&refused, "name"), "{refused:?}");
    assert_eq!(mail(&tenant).await, [] as [Uuid; 0], "nothing changed");
    let marked = mailboxes::Entity::find()
        .filter(mailboxes::Column::DeletionId.eq(deleted.deletion_id()))
        .count(&people.db)
        .await;
    assert_eq!(marked, Ok(1), "nothing changed");
    let owner = other.domains().get(theirs.id).await.expect("a look-up");
    assert_eq!(owner, Some(theirs.clone()));

    // A claim that others verified is a claim as before.
    let claimed = claim(&tenant, "claimed.test").await;
    tenant.domains().delete(claimed.id).await.expect("deleted");
    own(&other, "claimed.test").await;
    let back = tenant
        .domains()
        .restore(claimed.id)
        .await
        .expect("restored");
    assert_eq!(back.verified_at, None);

    // Once it is free again, it can come back.
    other.domains().release(theirs.id).await.expect("released");
    tenant.domains().restore(domain.id).await.expect("restored");
    let late = other.domains().get(theirs.id).await.expect("a look-up");
    let late = verify(&other, &late.expect("there")).await;
    assert!(is_conflict(&late, "name"), "{late:?}");
}

async fn a_name_that_was_claimed_anew_is_in_the_way_of_restoring(people: People) {
    let tenant = people.as_owner().await;
    let old = claim(&tenant, "acme.test").await;
    tenant.domains().delete(old.id).await.expect("deleted");
    let new = claim(&tenant, "acme.test").await;
    assert_ne!((new.id, &new.challenge), (old.id, &old.challenge));
    let refused = tenant.domains().restore(old.id).await;
    assert!(is_conflict(&refused, "name"), "{refused:?}");
}

async fn an_application_whose_name_was_verified_elsewhere_stays_deleted(people: People) {
    let db = &people.db;
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let domain = own(&tenant, "acme.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    db.applications()
        .delete(sales.application_id)
        .await
        .expect("deleted");
    let theirs = own(&other, "acme.test").await;
    let refused = db.applications().restore(sales.application_id).await;
    assert!(is_conflict(&refused, "name"), "{refused:?}");
    assert_eq!(
        db.applications()
            .get(sales.application_id)
            .await
            .expect("a look-up"),
        None
    );
    other.domains().delete(theirs.id).await.expect("deleted");
    db.applications()
        .restore(sales.application_id)
        .await
        .expect("restored");
    let tenant = people.as_owner().await;
    let back = tenant.mailboxes().get(sales.id).await.expect("a look-up");
    assert!(back.is_some());
}

async fn leaving_the_live_scope_keeps_the_tenant(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let ours = claim(&tenant, "acme.test").await;
    let theirs = own(&other, "theirs.test").await;
    let theirs_box = mailbox(&other, theirs.id, "sales").await;
    tenant.domains().delete(ours.id).await.expect("deleted");
    other.domains().delete(theirs.id).await.expect("deleted");
    let domains = tenant.find::<entity::domains::Entity>();
    for seen in [domains.clone().with_deleted(), domains.only_deleted()] {
        let seen = seen.all().await.expect("rows");
        assert_eq!(seen.iter().map(|row| row.id).collect::<Vec<_>>(), [ours.id]);
    }
    let seen = tenant.find::<mailboxes::Entity>().with_deleted();
    assert_eq!(seen.count().await.expect("a count"), 0);
    let refused = tenant.mailboxes().restore(theirs_box.id).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
}

async fn nothing_comes_back_under_a_deleted_application(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    tenant.mailboxes().delete(sales.id).await.expect("deleted");
    tenant.domains().delete(domain.id).await.expect("deleted");
    let application = people.db.applications();
    application
        .delete(domain.application_id)
        .await
        .expect("deleted");
    let refused = tenant.domains().restore(domain.id).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let refused = tenant.mailboxes().restore(sales.id).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
}
