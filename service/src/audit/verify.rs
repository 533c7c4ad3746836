//! Finding the first broken link of all chains.

use std::collections::HashMap;

use entity::audit_events;
use sea_orm::Order;
use sea_orm::sea_query::Expr;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::head::{self, Key};
use super::walk::walk;
use crate::error::Result;
use crate::scope::{Find, Sees, ownership};

/// How many chains are read at once.
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

impl Broken {
    pub(super) fn new(
        (application_id, lane): Key,
        sequence: i64,
        event_id: Option<Uuid>,
        fault: Fault,
    ) -> Self {
        Self {
            application_id: Some(application_id).filter(|id| !id.is_nil()),
            lane,
            sequence,
            event_id,
            fault,
        }
    }
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
        let chains = head::after(scope, after, BATCH).await?;
        let Some(last) = chains.last() else { break };
        after = Some((last.application_id, last.lane));
        for chain in chains {
            let key = (chain.application_id, chain.lane);
            left.remove(&key);
            if let Some(broken) = walk(scope, chain, anchors.get(&key), &mut found).await? {
                found.broken = Some(broken);
                return Ok(found);
            }
        }
    }
    found.broken = match left
        .into_values()
        .min_by_key(|anchor| (anchor.application_id, anchor.lane))
    {
        Some(anchor) => {
            let chain = (anchor.application_id, anchor.lane);
            Some(Broken::new(chain, anchor.sequence, None, Fault::Missing))
        }
        None => in_no_chain(scope).await?,
    };
    Ok(found)
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
    Ok(foreign.map(|event| {
        let chain = (event.application_id, event.lane);
        Broken::new(chain, event.sequence, Some(event.id), Fault::Foreign)
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
