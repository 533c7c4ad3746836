//! Every application has an owner.

use entity::{application_memberships, applications, membership_roles, roles, users};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Across, Find, InTenant, OWNER, Outside, Scope, among};

/// What every change of who is a member, and as what, begins with: the users are kept, then the application is guarded.
/// Of two who take an owner away at once, the second sees what the first has done; a user who is being deleted is made
/// no owner meanwhile. All lock in this order: user, application, membership, role.
pub(crate) async fn begin(scope: &InTenant, user_ids: &[Uuid]) -> Result<()> {
    keep_users(scope, user_ids).await?;
    guard(scope).await
}

/// The first half of [`begin`]: what is done to the users themselves comes after this.
pub(crate) async fn keep_users(scope: &InTenant, user_ids: &[Uuid]) -> Result<()> {
    Find::<users::Entity, _>::new(outside(scope))
        .with_deleted()
        .filter(users::Column::Id.is_in(user_ids.iter().copied()))
        .order_by(users::Column::Id, sea_orm::Order::Asc)
        .kept()
        .all()
        .await?;
    Ok(())
}

/// The second half of [`begin`].
pub(crate) async fn guard(scope: &InTenant) -> Result<()> {
    let application = Find::<applications::Entity, _>::new(outside(scope))
        .filter(applications::Column::Id.eq(scope.application_id))
        .guarded()
        .one()
        .await?;
    application.map(|_| ()).ok_or(Error::NotFound)
}

fn outside(scope: &InTenant) -> Outside {
    Outside {
        db: scope.db().clone(),
    }
}

/// Whether the application has an owner: a live member with the role whose user is live.
pub(crate) async fn any(scope: &InTenant) -> Result<bool> {
    exists(scope, Condition::all()).await
}

/// That the application has an owner other than this one.
pub(super) async fn another_than(scope: &InTenant, user_id: Uuid) -> Result<()> {
    let other = Condition::all().add(application_memberships::Column::UserId.ne(user_id));
    if exists(scope, other).await? {
        Ok(())
    } else {
        Err(Error::LastOwner)
    }
}

async fn exists(scope: &InTenant, who: Condition) -> Result<bool> {
    let Some(role_id) = role_id(scope).await? else {
        return Ok(false);
    };
    Find::<application_memberships::Entity, _>::new(scope.clone())
        .filter(who)
        .has::<users::Entity>(Condition::all())
        .has::<membership_roles::Entity>(membership_roles::Column::RoleId.eq(role_id))
        .exists()
        .await
}

async fn role_id(scope: &InTenant) -> Result<Option<Uuid>> {
    let role = Find::<roles::Entity, _>::new(scope.clone())
        .filter(roles::Column::Key.eq(OWNER))
        .one()
        .await?;
    Ok(role.map(|role| role.id))
}

/// That the user, once gone, leaves no live application without an owner. Locks the applications that the user owns,
/// so that it stays true until the transaction ends. The user's row is locked already.
pub(crate) async fn spare(db: &Db, user_id: Uuid) -> Result<()> {
    let across = Across { db: db.clone() };
    let theirs = Condition::all().add(application_memberships::Column::UserId.eq(user_id));
    let member =
        among::<membership_roles::Entity, application_memberships::Entity>(&across, theirs)
            .map_err(|fault| Error::invalid("relation", fault))?;
    let held = Find::<membership_roles::Entity, _>::new(across.clone())
        .filter(membership_roles::Column::UserId.eq(user_id))
        .filter(member)
        .has::<roles::Entity>(roles::Column::Key.eq(OWNER))
        .all()
        .await?;
    if held.is_empty() {
        return Ok(());
    }
    let ids = held.iter().map(|role| role.application_id);
    let owned = Find::<applications::Entity, _>::new(across.clone())
        .filter(applications::Column::Id.is_in(ids))
        .order_by(applications::Column::Id, sea_orm::Order::Asc)
        .guarded()
        .all()
        .await?;
    let roles_held = held.iter().map(|role| role.role_id);
    let others = Find::<membership_roles::Entity, _>::new(across)
        .filter(membership_roles::Column::ApplicationId.is_in(owned.iter().map(|owned| owned.id)))
        .filter(membership_roles::Column::RoleId.is_in(roles_held))
        .filter(membership_roles::Column::UserId.ne(user_id))
        .has::<application_memberships::Entity>(Condition::all())
        .all()
        .await?;
    let left_alone = owned
        .iter()
        .any(|owned| others.iter().all(|other| other.application_id != owned.id));
    if left_alone {
        Err(Error::LastOwner)
    } else {
        Ok(())
    }
}
