//! Who gets which roles, and who may give them.

use entity::{application_memberships, membership_roles, role_permissions, roles, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::owners;
use crate::audit::Event;
use crate::error::{Error, Result};
use crate::scope::{Find, OWNER, Permissions, Tenant, insert_all, load_many, remove};
use crate::value::RoleKey;

/// The roles with these keys, if the acting user may grant each: only an owner makes an owner, nobody grants more than
/// they have. None of them is deleted or changed before it is granted.
pub(crate) async fn grantable(tenant: &Tenant, keys: &[&str]) -> Result<Vec<roles::Model>> {
    let roles = by_key(tenant, keys).await?;
    may_give_all(tenant, &roles).await?;
    Ok(roles)
}

async fn by_key(tenant: &Tenant, keys: &[&str]) -> Result<Vec<roles::Model>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(malformed) = keys.iter().find(|key| key.parse::<RoleKey>().is_err()) {
        return Err(unknown(malformed));
    }
    let roles = Find::<roles::Entity, _>::new(tenant.scope().clone())
        .filter(roles::Column::Key.is_in(keys.iter().copied()))
        .order_by(roles::Column::Id, sea_orm::Order::Asc)
        .kept()
        .all()
        .await?;
    match keys
        .iter()
        .find(|key| roles.iter().all(|role| role.key != **key))
    {
        Some(key) => Err(unknown(key)),
        None => Ok(roles),
    }
}

fn unknown(key: &str) -> Error {
    // What was entered can be long, or hold what a terminal obeys.
    let shown: String = key.escape_debug().take(63).collect();
    Error::invalid("roles", format!("has `{shown}`, which is no role here"))
}

fn may_give(tenant: &Tenant, role: &roles::Model) -> Result<()> {
    if role.key == OWNER && !tenant.has_role(OWNER) {
        Err(Error::forbidden("the role `owner`"))
    } else {
        Ok(())
    }
}

async fn within_permissions(tenant: &Tenant, roles: &[roles::Model]) -> Result<()> {
    if roles.is_empty() || tenant.holds_all() {
        return Ok(());
    }
    let held = load_many::<_, role_permissions::Entity, _>(tenant.scope(), roles).await?;
    for (role, held) in roles.iter().zip(held) {
        let permissions = held
            .iter()
            .map(|held| held.permission.parse())
            .collect::<Result<Permissions>>()?;
        if !tenant.permissions().cover(&permissions) {
            return Err(Error::forbidden(format!(
                "all permissions of `{}`",
                role.key
            )));
        }
    }
    Ok(())
}

/// The member's live roles. The membership is locked.
async fn current(tenant: &Tenant, user_id: Uuid) -> Result<Vec<roles::Model>> {
    let membership = Find::<application_memberships::Entity, _>::new(tenant.scope().clone())
        .filter(application_memberships::Column::UserId.eq(user_id))
        .has::<users::Entity>(Condition::all())
        .locked()
        .one()
        .await?;
    if membership.is_none() {
        return Err(Error::NotFound);
    }
    of(tenant, user_id).await
}

/// The live roles of a member.
pub(super) async fn of(tenant: &Tenant, user_id: Uuid) -> Result<Vec<roles::Model>> {
    Find::<roles::Entity, _>::new(tenant.scope().clone())
        .has::<membership_roles::Entity>(membership_roles::Column::UserId.eq(user_id))
        .all()
        .await
}

/// Gives a member the roles that `wanted` makes of the keys of those held. What comes and what goes must be the acting
/// user's to give. The change has [begun](owners::begin).
pub(super) async fn change(
    tenant: &Tenant,
    user_id: Uuid,
    wanted: impl FnOnce(Vec<String>) -> Result<Vec<String>>,
) -> Result<()> {
    let scope = tenant.scope();
    let current = current(tenant, user_id).await?;
    let keys = wanted(current.iter().map(|role| role.key.clone()).collect())?;
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let wanted = by_key(tenant, &keys).await?;
    let not_in = |role: &roles::Model, others: &[roles::Model]| {
        others.iter().all(|other| other.id != role.id)
    };
    let comes: Vec<_> = wanted
        .iter()
        .filter(|role| not_in(role, &current))
        .cloned()
        .collect();
    let goes: Vec<_> = current
        .iter()
        .filter(|role| not_in(role, &wanted))
        .cloned()
        .collect();
    may_give_all(tenant, &comes).await?;
    may_give_all(tenant, &goes).await?;
    if goes.iter().any(|role| role.key == OWNER) {
        owners::another_than(scope, user_id).await?;
    }
    // Deleted roles stay with those who had them, for their return.
    let gone = Condition::all()
        .add(membership_roles::Column::UserId.eq(user_id))
        .add(membership_roles::Column::RoleId.is_in(goes.iter().map(|role| role.id)));
    if !goes.is_empty() {
        remove::<membership_roles::Entity, _>(scope, gone).await?;
    }
    give(tenant, user_id, &comes).await?;
    if comes.is_empty() && goes.is_empty() {
        return Ok(());
    }
    let keys =
        |roles: &[roles::Model]| -> Vec<_> { roles.iter().map(|role| role.key.clone()).collect() };
    let event =
        Event::on::<application_memberships::Entity>(scope, "membership.set_roles", user_id)
            .with("granted", keys(&comes))
            .with("revoked", keys(&goes));
    scope.db.record(event)
}

/// Stores roles that the member does not have.
pub(super) async fn give(tenant: &Tenant, user_id: Uuid, roles: &[roles::Model]) -> Result<()> {
    let new = roles.iter().map(|role| membership_roles::ActiveModel {
        user_id: Set(user_id),
        role_id: Set(role.id),
        granted_by: Set(tenant.user_id()),
        ..Default::default()
    });
    insert_all::<membership_roles::Entity, _>(tenant.scope(), new.collect()).await
}

/// That each of the roles is the acting user's to give and to take.
pub(super) async fn may_give_all(tenant: &Tenant, held: &[roles::Model]) -> Result<()> {
    for role in held {
        may_give(tenant, role)?;
    }
    within_permissions(tenant, held).await
}
