//! Removing counts: those that are forgotten, and those of somebody who is.

use std::net::IpAddr;

use entity::sign_in_throttles;
use sea_orm::{ColumnTrait, Condition};

use super::key::Kind;
use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::Result;
use crate::passwords::outside;
use crate::scope::{Life, remove, remove_some};

/// Rows that an attempt holds are passed over, so that neither waits for the other in a circle.
pub(in crate::passwords) async fn purge(db: &Db, batch: u64) -> Result<u64> {
    let expires_at = sign_in_throttles::Column::ExpiresAt;
    let expired = Condition::all().add(expires_at.lte(db.clock().now().fixed_offset()));
    recorded(&outside(db), async |scope| {
        let life = Life::Live;
        let gone =
            remove_some::<sign_in_throttles::Entity, _>(scope, life, expired, expires_at, batch)
                .await?;
        Event::purged::<sign_in_throttles::Entity>(scope, "sign_in_throttle.purge", gone)?;
        Ok(gone)
    })
    .await
}

/// Removes what was counted on the account, and on the account from these sources.
pub(crate) async fn forget(db: &Db, account: &str, sources: &[IpAddr]) -> Result<u64> {
    let from = sources
        .iter()
        .filter_map(|source| Kind::AccountSource.key(account, Some(*source)));
    let ids = from.chain(Kind::Account.key(account, None));
    let theirs = sign_in_throttles::Column::Id.is_in(ids);
    remove::<sign_in_throttles::Entity, _>(&outside(db), theirs).await
}
