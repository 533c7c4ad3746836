//! Deleted with its mail, and back.

use service::Deleted;
use uuid::Uuid;

use super::new;
use crate::domains::deleted::{email, mail, mailbox};
use crate::domains::{is_conflict, own};
use crate::people::{People, with_people};

with_people!(
    its_mail_goes_and_comes_with_it,
    an_address_made_anew_has_none_of_the_old_mail,
    a_released_domain_s_mailbox_comes_back,
);

async fn its_mail_goes_and_comes_with_it(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    let aside = mailbox(&tenant, domain.id, "aside").await;
    let of_sales = email(&people, &sales, "sales").await;
    let of_aside = email(&people, &aside, "aside").await;
    let deleted = tenant.mailboxes().delete(sales.id).await.expect("deleted");
    assert!(matches!(deleted, Deleted::Now { .. }));
    assert_eq!(mail(&tenant).await, [of_aside]);
    let again = tenant.mailboxes().delete(sales.id).await.expect("a look");
    assert_eq!(
        (again.at(), again.deletion_id()),
        (deleted.at(), deleted.deletion_id())
    );
    let back = tenant
        .mailboxes()
        .restore(sales.id)
        .await
        .expect("restored");
    assert_eq!(
        (back.id, back.email, back.deleted_at),
        (sales.id, sales.email, None)
    );
    assert_eq!(mail(&tenant).await, [of_sales, of_aside]);
}

async fn an_address_made_anew_has_none_of_the_old_mail(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let old = mailbox(&tenant, domain.id, "sales").await;
    email(&people, &old, "old").await;
    tenant.mailboxes().delete(old.id).await.expect("deleted");
    let new = tenant.mailboxes().create(new(domain.id, "sales")).await;
    let new = new.expect("the address is free");
    assert_ne!(new.id, old.id);
    assert_eq!(mail(&tenant).await, [] as [Uuid; 0]);
    let refused = tenant.mailboxes().restore(old.id).await;
    assert!(is_conflict(&refused, "email"), "{refused:?}");
    assert_eq!(mail(&tenant).await, [] as [Uuid; 0], "nothing changed");

    // The domain goes and comes: each mailbox with its own.
    let recent = email(&people, &new, "new").await;
    tenant.domains().delete(domain.id).await.expect("deleted");
    tenant.domains().restore(domain.id).await.expect("restored");
    assert_eq!(mail(&tenant).await, [recent]);
    let address = old.email.parse().expect("an address");
    let found = tenant.mailboxes().find_by_address(&address).await;
    assert_eq!(found.expect("a look-up").map(|row| row.id), Some(new.id));
}

async fn a_released_domain_s_mailbox_comes_back(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    let kept = email(&people, &sales, "kept").await;
    tenant.mailboxes().delete(sales.id).await.expect("deleted");
    tenant.domains().release(domain.id).await.expect("released");
    tenant
        .mailboxes()
        .restore(sales.id)
        .await
        .expect("restored");
    assert_eq!(mail(&tenant).await, [kept]);
}
