//! What was deleted goes for good: in batches, past what others hold, and never what somebody still refers to.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::{
    application_memberships, audit_events, clients, emails, invitations, mailboxes, users,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use service::lifecycle::Purged;
use service::{Db, Error, NewClient, NewSession};

use super::leftovers::found;
use super::somebody::{TRACES, somebody};
use crate::people::{People, team, with_people, with_timed_people};

with_timed_people!(
    a_whole_application_goes_and_others_stay,
    nothing_goes_before_its_time,
    what_a_purged_member_was_named_in_stays_and_names_nobody,
    pending_invitations_of_a_purged_user_are_not_the_systems,
    more_than_a_batch_hangs_on_one_row,
    broken_off_it_goes_on_where_it_was,
    what_ended_goes_what_can_be_used_stays,
);
with_people!(
    rows_that_somebody_holds_are_passed_over,
    two_at_once_share_the_work,
    batches_that_cannot_be_are_refused,
    what_an_applications_own_table_refers_to_is_kept,
);

async fn purge(people: &People, batch: u64) -> Purged {
    let now = people.db.clock().now();
    let purged = people.db.lifecycle().purge(now, batch, |_| ()).await;
    purged.expect("purged")
}

async fn a_whole_application_goes_and_others_stay(people: People) {
    let person = somebody(&people).await;
    let other = team(&people.db, "other").await;
    let id = person.tenant.application_id();
    people.db.applications().delete(id).await.expect("deleted");
    people
        .db
        .users()
        .delete(person.user.id)
        .await
        .expect("deleted");
    let purged = purge(&people, 3).await;
    assert!(purged.kept.is_empty(), "{purged:?}");
    assert_eq!(purged.removed["applications"], 1);
    assert_eq!(purged.removed["users"], 1);
    let application = id.to_string();
    for (place, text) in super::leftovers::dump(&people.db).await {
        let told = place.starts_with("audit") || place.starts_with("sign_in");
        assert!(
            told || !text.to_lowercase().contains(&application),
            "{place}: {text}"
        );
    }
    let traces = found(&people.db, &TRACES).await;
    let left: Vec<_> = traces
        .iter()
        .filter(|trace| {
            !trace.contains("audit_details") && !trace.contains("verification_tokens.email")
        })
        .collect();
    assert!(left.is_empty(), "{left:?}");
    people
        .db
        .tenant(other.owner, other.application.id)
        .await
        .expect("is there");
    let told = audit_events::Entity::find()
        .filter(audit_events::Column::Action.eq("lifecycle.purge"))
        .filter(audit_events::Column::SubjectType.eq("emails"));
    assert!(told.count(&people.db).await.expect("a count") > 0);
}

async fn nothing_goes_before_its_time(people: People) {
    let person = somebody(&people).await;
    let before = people.db.clock().now();
    people.clock.advance(TimeDelta::seconds(1));
    people
        .db
        .users()
        .delete(person.user.id)
        .await
        .expect("deleted");
    let purged = people
        .db
        .lifecycle()
        .purge(before, 100, |_| ())
        .await
        .expect("purged");
    assert!(!purged.removed.contains_key("users"), "{purged:?}");
    people
        .db
        .users()
        .restore(person.user.id)
        .await
        .expect("restored");
    // What is to end later has not ended: an instant to come is now.
    let open = people
        .db
        .sessions()
        .open(person.user.id, NewSession::default())
        .await;
    let later = people.db.clock().now() + TimeDelta::days(1000);
    people
        .db
        .lifecycle()
        .purge(later, 100, |_| ())
        .await
        .expect("purged");
    let token = open.expect("a session").token;
    people
        .db
        .sessions()
        .resolve(token.reveal())
        .await
        .expect("goes on");
}

async fn what_a_purged_member_was_named_in_stays_and_names_nobody(people: People) {
    let person = somebody(&people).await;
    let db = &people.db;
    let members = person.tenant.admin().expect("an admin").members();
    members.remove(person.user.id).await.expect("removed");
    people.clock.advance(TimeDelta::seconds(1));
    let count = async || {
        let mail = emails::Entity::find().filter(emails::Column::DeletedAt.is_null());
        mail.count(db).await.expect("a count")
    };
    let before = count().await;
    purge(&people, 100).await;
    assert_eq!(count().await, before);
    let named = emails::Entity::find().filter(emails::Column::UserId.eq(person.user.id));
    assert_eq!(named.count(db).await.expect("a count"), 0);
    let held = mailboxes::Entity::find_by_id((person.tenant.application_id(), person.shared.id));
    assert_eq!(
        held.one(db).await.expect("a query").expect("there").user_id,
        None
    );
    let gone = application_memberships::Entity::find()
        .filter(application_memberships::Column::UserId.eq(person.user.id));
    assert_eq!(gone.count(db).await.expect("a count"), 0);
    assert!(
        db.users()
            .get(person.user.id)
            .await
            .expect("a query")
            .is_some()
    );
}

async fn pending_invitations_of_a_purged_user_are_not_the_systems(people: People) {
    let db = &people.db;
    let inviter = people.stranger("inviter").await;
    let id = db.new_id();
    // No verb leaves it pending when the user is deleted.
    let expires_at = (db.clock().now() + TimeDelta::days(5)).fixed_offset();
    db.users().delete(inviter).await.expect("deleted");
    for (id, accepted_at) in [(id, None), (db.new_id(), Some(expires_at))] {
        let row = invitations::ActiveModel {
            application_id: sea_orm::Set(people.team.application.id),
            id: sea_orm::Set(id),
            email: sea_orm::Set("guest@x.test".into()),
            secret_hash: sea_orm::Set(vec![1; 32]),
            invited_by: sea_orm::Set(Some(inviter)),
            expires_at: sea_orm::Set(expires_at),
            accepted_at: sea_orm::Set(accepted_at),
            created_at: sea_orm::Set(db.clock().now().fixed_offset()),
            updated_at: sea_orm::Set(expires_at),
            ..Default::default()
        };
        sea_orm::ActiveModelTrait::insert(row, db)
            .await
            .expect("an invitation");
    }
    purge(&people, 100).await;
    let left = invitations::Entity::find().all(db).await.expect("rows");
    assert_eq!(left.len(), 1);
    assert!(left[0].id != id && left[0].invited_by.is_none());
    assert!(
        users::Entity::find_by_id(inviter)
            .one(db)
            .await
            .expect("a query")
            .is_none()
    );
}

async fn more_than_a_batch_hangs_on_one_row(people: People) {
    let db = &people.db;
    let user = people.stranger("busy").await;
    for _ in 0..23 {
        db.sessions()
            .open(user, NewSession::default())
            .await
            .expect("a session");
    }
    db.users().delete(user).await.expect("deleted");
    // They ended with the user; that they have not gone with the sessions shows what the user's own purge does.
    let sql = "UPDATE sessions SET revoked_at = NULL";
    db.execute_unprepared(sql)
        .await
        .expect("as if they went on");
    let mut most = 0;
    let mut last = BTreeMap::new();
    let now = db.clock().now();
    let purged = db
        .lifecycle()
        .purge(now, 5, |progress| {
            let before = last
                .insert(progress.table, progress.removed)
                .unwrap_or_default();
            most = most.max(progress.removed - before);
        })
        .await
        .expect("purged");
    assert_eq!(purged.removed["sessions"], 23);
    assert_eq!(purged.removed["users"], 1);
    assert_eq!(most, 5, "no transaction removes more than a batch");
}

async fn broken_off_it_goes_on_where_it_was(people: People) {
    let db = &people.db;
    let tenant = people.as_owner().await;
    for _ in 0..30 {
        let new = NewClient::new("Hotel".parse().expect("a name"));
        let client = tenant.clients().create(new).await.expect("a client");
        tenant.clients().delete(client.id).await.expect("deleted");
    }
    people.clock.advance(TimeDelta::seconds(1));
    let now = db.clock().now();
    let task = {
        let db = db.clone();
        tokio::spawn(async move {
            db.lifecycle()
                .purge(now, 4, |progress| {
                    assert!(progress.removed < 12, "the power fails");
                })
                .await
        })
    };
    task.await.expect_err("broken off");
    let left = clients::Entity::find().count(db).await.expect("a count");
    assert_eq!(left, 18, "what was done is done");
    assert_eq!(purge(&people, 4).await.removed["clients"], 18);
}

async fn what_ended_goes_what_can_be_used_stays(people: People) {
    let person = somebody(&people).await;
    let db = &people.db;
    let sessions = db.sessions();
    let new = NewSession::default();
    let (ended, live) = (
        sessions.open(person.user.id, new.clone()).await,
        sessions.open(person.user.id, new).await,
    );
    let (ended, live) = (ended.expect("a session"), live.expect("a session"));
    sessions
        .revoke(person.user.id, ended.session.id)
        .await
        .expect("ended");
    people.clock.advance(TimeDelta::seconds(1));
    let purged = purge(&people, 1).await;
    assert_eq!(purged.removed["sessions"], 1);
    // Used to prove the address and to change it.
    assert_eq!(purged.removed["verification_tokens"], 2);
    sessions
        .resolve(live.token.reveal())
        .await
        .expect("goes on");
    people.clock.advance(TimeDelta::days(400));
    let purged = purge(&people, 2).await;
    for table in [
        "sessions",
        "verification_tokens",
        "invitations",
        "sign_in_throttles",
    ] {
        assert!(purged.removed[table] > 0, "{table} in {purged:?}");
        let sql = format!("SELECT count(*) FROM {table}");
        let rows = db
            .query_one_raw(sea_orm::Statement::from_string(db.backend(), sql))
            .await;
        let rows: i64 = rows
            .expect("a query")
            .expect("a count")
            .try_get_by_index(0)
            .expect("a number");
        assert_eq!(rows, 0, "{table}");
    }
}

async fn some_deleted_clients(people: &People, count: usize) -> Vec<uuid::Uuid> {
    let tenant = people.as_owner().await;
    let mut ids = Vec::new();
    for _ in 0..count {
        let new = NewClient::new("Hotel".parse().expect("a name"));
        let client = tenant.clients().create(new).await.expect("a client");
        tenant.clients().delete(client.id).await.expect("deleted");
        ids.push(client.id);
    }
    ids
}

async fn rows_that_somebody_holds_are_passed_over(people: People) {
    if people.db.backend() == DbBackend::Sqlite {
        // There one writer at a time holds everything.
        return;
    }
    migration::not_on_citus!(
        "no statement locks rows of all nodes, and none passes over locked ones"
    );
    let ids = some_deleted_clients(&people, 10).await;
    let held = ids[3];
    let purged = people
        .db
        .transaction(async |holder| -> service::Result<Purged> {
            let sql = format!("SELECT 1 FROM clients WHERE id = '{held}' FOR UPDATE");
            holder.execute_unprepared(&sql).await.map_err(Error::from)?;
            Ok(purge(&people, 4).await)
        })
        .await
        .expect("not waited for");
    assert_eq!((purged.removed["clients"], purged.kept["clients"]), (9, 1));
    assert_eq!(purge(&people, 4).await.removed["clients"], 1);
}

async fn two_at_once_share_the_work(people: People) {
    some_deleted_clients(&people, 60).await;
    let now = people.db.clock().now();
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let db = people.db.clone();
            tokio::spawn(async move {
                let purged = db.lifecycle().purge(now, 7, |_| ()).await.expect("purged");
                purged.removed.get("clients").copied().unwrap_or_default()
            })
        })
        .collect();
    let mut all = 0;
    for task in tasks {
        all += task.await.expect("no panic");
    }
    all += purge(&people, 7)
        .await
        .removed
        .get("clients")
        .copied()
        .unwrap_or_default();
    assert_eq!(all, 60, "each row is counted once");
    assert_eq!(
        clients::Entity::find()
            .count(&people.db)
            .await
            .expect("a count"),
        0
    );
}

async fn batches_that_cannot_be_are_refused(people: People) {
    some_deleted_clients(&people, 1).await;
    let now = people.db.clock().now();
    for batch in [0, 10_001, u64::MAX] {
        let refused = people.db.lifecycle().purge(now, batch, |_| ()).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "batch"));
    }
    let ancient = chrono::DateTime::<chrono::Utc>::MIN_UTC;
    let refused = people.db.lifecycle().purge(ancient, 1, |_| ()).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "older_than"));
    assert_eq!(purge(&people, 10_000).await.removed["clients"], 1);
}

/// A table of an application's own that refuses what its rows refer to.
async fn orders(db: &Db) {
    let uuid = match db.backend() {
        DbBackend::Sqlite => "BLOB",
        _ => "uuid",
    };
    let columns = format!("application_id {uuid} NOT NULL, client_id {uuid} NOT NULL");
    let reference =
        "FOREIGN KEY (application_id, client_id) REFERENCES clients (application_id, id)";
    let sql = if db.is_on_citus() {
        vec![
            format!("CREATE TABLE orders ({columns})"),
            "SELECT create_distributed_table('orders', 'application_id', colocate_with => 'clients')"
                .to_owned(),
            format!("ALTER TABLE orders ADD CONSTRAINT client {reference}"),
        ]
    } else {
        vec![format!("CREATE TABLE orders ({columns}, {reference})")]
    };
    for sql in sql {
        db.execute_unprepared(&sql).await.expect("a table");
    }
}

async fn what_an_applications_own_table_refers_to_is_kept(people: People) {
    let db = &people.db;
    orders(db).await;
    let ids = some_deleted_clients(&people, 40).await;
    let values = |id: uuid::Uuid| [people.team.application.id.into(), id.into()];
    for id in [ids[3], ids[4], ids[31]] {
        let sql = "INSERT INTO orders (application_id, client_id) VALUES ($1, $2)";
        let statement = sea_orm::Statement::from_sql_and_values(db.backend(), sql, values(id));
        db.execute_raw(statement).await.expect("an order");
    }
    let purged = purge(&people, 16).await;
    assert_eq!(
        (purged.removed["clients"], purged.kept["clients"]),
        (37, 3),
        "{purged:?}"
    );
    let left = clients::Entity::find().all(db).await.expect("rows");
    assert!(
        left.iter()
            .all(|client| [ids[3], ids[4], ids[31]].contains(&client.id))
    );
    // And the application with them.
    db.applications()
        .delete(people.team.application.id)
        .await
        .expect("deleted");
    let purged = purge(&people, 16).await;
    assert_eq!(
        (purged.kept["clients"], purged.kept["applications"]),
        (3, 1),
        "{purged:?}"
    );
    db.execute_unprepared("DELETE FROM orders")
        .await
        .expect("none");
    let purged = purge(&people, 16).await;
    assert_eq!(
        (purged.removed["clients"], purged.removed["applications"]),
        (3, 1),
        "{purged:?}"
    );
}
