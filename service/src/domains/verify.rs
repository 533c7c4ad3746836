//! From a claim to an owner, and back.

use entity::domains;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{Domain, challenge};
use crate::error::{Error, Result};
use crate::scope::{Find, InTenant, Scope, update};

/// One guarded UPDATE: who else has the name is decided by the index of verified names, for those who come at once and
/// for those who come later alike.
pub(super) async fn verify(scope: &InTenant, id: Uuid, found: &[&str]) -> Result<Domain> {
    let proved = || {
        Condition::all()
            .add(domains::Column::Id.eq(id))
            .add(domains::Column::Challenge.is_in(found.iter().copied()))
    };
    if !found.is_empty() {
        let verified = domains::ActiveModel {
            verified_at: Set(Some(scope.db().clock().now().fixed_offset())),
            ..Default::default()
        };
        let claim = proved().add(domains::Column::VerifiedAt.is_null());
        let mut rows = update::<domains::Entity, _>(scope, verified, claim).await?;
        if let Some(domain) = rows.pop() {
            return Ok(domain);
        }
    }
    let domain = Find::<domains::Entity, _>::new(scope.clone())
        .filter(domains::Column::Id.eq(id))
        .one()
        .await?
        .ok_or(Error::NotFound)?;
    if domain.verified_at.is_some() && found.contains(&domain.challenge.as_str()) {
        return Ok(domain);
    }
    Err(Error::invalid(
        "challenge",
        "stands in none of the records: a new one can take a while to be seen everywhere",
    ))
}

pub(super) async fn release(scope: &InTenant, id: Uuid) -> Result<Option<Domain>> {
    let claim = domains::ActiveModel {
        verified_at: Set(None),
        challenge: Set(challenge::generate(scope.db().random())),
        ..Default::default()
    };
    let mut rows = update::<domains::Entity, _>(scope, claim, domains::Column::Id.eq(id)).await?;
    Ok(rows.pop())
}
