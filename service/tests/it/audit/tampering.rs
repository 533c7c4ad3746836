//! Whoever gets round the triggers is found out.

use migration::testing::Backend;
use sea_orm::ConnectionTrait;
use service::NewUser;
use service::audit::{Fault, Verification};

use crate::clients::create;
use crate::people::{People, with_people};

with_people!(
    an_untouched_chain_holds,
    a_changed_event_is_named,
    a_missing_event_is_named,
    a_cut_off_end_is_named,
    a_changed_detail_is_named,
    an_event_from_elsewhere_is_named,
    an_event_before_the_first_is_named,
    a_chain_written_anew_does_not_fit_the_anchors,
);

async fn an_untouched_chain_holds(people: People) {
    prepare(&people).await;
    let found = verify(&people).await;
    assert_eq!((found.broken, found.chains), (None, 1));
    assert!(found.events >= 6);
    let outside = NewUser::new("ada@users.test".parse().expect("an address"));
    people.db.users().create(outside).await.expect("a user");
    let all = people
        .db
        .audit()
        .verify(&found.anchors)
        .await
        .expect("verified");
    assert_eq!(all.broken, None);
    assert!(all.chains > 1 && all.events > found.events, "{all:?}");
}

async fn a_changed_event_is_named(people: People) {
    prepare(&people).await;
    // From behind, so that what was changed before is not met first.
    for (sequence, change) in [
        (7, "action = 'nothing.happened'"),
        (6, "actor_id = NULL"),
        (5, "subject_type = 'users'"),
        (4, "created_at = '2020-01-01T00:00:00+00:00'"),
        (3, "detail_hash = previous_hash"),
    ] {
        let sql = format!(
            "UPDATE audit_events SET {change} WHERE lane = 0 AND sequence = {sequence} AND {{own}}"
        );
        let named = tamper(&people, &sql).await;
        assert!(
            named == (Some(sequence), Some(Fault::Changed))
                || named == (Some(sequence), Some(Fault::DetailChanged)),
            "{change}: {named:?}"
        );
    }
}

async fn a_missing_event_is_named(people: People) {
    prepare(&people).await;
    let sql = "DELETE FROM audit_events WHERE sequence = 4 AND {own}";
    assert_eq!(tamper(&people, sql).await, (Some(4), Some(Fault::Missing)));
}

async fn a_cut_off_end_is_named(people: People) {
    prepare(&people).await;
    let last = verify(&people).await.anchors[0].sequence;
    let sql = format!("DELETE FROM audit_events WHERE sequence = {last} AND {{own}}");
    assert_eq!(
        tamper(&people, &sql).await,
        (Some(last), Some(Fault::Missing))
    );
}

async fn a_changed_detail_is_named(people: People) {
    prepare(&people).await;
    let sql = "UPDATE audit_details SET detail = '{\"changed\": {}}' WHERE event_id = \
               (SELECT id FROM audit_events WHERE sequence = 5 AND {own})";
    assert_eq!(
        tamper(&people, sql).await,
        (Some(5), Some(Fault::DetailChanged))
    );
}

async fn an_event_from_elsewhere_is_named(people: People) {
    prepare(&people).await;
    let sql = "INSERT INTO audit_events (application_id, id, lane, sequence, action, subject_type, subject_id, \
               detail_hash, previous_hash) SELECT application_id, subject_id, 0, 1000, 'client.forged', 'clients', \
               subject_id, detail_hash, previous_hash FROM audit_events WHERE sequence = 5 AND {own}";
    assert_eq!(
        tamper(&people, sql).await,
        (Some(1000), Some(Fault::Foreign))
    );
}

async fn an_event_before_the_first_is_named(people: People) {
    prepare(&people).await;
    let sql = "INSERT INTO audit_events (application_id, id, lane, sequence, action, subject_type, subject_id, \
               detail_hash, previous_hash) SELECT application_id, subject_id, 0, 0, 'client.forged', 'clients', \
               subject_id, detail_hash, previous_hash FROM audit_events WHERE sequence = 5 AND {own}";
    assert_eq!(tamper(&people, sql).await, (Some(0), Some(Fault::Foreign)));
}

async fn a_chain_written_anew_does_not_fit_the_anchors(people: People) {
    prepare(&people).await;
    let anchors = verify(&people).await.anchors;
    // All that is there is thrown away, and others are recorded in its place.
    disarm(&people).await;
    for table in ["audit_details", "audit_events", "audit_chains"] {
        let sql = format!("DELETE FROM {table}");
        people.db.execute_unprepared(&sql).await.expect("deleted");
    }
    prepare(&people).await;
    let owner = people.as_owner().await;
    let audit = owner.admin().expect("an admin").audit();
    let alone = audit.verify(&[]).await.expect("verified");
    assert_eq!(alone.broken, None, "by itself it holds");
    let found = audit.verify(&anchors).await.expect("verified");
    assert!(found.broken.is_some(), "{found:?}");
}

async fn prepare(people: &People) {
    let owner = people.as_owner().await;
    for name in ["a", "b", "c", "d"] {
        create(&owner, name).await;
    }
}

async fn verify(people: &People) -> Verification {
    let owner = people.as_owner().await;
    let audit = owner.admin().expect("an admin").audit();
    audit.verify(&[]).await.expect("verified")
}

/// As whoever owns the database can.
async fn disarm(people: &People) {
    let db = &people.db;
    if people.test.backend() == Backend::Postgres {
        for table in ["audit_events", "audit_details", "audit_chains"] {
            let sql = if db.is_on_citus() {
                format!("GRANT UPDATE, DELETE ON {table} TO CURRENT_USER")
            } else {
                format!("ALTER TABLE {table} DISABLE TRIGGER USER")
            };
            db.execute_unprepared(&sql).await.expect("disarmed");
        }
        return;
    }
    let sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'";
    let triggers = db
        .query_all_raw(sea_orm::Statement::from_string(db.backend(), sql))
        .await
        .expect("triggers");
    for trigger in triggers {
        let name: String = trigger.try_get("", "name").expect("a name");
        let sql = format!("DROP TRIGGER \"{name}\"");
        db.execute_unprepared(&sql).await.expect("dropped");
    }
}

/// Changes something behind the triggers, and tells what verifying names.
async fn tamper(people: &People, sql: &str) -> (Option<i64>, Option<Fault>) {
    disarm(people).await;
    let id = people.team.application.id;
    let own = match people.test.backend() {
        Backend::Postgres => format!("application_id = '{id}'"),
        Backend::Sqlite => format!("application_id = x'{}'", id.simple()),
    };
    let changed = people
        .db
        .execute_unprepared(&sql.replace("{own}", &own))
        .await;
    assert_eq!(changed.expect(sql).rows_affected(), 1, "{sql}");
    let found = verify(people).await;
    let whole = people.db.audit().verify(&[]).await.expect("verified");
    assert_eq!(whole.broken, found.broken, "seen from outside too");
    let broken = found.broken;
    (
        broken.as_ref().map(|broken| broken.sequence),
        broken.as_ref().map(|broken| broken.fault),
    )
}
