//! At the same time as others.

use std::sync::Arc;

use entity::{emails, mailboxes};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Error, LocalPart, NewMailbox};

use super::new;
use crate::domains::deleted::mailbox;
use crate::domains::{is_conflict, own};
use crate::people::{People, with_people};

with_people!(
    no_mailbox_appears_after_its_domain_died,
    of_many_who_make_one_address_one_does,
    deleting_and_restoring_at_once_never_ends_in_between,
);

async fn no_mailbox_appears_after_its_domain_died(people: People) {
    for round in 0..10 {
        let tenant = people.as_owner().await;
        let domain = own(&tenant, &format!("r{round}.test")).await;
        let start = Arc::new(tokio::sync::Barrier::new(17));
        let makers: Vec<_> = (0..16)
            .map(|n| {
                let (tenant, start, id) = (tenant.clone(), Arc::clone(&start), domain.id);
                tokio::spawn(async move {
                    start.wait().await;
                    match tenant.mailboxes().create(new(id, &format!("m{n}"))).await {
                        Ok(_) | Err(Error::NotFound) => {}
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        start.wait().await;
        tenant.domains().delete(domain.id).await.expect("deleted");
        for maker in makers {
            maker.await.expect("no panic");
        }
        let orphans = mailboxes::Entity::find()
            .filter(mailboxes::Column::DomainId.eq(domain.id))
            .filter(mailboxes::Column::DeletedAt.is_null())
            .count(&people.db)
            .await;
        assert_eq!(orphans, Ok(0), "round {round}");
    }
}

async fn of_many_who_make_one_address_one_does(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    for catch_all in [false, true] {
        let makers: Vec<_> = (0..20)
            .map(|_| {
                let (tenant, id) = (tenant.clone(), domain.id);
                tokio::spawn(async move {
                    let local = if catch_all {
                        LocalPart::catch_all()
                    } else {
                        "sales".parse().expect("a local part")
                    };
                    let made = tenant.mailboxes().create(NewMailbox::new(id, local)).await;
                    assert!(made.is_ok() || is_conflict(&made, "email"), "{made:?}");
                    u32::from(made.is_ok())
                })
            })
            .collect();
        let mut made = 0;
        for maker in makers {
            made += maker.await.expect("no panic");
        }
        assert_eq!(made, 1);
    }
}

/// Domain and mailbox, each deleted and restored by many: they wait for each other and never for ever, and what is live
/// stands under what is live.
async fn deleting_and_restoring_at_once_never_ends_in_between(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let sales = mailbox(&tenant, domain.id, "sales").await;
    crate::domains::deleted::email(&people, &sales, "kept").await;
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let (tenant, domain, sales) = (tenant.clone(), domain.id, sales.id);
            tokio::spawn(async move {
                for _ in 0..6 {
                    let done = match worker % 4 {
                        0 => tenant.domains().delete(domain).await.map(drop),
                        1 => tenant.domains().restore(domain).await.map(drop),
                        2 => tenant.mailboxes().delete(sales).await.map(drop),
                        _ => tenant.mailboxes().restore(sales).await.map(drop),
                    };
                    let expected =
                        matches!(done, Ok(()) | Err(Error::NotFound | Error::Conflict { .. }));
                    assert!(expected, "{done:?}");
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no panic");
    }
    // Whatever it ended with, the way back is open.
    let _ = tenant.domains().restore(domain.id).await;
    let _ = tenant.mailboxes().restore(sales.id).await;
    let live = tenant.mailboxes().get(sales.id).await.expect("a look-up");
    assert!(live.is_some());
    let mail = emails::Entity::find()
        .filter(emails::Column::DeletedAt.is_null())
        .count(&people.db)
        .await;
    assert_eq!(mail, Ok(1));
}
