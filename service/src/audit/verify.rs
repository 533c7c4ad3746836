//! Finding the first broken link.

use std::collections::HashMap;

use entity::{audit_chains, audit_events};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, Order};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::chain::{self, Hash, Link};
use super::{detail, list};
use crate::error::Result;
use crate::scope::{Find, Sees, ownership};

/// How many events are read at once.
const BATCH: u64 = 1000;

/// The end of a chain at one moment. Whoever keeps it where the database's owner cannot change it can show later that
/// nothing before it was.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Anchor {
    /// The application; nil: outside of all.
    pub application_id: Uuid,
    /// Which of its chains.
    pub lane: i64,
    /// The number of the last event.
    pub sequence: i64,
    /// Its SHA-256.
    pub hash: [u8; 32],
}

/// What verifying found.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Verification {
    /// How many chains were looked at.
    pub chains: u64,
    /// How many events.
    pub events: u64,
    /// How many of those had a detail that was erased.
    pub erased: u64,
    /// The first link that does not hold; `None`: all do. What stands behind it was not looked at.
    pub broken: Option<Broken>,
    /// The ends of the chains that hold.
    pub anchors: Vec<Anchor>,
    /// Given anchors of which nothing can be said: retention has taken their events, and the one after.
    pub unchecked: Vec<Anchor>,
}

/// A link that does not hold.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Broken {
    /// The application; `None`: outside of all.
    pub application_id: Option<Uuid>,
    /// Which of its chains.
    pub lane: i64,
    /// The number of the event that is not as it was.
    pub sequence: i64,
    /// Its id; `None`: it is not there.
    pub event_id: Option<Uuid>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It is not what the event after it, the chain's end or an anchor was linked to.
    Changed,
    /// It is intact, and its detail is another.
    DetailChanged,
    /// It stands outside of its chain: nobody wrote it through this crate.
    Foreign,
}

/// Walks all chains of the scope.
pub(super) async fn all<S: Sees<ownership::Tenant>>(
    scope: &S,
    anchors: &[Anchor],
) -> Result<Verification> {
    let anchors: HashMap<_, _> = anchors
        .iter()
        .filter(|anchor| {
            scope
                .application_id()
                .is_none_or(|own| own == anchor.application_id)
        })
        .map(|anchor| ((anchor.application_id, anchor.lane), *anchor))
        .collect();
    let mut found = Verification::default();
    let mut left = anchors.clone();
    let mut after = None;
    loop {
        let chains = some_chains(scope, after).await?;
        let Some(last) = chains.last() else { break };
        after = Some((last.application_id, last.lane));
        for chain in chains {
            let key = (chain.application_id, chain.lane);
            left.remove(&key);
            walk(scope, chain, anchors.get(&key), &mut found).await?;
            if found.broken.is_some() {
                return Ok(found);
            }
        }
    }
    found.broken = match left
        .into_values()
        .min_by_key(|anchor| (anchor.application_id, anchor.lane))
    {
        Some(anchor) => Some(broken(&anchor, anchor.sequence, None, Fault::Missing)),
        None => in_no_chain(scope).await?,
    };
    Ok(found)
}

async fn some_chains<S: Sees<ownership::Tenant>>(
    scope: &S,
    after: Option<(Uuid, i64)>,
) -> Result<Vec<audit_chains::Model>> {
    let mut find = Find::<audit_chains::Entity, _>::new(scope.clone());
    if let Some((application_id, lane)) = after {
        let key = Expr::tuple([
            audit_chains::Column::ApplicationId.into_expr(),
            audit_chains::Column::Lane.into_expr(),
        ]);
        let last = Expr::tuple([Expr::value(application_id), Expr::value(lane)]);
        find = find.filter(key.gt(last));
    }
    find.order_by(audit_chains::Column::ApplicationId, Order::Asc)
        .order_by(audit_chains::Column::Lane, Order::Asc)
        .limit(BATCH)
        .all()
        .await
}

/// An event that is in no chain: one statement, which sees events and chains of the same moment.
async fn in_no_chain<S: Sees<ownership::Tenant>>(scope: &S) -> Result<Option<Broken>> {
    let foreign = Find::<audit_events::Entity, _>::new(scope.clone())
        .filter(outside())
        // By the key: without an order a limit of one row reads the table from its beginning.
        .order_by(audit_events::Column::ApplicationId, Order::Asc)
        .order_by(audit_events::Column::Id, Order::Asc)
        .one()
        .await?;
    Ok(foreign.map(|event| Broken {
        application_id: Some(event.application_id).filter(|id| !id.is_nil()),
        lane: event.lane,
        sequence: event.sequence,
        event_id: Some(event.id),
        fault: Fault::Foreign,
    }))
}

fn outside() -> Expr {
    #[expect(
        clippy::disallowed_methods,
        reason = "a subquery on the chain of the event itself, within its application"
    )]
    Expr::cust(
        "NOT EXISTS (SELECT 1 FROM audit_chains WHERE audit_chains.application_id = audit_events.application_id \
         AND audit_chains.lane = audit_events.lane \
         AND audit_events.sequence BETWEEN audit_chains.first_sequence AND audit_chains.sequence)",
    )
}

fn broken(chain: &Anchor, sequence: i64, event_id: Option<Uuid>, fault: Fault) -> Broken {
    Broken {
        application_id: Some(chain.application_id).filter(|id| !id.is_nil()),
        lane: chain.lane,
        sequence,
        event_id,
        fault,
    }
}

/// Where the walk stands: at an event whose hash is known and not yet compared.
struct Place {
    sequence: i64,
    event_id: Option<Uuid>,
    hash: Vec<u8>,
}

async fn walk<S: Sees<ownership::Tenant>>(
    scope: &S,
    mut chain: audit_chains::Model,
    anchor: Option<&Anchor>,
    found: &mut Verification,
) -> Result<()> {
    found.chains += 1;
    let own = Anchor {
        application_id: chain.application_id,
        lane: chain.lane,
        sequence: chain.sequence,
        hash: Hash::default(),
    };
    let mut at = start(&chain);
    if let Some(anchor) = anchor.filter(|anchor| anchor.sequence <= at.sequence) {
        if anchor.sequence < at.sequence {
            found.unchecked.push(*anchor);
        } else if anchor.hash.as_slice() != at.hash {
            found.broken = Some(broken(&own, at.sequence, None, Fault::Changed));
            return Ok(());
        }
    }
    while at.sequence < chain.sequence {
        let events = some_events(scope, &own, at.sequence, chain.sequence).await?;
        let (sequence, details) = (at.sequence, list::details(scope, &events).await?);
        let details: HashMap<_, _> = details
            .into_iter()
            .map(|detail| (detail.event_id, detail))
            .collect();
        for event in &events {
            if event.sequence != at.sequence + 1 {
                break;
            }
            if event.previous_hash != at.hash {
                found.broken = Some(broken(&own, at.sequence, at.event_id, Fault::Changed));
                return Ok(());
            }
            match details.get(&event.id) {
                Some(row) if detail::hash(&row.salt, &row.detail) != *event.detail_hash => {
                    let fault = Fault::DetailChanged;
                    found.broken = Some(broken(&own, event.sequence, Some(event.id), fault));
                    return Ok(());
                }
                None if event.detail_hash != detail::nothing() => found.erased += 1,
                _ => {}
            }
            at = step(event);
            found.events += 1;
            if let Some(anchor) = anchor
                && anchor.sequence == at.sequence
                && anchor.hash.as_slice() != at.hash
            {
                found.broken = Some(broken(&own, at.sequence, at.event_id, Fault::Changed));
                return Ok(());
            }
        }
        let missing = events.first().is_none_or(|_| {
            at.sequence < chain.sequence
                && (at.sequence - sequence) < i64::try_from(events.len()).unwrap_or(0)
        });
        if missing {
            // The oldest may have been retired meanwhile: then the chain begins later now.
            let Some(now) = again(scope, &own).await? else {
                found.broken = Some(broken(&own, at.sequence + 1, None, Fault::Missing));
                return Ok(());
            };
            if now.first_sequence <= at.sequence + 1 {
                found.broken = Some(broken(&own, at.sequence + 1, None, Fault::Missing));
                return Ok(());
            }
            at = start(&now);
            chain = now;
        }
    }
    if chain.hash != at.hash {
        found.broken = Some(broken(&own, at.sequence, at.event_id, Fault::Changed));
        return Ok(());
    }
    if let Some(anchor) = anchor.filter(|anchor| anchor.sequence > chain.sequence) {
        found.broken = Some(broken(&own, anchor.sequence, None, Fault::Missing));
        return Ok(());
    }
    if let Ok(hash) = Hash::try_from(at.hash.as_slice()) {
        found.anchors.push(Anchor {
            sequence: at.sequence,
            hash,
            ..own
        });
    }
    Ok(())
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

fn of(chain: &Anchor) -> Condition {
    Condition::all()
        .add(audit_events::Column::ApplicationId.eq(chain.application_id))
        .add(audit_events::Column::Lane.eq(chain.lane))
}

async fn some_events<S: Sees<ownership::Tenant>>(
    scope: &S,
    chain: &Anchor,
    after: i64,
    through: i64,
) -> Result<Vec<audit_events::Model>> {
    Find::<audit_events::Entity, _>::new(scope.clone())
        .filter(of(chain))
        .filter(audit_events::Column::Sequence.gt(after))
        .filter(audit_events::Column::Sequence.lte(through))
        .order_by(audit_events::Column::Sequence, Order::Asc)
        .limit(BATCH)
        .all()
        .await
}

/// The chain as it is now.
async fn again<S: Sees<ownership::Tenant>>(
    scope: &S,
    chain: &Anchor,
) -> Result<Option<audit_chains::Model>> {
    Find::<audit_chains::Entity, _>::new(scope.clone())
        .filter(audit_chains::Column::ApplicationId.eq(chain.application_id))
        .filter(audit_chains::Column::Lane.eq(chain.lane))
        .one()
        .await
}
