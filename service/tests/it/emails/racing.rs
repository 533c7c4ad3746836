//! Many at once, and while something else ends.

use std::collections::BTreeSet;

use entity::{email_recipients, emails};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use service::{Error, NewEmail, Tenant};
use tokio::task::JoinSet;

use super::{another, letter, mailbox, record};
use crate::people::{People, with_people};

with_people!(
    of_many_who_record_one_message_one_does_and_all_get_it,
    nothing_is_recorded_under_what_is_being_deleted,
    nothing_moves_under_what_is_being_deleted,
);

async fn of_many_who_record_one_message_one_does_and_all_get_it(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    for mailbox_id in [Some(info.id), None] {
        let mut all: JoinSet<_> = (0..20)
            .map(|n| {
                let tenant = tenant.clone();
                let new = NewEmail {
                    mailbox_id,
                    to: vec![format!("{n}@x.test").parse().expect("an address")],
                    ..letter(&info, n, "1@x")
                };
                async move { tenant.emails().record(new).await.expect("an answer") }
            })
            .collect();
        let mut messages = Vec::new();
        let mut new = 0;
        while let Some(recorded) = all.join_next().await {
            let recorded = recorded.expect("no panic");
            new += u32::from(recorded.new);
            messages.push(recorded.message);
        }
        assert_eq!(new, 1);
        assert!(messages.windows(2).all(|two| two[0] == two[1]));
        assert_eq!(messages[0].recipients.to.len(), 1);
    }
    let emails = emails::Entity::find().count(&people.db).await;
    assert_eq!(emails.expect("a count"), 2);
    let recipients = email_recipients::Entity::find().count(&people.db).await;
    assert_eq!(recipients.expect("a count"), 2);
}

/// A live email in a mailbox, or a mailbox of a domain, that is deleted.
async fn orphans(people: &People) -> i64 {
    let sql = "SELECT count(*) AS n FROM emails e JOIN mailboxes m ON m.application_id = e.application_id AND m.id = e.mailbox_id \
               JOIN domains d ON d.id = m.domain_id \
               WHERE e.deleted_at IS NULL AND (m.deleted_at IS NOT NULL OR d.deleted_at IS NOT NULL)";
    let statement = Statement::from_string(people.db.backend(), sql);
    let row = people.db.query_one_raw(statement).await.expect("a look-up");
    row.expect("a row").try_get("", "n").expect("a number")
}

/// What was recorded or moved, and what was refused.
async fn whole(mut all: JoinSet<Result<(), Error>>) {
    while let Some(done) = all.join_next().await {
        match done.expect("no panic") {
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn nothing_is_recorded_under_what_is_being_deleted(people: People) {
    let tenant = people.as_owner().await;
    for round in 0..8 {
        let info = mailbox(&tenant, &format!("acme{round}.test")).await;
        let mut all = JoinSet::new();
        for n in 0..8 {
            let (tenant, new) = (tenant.clone(), letter(&info, n, &format!("{n}@x")));
            all.spawn(async move { tenant.emails().record(new).await.map(drop) });
        }
        end(&mut all, &tenant, round, (info.id, info.domain_id));
        whole(all).await;
        assert_eq!(orphans(&people).await, 0);
    }
}

async fn nothing_moves_under_what_is_being_deleted(people: People) {
    let tenant = people.as_owner().await;
    for round in 0..8 {
        let info = mailbox(&tenant, &format!("acme{round}.test")).await;
        let sales = another(&tenant, info.domain_id, "sales").await;
        let mut ids = BTreeSet::new();
        for n in 0..6 {
            let email = record(&tenant, letter(&sales, n, &format!("{n}@x"))).await;
            ids.insert(email.email.id);
        }
        let mut all = JoinSet::new();
        for id in ids {
            let (tenant, to) = (tenant.clone(), Some(info.id));
            all.spawn(async move { tenant.emails().move_to(id, to).await.map(drop) });
        }
        end(&mut all, &tenant, round, (info.id, info.domain_id));
        whole(all).await;
        assert_eq!(orphans(&people).await, 0);
    }
}

/// Deletes the mailbox, every second time the domain.
fn end(
    all: &mut JoinSet<Result<(), Error>>,
    tenant: &Tenant,
    round: u32,
    (mailbox_id, domain_id): (uuid::Uuid, uuid::Uuid),
) {
    let tenant = tenant.clone();
    all.spawn(async move {
        if round.is_multiple_of(2) {
            tenant.mailboxes().delete(mailbox_id).await.map(drop)
        } else {
            tenant.domains().delete(domain_id).await.map(drop)
        }
    });
}
