//! From a claim to an owner, and back.

use entity::domains;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{Domain, challenge};
use crate::audit::{Event, recorded};
use crate::error::{Error, Result};
use crate::scope::{Find, InTenant, Scope, update};

/// One guarded UPDATE: who else has the name is decided by the index of verified names, for those who come at once and
/// for those who come later alike.
pub(super) async fn verify(scope: &InTenant, id: Uuid, found: &[&str]) -> Result<Domain> {
    let this = || domains::Column::Id.eq(id);
    if !found.is_empty() {
        let verified = domains::ActiveModel {
            verified_at: Set(Some(scope.db().clock().now().fixed_offset())),
            ..Default::default()
        };
        let proved = Condition::all()
            .add(this())
            .add(domains::Column::VerifiedAt.is_null())
            .add(domains::Column::Challenge.is_in(found.iter().copied()));
        let domain = recorded(scope, async |scope| {
            change(scope, "domain.verify", id, verified, proved).await
        });
        if let Some(domain) = domain.await? {
            return Ok(domain);
        }
    }
    let domain = Find::<domains::Entity, _>::new(scope.clone())
        .filter(this())
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
    let this = Condition::all().add(domains::Column::Id.eq(id));
    recorded(scope, async |scope| {
        change(scope, "domain.release", id, claim, this).await
    })
    .await
}

async fn change(
    scope: &InTenant,
    action: &'static str,
    id: Uuid,
    patch: domains::ActiveModel,
    which: Condition,
) -> Result<Option<Domain>> {
    let domain = update::<domains::Entity, _>(scope, patch, which)
        .await?
        .pop();
    if let Some(domain) = &domain {
        let event = Event::on::<domains::Entity>(scope, action, id);
        scope.db.record(event.with("name", domain.name.as_str()))?;
    }
    Ok(domain)
}
