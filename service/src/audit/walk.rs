//! Walking along one chain.

use std::collections::HashMap;

use entity::{audit_chains, audit_events};
use sea_orm::{ColumnTrait, Condition, Order};
use uuid::Uuid;

use super::chain::{self, Hash, Link};
use super::head::{self, Key};
use super::verify::{Anchor, Broken, Fault, Verification};
use super::{detail, list};
use crate::error::Result;
use crate::scope::{Find, Sees, ownership};

/// How many events are read at once.
const BATCH: u64 = 1000;

/// Where the walk stands: at an event whose hash is known and not yet compared.
struct Place {
    sequence: i64,
    event_id: Option<Uuid>,
    hash: Vec<u8>,
}

/// Walks from the beginning of the chain to its end, counts in `found` what was looked at, and returns the first link that
/// does not hold.
pub(super) async fn walk<S: Sees<ownership::Tenant>>(
    scope: &S,
    mut chain: audit_chains::Model,
    anchor: Option<&Anchor>,
    found: &mut Verification,
) -> Result<Option<Broken>> {
    let key = (chain.application_id, chain.lane);
    let missing = |sequence| Ok(Some(Broken::new(key, sequence, None, Fault::Missing)));
    let changed = |at: &Place| {
        let fault = Fault::Changed;
        Ok(Some(Broken::new(key, at.sequence, at.event_id, fault)))
    };
    let fits = |at: &Place| {
        let other = anchor.filter(|anchor| anchor.sequence == at.sequence);
        other.is_none_or(|anchor| anchor.hash.as_slice() == at.hash)
    };
    found.chains += 1;
    let mut at = start(&chain);
    if !fits(&at) {
        return changed(&at);
    }
    found
        .unchecked
        .extend(anchor.filter(|anchor| anchor.sequence < at.sequence));
    while at.sequence < chain.sequence {
        let events = some_events(scope, key, at.sequence, chain.sequence).await?;
        let details = list::details(scope, &events).await?;
        let details: HashMap<_, _> = details
            .into_iter()
            .map(|detail| (detail.event_id, detail))
            .collect();
        // The next one has to be there: an empty batch is a gap too.
        let mut gap = events.is_empty();
        for event in &events {
            if event.sequence != at.sequence + 1 {
                gap = true;
                break;
            }
            if event.previous_hash != at.hash {
                return changed(&at);
            }
            match details.get(&event.id) {
                Some(row) if detail::hash(&row.salt, &row.detail) != *event.detail_hash => {
                    let fault = Fault::DetailChanged;
                    return Ok(Some(Broken::new(
                        key,
                        event.sequence,
                        Some(event.id),
                        fault,
                    )));
                }
                None if event.detail_hash != detail::nothing() => found.erased += 1,
                _ => {}
            }
            at = step(event);
            found.events += 1;
            if !fits(&at) {
                return changed(&at);
            }
        }
        if gap {
            // The oldest may have been retired meanwhile: then the chain begins later now.
            match head::one(scope, key).one().await? {
                Some(now) if now.first_sequence > at.sequence + 1 => {
                    at = start(&now);
                    chain = now;
                }
                _ => return missing(at.sequence + 1),
            }
        }
    }
    if chain.hash != at.hash {
        return changed(&at);
    }
    if let Some(anchor) = anchor.filter(|anchor| anchor.sequence > chain.sequence) {
        return missing(anchor.sequence);
    }
    if let Ok(hash) = Hash::try_from(at.hash) {
        found.anchors.push(Anchor {
            application_id: chain.application_id,
            lane: chain.lane,
            sequence: at.sequence,
            hash,
        });
    }
    Ok(None)
}

fn start(chain: &audit_chains::Model) -> Place {
    Place {
        sequence: chain.first_sequence - 1,
        event_id: None,
        hash: chain.first_previous_hash.clone(),
    }
}

fn step(event: &audit_events::Model) -> Place {
    let body = chain::body(&Link {
        application_id: event.application_id,
        lane: event.lane,
        id: event.id,
        actor_id: event.actor_id,
        action: &event.action,
        subject_type: &event.subject_type,
        subject_id: event.subject_id,
        detail_hash: &event.detail_hash,
        created_at: event.created_at.to_utc(),
    });
    Place {
        sequence: event.sequence,
        event_id: Some(event.id),
        hash: chain::hash(&event.previous_hash, event.sequence, &body).to_vec(),
    }
}

/// The hash of the event, as the one after it holds it.
pub(super) fn hash_of(event: &audit_events::Model) -> Vec<u8> {
    step(event).hash
}

async fn some_events<S: Sees<ownership::Tenant>>(
    scope: &S,
    (application_id, lane): Key,
    after: i64,
    through: i64,
) -> Result<Vec<audit_events::Model>> {
    let of_chain = Condition::all()
        .add(audit_events::Column::ApplicationId.eq(application_id))
        .add(audit_events::Column::Lane.eq(lane));
    Find::<audit_events::Entity, _>::new(scope.clone())
        .filter(of_chain)
        .filter(audit_events::Column::Sequence.gt(after))
        .filter(audit_events::Column::Sequence.lte(through))
        .order_by(audit_events::Column::Sequence, Order::Asc)
        .limit(BATCH)
        .all()
        .await
}
