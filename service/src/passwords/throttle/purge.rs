//! Removing counts that are forgotten.

use entity::sign_in_throttles;
use sea_orm::{ColumnTrait, Condition};

use crate::db::Db;
use crate::error::Result;
use crate::passwords::outside;
use crate::scope::{Life, remove_some};

/// Rows that an attempt holds are passed over, so that neither waits for the other in a circle.
pub(in crate::passwords) async fn purge(db: &Db, batch: u64) -> Result<u64> {
    let expires_at = sign_in_throttles::Column::ExpiresAt;
    let expired = Condition::all().add(expires_at.lte(db.clock().now().fixed_offset()));
    let scope = outside(db);
    remove_some::<sign_in_throttles::Entity, _>(&scope, Life::Live, expired, expires_at, batch)
        .await
}
