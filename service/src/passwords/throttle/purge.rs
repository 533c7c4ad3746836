//! Removing counts that are forgotten.

use entity::sign_in_throttles;
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition};

use super::Kind;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::passwords::outside;
use crate::scope::{Find, remove};

/// Each is a parameter of one statement.
const MOST: u64 = 10_000;

pub(in crate::passwords) async fn purge(db: &Db, batch: u64) -> Result<u64> {
    if !(1..=MOST).contains(&batch) {
        return Err(Error::invalid(
            "batch",
            format!("is {batch}: it takes 1 to {MOST}"),
        ));
    }
    let scope = outside(db);
    let expired = sign_in_throttles::Column::ExpiresAt.lte(db.clock().now().fixed_offset());
    let rows = Find::<sign_in_throttles::Entity, _>::new(scope.clone())
        .filter(expired.clone())
        .order_by(sign_in_throttles::Column::ExpiresAt, Order::Asc)
        .limit(batch)
        .all()
        .await?;
    let mut removed = 0;
    // One kind at a time: an attempt locks a row of each kind at most, so that neither waits for the other in a circle.
    for kind in Kind::ALL {
        let ids: Vec<_> = rows
            .iter()
            .filter(|row| row.kind == kind.as_str())
            .map(|row| row.id)
            .collect();
        if ids.is_empty() {
            continue;
        }
        // An attempt may have been counted in it since.
        let gone = Condition::all()
            .add(sign_in_throttles::Column::Id.is_in(ids))
            .add(expired.clone());
        removed += remove::<sign_in_throttles::Entity, _>(&scope, gone).await?;
    }
    Ok(removed)
}
