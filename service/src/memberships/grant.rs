//! Who gets which roles, and who may give them.

use entity::{application_memberships, membership_roles, role_permissions, roles};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::owners;
use crate::error::{Error, Result};
use crate::scope::{Find, OWNER, Permissions, Tenant, insert_all, load_many, remove};
use crate::value::RoleKey;

/// The roles with these keys, if the acting user may grant each: only an owner makes an owner, nobody grants more than
/// they have. None of them is deleted or changed before it is granted.
pub(super) async fn grantable(tenant: &Tenant, keys: &[&str]) -> Result<Vec<roles::Model>> {
    let roles = by_key(tenant, keys).await?;
    for role in &roles {
        may_give(tenant, role)?;
    }
    within_permissions(tenant, &roles).await?;
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
        Some(key) => {
            // An application that has been deleted has no roles either: that is what there is to say then.
            owners::lock(tenant.scope()).await?;
            Err(unknown(key))
        }
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
    let held = load_many::<_, role_permissions::Entity, _>(tenant.scope(), roles).await?;
    for (role, held) in roles.iter().zip(held) {
        let permissions = held
            .iter()
            .map(|held| held.permission.parse())
            .collect::<Result<Permissions>>()?;
        if tenant.user_id().is_some() && !tenant.permissions().cover(&permissions) {
            return Err(Error::forbidden(format!(
                "all permissions of `{}`",
                role.key
            )));
        }
    }
    Ok(())
}

/// The keys of the member's live roles. The membership is locked.
pub(super) async fn held(tenant: &Tenant, user_id: Uuid) -> Result<Vec<String>> {
    Ok(current(tenant, user_id)
        .await?
        .into_iter()
        .map(|role| role.key)
        .collect())
}

async fn current(tenant: &Tenant, user_id: Uuid) -> Result<Vec<roles::Model>> {
    let membership = Find::<application_memberships::Entity, _>::new(tenant.scope().clone())
        .filter(application_memberships::Column::UserId.eq(user_id))
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

/// Gives a member exactly these roles. What comes and what goes must be the acting user's to give.
pub(super) async fn set(tenant: &Tenant, user_id: Uuid, keys: &[&str]) -> Result<()> {
    let scope = tenant.scope();
    // Before the membership: whoever takes an owner away locks in this order.
    owners::lock(scope).await?;
    let current = current(tenant, user_id).await?;
    let wanted = by_key(tenant, keys).await?;
    let not_in = |role: &roles::Model, others: &[roles::Model]| {
        others.iter().all(|other| other.id != role.id)
    };
    let comes = wanted.iter().filter(|role| not_in(role, &current));
    let goes = current.iter().filter(|role| not_in(role, &wanted));
    let moved: Vec<_> = comes.chain(goes).cloned().collect();
    for role in &moved {
        may_give(tenant, role)?;
    }
    within_permissions(tenant, &moved).await?;
    let is_owner = |roles: &[roles::Model]| roles.iter().any(|role| role.key == OWNER);
    if is_owner(&current) && !is_owner(&wanted) {
        owners::another_than(scope, user_id).await?;
    }
    replace(tenant, user_id, &wanted).await
}

/// Stores the roles of a member in the place of those that are stored. Those that stay keep who granted them.
pub(super) async fn replace(tenant: &Tenant, user_id: Uuid, roles: &[roles::Model]) -> Result<()> {
    let scope = tenant.scope();
    let ids: Vec<_> = roles.iter().map(|role| role.id).collect();
    let theirs = || Condition::all().add(membership_roles::Column::UserId.eq(user_id));
    let gone = theirs().add(membership_roles::Column::RoleId.is_not_in(ids.clone()));
    remove::<membership_roles::Entity, _>(scope, gone).await?;
    let kept = Find::<membership_roles::Entity, _>::new(scope.clone())
        .filter(theirs())
        .all()
        .await?;
    let new = ids
        .into_iter()
        .filter(|id| kept.iter().all(|kept| kept.role_id != *id))
        .map(|role_id| membership_roles::ActiveModel {
            user_id: Set(user_id),
            role_id: Set(role_id),
            granted_by: Set(tenant.user_id()),
            ..Default::default()
        });
    insert_all::<membership_roles::Entity, _>(scope, new.collect()).await
}

/// That each of the member's roles is the acting user's to take.
pub(super) async fn may_take_all(tenant: &Tenant, held: &[roles::Model]) -> Result<()> {
    for role in held {
        may_give(tenant, role)?;
    }
    within_permissions(tenant, held).await
}
