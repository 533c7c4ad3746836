//! Another application's emails are as emails that never were.

use entity::{email_recipients, emails};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};
use service::{EmailFilter, Error, NewEmail};

use super::{letter, mailbox, record};
use crate::people::{People, team, with_people};

with_people!(
    no_verb_reaches_an_email_of_another_application,
    the_database_itself_refuses_a_mailbox_of_another_application,
    whoever_lacks_a_permission_is_refused,
);

async fn no_verb_reaches_an_email_of_another_application(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    let their_mailbox = mailbox(&theirs, "other.test").await;
    let given = |n: i64, id: &str| NewEmail {
        to: vec!["a@x.test".parse().expect("an address")],
        user_id: Some(other.owner),
        ..letter(&their_mailbox, n, id)
    };
    let live = record(&theirs, given(1, "1@x")).await.email;
    let dead = record(&theirs, given(2, "2@x")).await.email;
    theirs.emails().delete(dead.id).await.expect("a deletion");
    let rows = async || {
        let emails = emails::Entity::find()
            .filter(emails::Column::ApplicationId.eq(other.application.id))
            .order_by_asc(emails::Column::Id)
            .all(&people.db)
            .await;
        let recipients = email_recipients::Entity::find().all(&people.db).await;
        (emails.expect("rows"), recipients.expect("rows"))
    };
    let before = rows().await;
    let their_page = theirs.emails().list(&EmailFilter::default(), 9, None).await;
    let their_page = their_page.expect("a page");

    let tenant = people.as_owner().await;
    let own = mailbox(&tenant, "acme.test").await;
    let mine = tenant.emails();
    for id in [live.id, dead.id, people.db.new_id()] {
        assert!(mine.get(id).await.expect("a look-up").is_none());
        for refused in [
            mine.move_to(id, Some(own.id)).await,
            mine.move_to(id, None).await,
            mine.attach(id, people.team.owner).await,
            mine.detach(id).await,
            mine.restore(id).await,
        ] {
            assert!(matches!(refused, Err(Error::NotFound)));
        }
        assert!(matches!(mine.delete(id).await, Err(Error::NotFound)));
    }
    let into_theirs = mine.record(given(3, "3@x")).await;
    assert!(matches!(into_theirs, Err(Error::NotFound)));
    let for_theirs = NewEmail {
        mailbox_id: None,
        ..given(3, "3@x")
    };
    assert!(matches!(
        mine.record(for_theirs).await,
        Err(Error::NotFound)
    ));
    let id = "1@x".parse().expect("an id");
    let found = mine.find_by_message_id(Some(their_mailbox.id), &id).await;
    assert!(found.expect("a look-up").is_none());
    for filter in [
        EmailFilter::default(),
        EmailFilter::mailbox(their_mailbox.id),
        EmailFilter::thread(live.id),
        EmailFilter {
            user_id: Some(other.owner),
            ..EmailFilter::default()
        },
    ] {
        assert_eq!(mine.count(&filter).await.expect("a count"), 0);
        let page = mine.list(&filter, 9, None).await.expect("a page");
        assert_eq!(page.items, []);
    }
    let counts = mine.count_by_mailbox(&[their_mailbox.id]).await;
    assert_eq!(counts.expect("counts"), [0]);
    let counts = mine.count_by_user(&[other.owner]).await;
    assert_eq!(counts.expect("counts"), [0]);
    let shown = mine.with_recipients(their_page).await.expect("a page");
    assert_eq!(shown.items[0].recipients, service::Recipients::default());
    assert_eq!(rows().await, before);
}

/// Also where SQL of one's own writes, as the owner of the tables.
async fn the_database_itself_refuses_a_mailbox_of_another_application(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = mailbox(&theirs.expect("its owner"), "other.test").await;
    let tenant = people.as_owner().await;
    let own = mailbox(&tenant, "acme.test").await;
    let email = record(&tenant, letter(&own, 1, "1@x")).await.email;
    for (column, value) in [("mailbox_id", theirs.id), ("user_id", other.owner)] {
        let sql = format!("UPDATE emails SET {column} = $1 WHERE application_id = $2 AND id = $3");
        let values = [value.into(), email.application_id.into(), email.id.into()];
        let update = Statement::from_sql_and_values(people.db.backend(), sql, values);
        let refused = people.db.execute_raw(update).await.map_err(Error::from);
        assert!(matches!(refused, Err(Error::NotFound)), "a foreign key");
    }
}

async fn whoever_lacks_a_permission_is_refused(people: People) {
    let tenant = people.as_member().await;
    let email = record(&tenant, super::received(1, "x")).await.email;
    let forbidden = |error: Error| matches!(error, Error::Forbidden { .. });
    let emails = tenant.emails();
    assert!(emails.delete(email.id).await.is_err_and(forbidden));
    assert!(emails.restore(email.id).await.is_err_and(forbidden));
}
