//! The chain as it is stored.

use entity::{audit_chains, audit_events};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clients::create;
use crate::people::{People, with_people};

with_people!(each_event_holds_the_hash_of_the_one_before_it);

/// As the documentation states it, written down a second time.
async fn each_event_holds_the_hash_of_the_one_before_it(people: People) {
    let owner = people.as_owner().await;
    for name in ["a", "b", "c"] {
        create(&owner, name).await;
    }
    let id = people.team.application.id;
    let events = audit_events::Entity::find()
        .filter(audit_events::Column::ApplicationId.eq(id))
        .order_by_asc(audit_events::Column::Sequence)
        .all(&people.db)
        .await
        .expect("events");
    assert!(events.len() >= 6, "{}", events.len());
    let mut previous = vec![0; 32];
    for (at, event) in (1_i64..).zip(&events) {
        assert_eq!((event.sequence, event.lane), (at, 0));
        assert_eq!(event.previous_hash, previous, "event {at}");
        let mut hasher = Sha256::new();
        hasher.update(&previous);
        hasher.update(at.to_be_bytes());
        let actor = event.actor_id.map(Uuid::into_bytes);
        let micros = event.created_at.timestamp_micros().to_be_bytes();
        let parts: [&[u8]; 10] = [
            b"aura-audit-1",
            id.as_bytes(),
            &0_i64.to_be_bytes(),
            event.id.as_bytes(),
            actor.as_ref().map_or(&[], |id| id),
            event.action.as_bytes(),
            event.subject_type.as_bytes(),
            event.subject_id.as_bytes(),
            &event.detail_hash,
            &micros,
        ];
        for part in parts {
            hasher.update(u32::try_from(part.len()).expect("short").to_be_bytes());
            hasher.update(part);
        }
        previous = hasher.finalize().to_vec();
    }
    let chain = audit_chains::Entity::find_by_id((id, 0))
        .one(&people.db)
        .await
        .expect("a look-up")
        .expect("a chain");
    assert_eq!(chain.hash, previous);
    assert_eq!(chain.sequence, i64::try_from(events.len()).expect("few"));
}
