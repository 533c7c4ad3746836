//! What is recorded is neither changed nor removed, by anyone.

use sea_orm::ConnectionTrait;

use super::stored;
use crate::clients::create;
use crate::people::{People, with_people};

with_people!(
    the_database_refuses_to_change_or_remove_events,
    details_can_be_erased_and_not_changed,
    the_end_of_a_chain_never_goes_back,
);

async fn the_database_refuses_to_change_or_remove_events(people: People) {
    create(&people.as_owner().await, "One").await;
    let before = stored(&people.db).await;
    let (changes, removals) = (
        [
            "UPDATE audit_events SET action = 'nothing.happened'",
            "UPDATE audit_events SET created_at = created_at",
            "DELETE FROM audit_chains",
        ],
        [
            "DELETE FROM audit_events",
            "DELETE FROM audit_events WHERE sequence = 1",
        ],
    );
    let mut refused = changes.to_vec();
    // A privilege knows no reason: whoever may retire the oldest events may remove others, and verifying tells.
    if !people.db.is_on_citus() {
        refused.extend(removals);
    }
    for sql in refused {
        let refused = people.db.execute_unprepared(sql).await;
        let refused = refused.expect_err(sql).to_string();
        // On Citus by privileges: no table has triggers there.
        let why = if people.db.is_on_citus() {
            "permission denied"
        } else {
            "append-only"
        };
        assert!(refused.contains(why), "{sql}: {refused}");
    }
    assert_eq!(stored(&people.db).await, before);
}

async fn details_can_be_erased_and_not_changed(people: People) {
    create(&people.as_owner().await, "One").await;
    let changed = people
        .db
        .execute_unprepared("UPDATE audit_details SET detail = '{}'")
        .await;
    changed.expect_err("refused");
    let erased = people
        .db
        .execute_unprepared("DELETE FROM audit_details")
        .await;
    erased.expect("erased");
    let found = people.db.audit().verify(&[]).await.expect("verified");
    assert_eq!(found.broken, None);
    assert!(
        found.erased > 0 && found.erased <= found.events,
        "{found:?}"
    );
}

async fn the_end_of_a_chain_never_goes_back(people: People) {
    migration::not_on_citus!(
        people.test,
        "whoever moves the end on can move it back there: verifying tells"
    );
    for sql in [
        "UPDATE audit_chains SET sequence = sequence - 1 WHERE sequence > 1",
        "UPDATE audit_chains SET lane = lane + 1",
    ] {
        people.db.execute_unprepared(sql).await.expect_err(sql);
    }
}
