//! Retention: the oldest events of a chain go, and the chain begins after them.

use chrono::{DateTime, Utc};
use entity::{audit_chains, audit_events};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, Order};
use uuid::Uuid;

use super::event::Event;
use super::head::{self, Key};
use super::walk;
use crate::db::Db;
use crate::error::Result;
use crate::scope::{Across, Find, remove, set};

/// Retires at most `batch` events of the next chain after `place` that has any from before `until`; returns how many, and
/// the place to go on from. `None`: no chain has any.
///
/// The database lets an event go only once its chain states that it begins later.
pub(crate) async fn retire(
    db: &Db,
    until: DateTime<Utc>,
    batch: u64,
    mut place: Option<Key>,
) -> Result<Option<(u64, Option<Key>)>> {
    loop {
        let across = Across { db: db.clone() };
        let Some(chain) = head::after(&across, place, 1).await?.pop() else {
            return Ok(None);
        };
        let key = (chain.application_id, chain.lane);
        let retired = db
            .transaction(async |db| of_chain(db, key, until, batch).await)
            .await?;
        // A chain that gave a whole batch may have more.
        if retired == batch {
            return Ok(Some((retired, place)));
        }
        place = Some(key);
        if retired > 0 {
            return Ok(Some((retired, place)));
        }
    }
}

async fn of_chain(db: &Db, key: Key, until: DateTime<Utc>, batch: u64) -> Result<u64> {
    let across = Across { db: db.clone() };
    let chain = head::one(&across, key).locked().one().await?;
    let Some(chain) = chain else { return Ok(0) };
    let of_this = || {
        Condition::all()
            .add(audit_events::Column::ApplicationId.eq(key.0))
            .add(audit_events::Column::Lane.eq(key.1))
    };
    let oldest = Find::<audit_events::Entity, _>::new(across.clone())
        .filter(of_this())
        .filter(audit_events::Column::Sequence.gte(chain.first_sequence))
        .order_by(audit_events::Column::Sequence, Order::Asc)
        .limit(batch)
        .all()
        .await?;
    let stretch = oldest
        .iter()
        .take_while(|event| event.created_at.to_utc() < until)
        .count();
    let Some(last) = oldest[..stretch].last() else {
        return Ok(0);
    };
    let start = match oldest.get(stretch) {
        Some(next) => next.previous_hash.clone(),
        None if last.sequence == chain.sequence => chain.hash.clone(),
        None => walk::hash_of(last),
    };
    let begins = audit_chains::ActiveModel {
        first_sequence: Set(last.sequence + 1),
        first_previous_hash: Set(start),
        ..Default::default()
    };
    set::<audit_chains::Entity, _>(&across, begins, head::this(key)).await?;
    let gone = of_this().add(audit_events::Column::Sequence.lte(last.sequence));
    let removed = remove::<audit_events::Entity, _>(&across, gone).await?;
    // In the same chain, whose end is locked already; of the nil application, the last byte says which.
    let subject = if key.0.is_nil() {
        Uuid::from_u128(u128::try_from(key.1).unwrap_or_default())
    } else {
        key.0
    };
    let event = Event::on::<audit_chains::Entity>(&across, "audit.retire", subject)
        .within(key.0)
        .with("removed", removed)
        .with("through", last.sequence);
    db.record(event)?;
    Ok(removed)
}
