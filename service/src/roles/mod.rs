//! Roles: named sets of permissions inside one application.

pub(crate) mod standard;

pub use standard::{STANDARD_ROLES, StandardRole};

use entity::{role_permissions, roles};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::Event;
use crate::error::{Error, Result};
use crate::scope::{
    Admin, ById, Cursor, Deleted, Deletion, Find, InTenant, Page, Permission, Permissions, Tenant,
    insert, insert_all, load_many, mark, remove, unmark, update,
};
use crate::value::{Change, Line, RoleKey, Text};

/// A role as stored.
pub type RoleRow = roles::Model;

/// A role with what it allows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Role {
    /// The role.
    #[serde(flatten)]
    #[cfg_attr(feature = "schemars", schemars(with = "crate::schema::Row<RoleRow>"))]
    pub role: RoleRow,
    /// What it allows.
    pub permissions: Permissions,
}

/// What a new role is made of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// What code calls it; unique among live roles of the application.
    pub key: RoleKey,
    /// What people call it.
    pub name: Line<200>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<Text<2000>>,
    /// What it allows.
    #[serde(default)]
    pub permissions: Vec<Permission>,
}

/// What changes of a role.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RolePatch {
    /// What people call it.
    pub name: Option<Line<200>>,
    /// What it is for.
    pub description: Change<Text<2000>>,
    /// The `updated_at` that was seen: refuse the change if the row has changed since.
    pub if_updated_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What a member may do about roles. Got by [`Tenant::roles`].
#[derive(Clone, Copy, Debug)]
pub struct Roles<'t>(&'t Tenant);

/// What an admin may do about roles. Got by [`Admin::roles`].
#[derive(Clone, Copy, Debug)]
pub struct ManagedRoles<'t>(&'t Tenant);

impl Tenant {
    /// The roles of the application.
    #[must_use]
    pub fn roles(&self) -> Roles<'_> {
        Roles(self)
    }
}

impl<'t> Admin<'t> {
    /// The roles of the application, for whoever manages them.
    #[must_use]
    pub fn roles(&self) -> ManagedRoles<'t> {
        ManagedRoles(self.0)
    }
}

impl Roles<'_> {
    /// The live role with the id. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `roles.read`; [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<Role>> {
        self.one(roles::Column::Id.eq(id)).await
    }

    /// The live role with the key. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `roles.read`; [`Error::Database`].
    pub async fn find_by_key(&self, key: &RoleKey) -> Result<Option<Role>> {
        self.one(roles::Column::Key.eq(key.as_str())).await
    }

    /// A page of roles with their permissions, by id; two queries.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `roles.read`; [`Error::Invalid`] for a limit or a cursor that cannot be;
    /// [`Error::Database`].
    pub async fn list(&self, limit: u64, cursor: Option<&Cursor>) -> Result<Page<Role>> {
        self.0.require("roles.read")?;
        let page = find(self.0).page::<ById>(limit, cursor).await?;
        Ok(Page {
            items: complete(self.0.scope(), page.items).await?,
            next: page.next,
        })
    }

    /// How many roles there are.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `roles.read`; [`Error::Database`].
    pub async fn count(&self) -> Result<u64> {
        self.0.require("roles.read")?;
        find(self.0).count().await
    }

    async fn one(&self, which: sea_orm::sea_query::Expr) -> Result<Option<Role>> {
        self.0.require("roles.read")?;
        let role = find(self.0).filter(which).one().await?;
        Ok(complete(self.0.scope(), role.into_iter().collect())
            .await?
            .pop())
    }
}

impl ManagedRoles<'_> {
    /// Makes a role.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where the key is taken; [`Error::Forbidden`] where it would hold more than the acting user
    /// has; [`Error::NotFound`] where the application has been deleted; [`Error::Database`].
    pub async fn create(&self, new: NewRole) -> Result<Role> {
        let permissions: Permissions = new.permissions.into_iter().collect();
        self.may_give(&permissions)?;
        self.0
            .transaction(async |tenant| {
                let role = insert::<roles::Entity, _>(
                    tenant.scope(),
                    roles::ActiveModel {
                        key: Set(new.key.into()),
                        name: Set(new.name.into()),
                        description: Set(new.description.map(Into::into)),
                        ..Default::default()
                    },
                )
                .await?;
                let rows = permissions
                    .iter()
                    .map(|permission| permission_row(role.id, permission));
                insert_all::<role_permissions::Entity, _>(tenant.scope(), rows.collect()).await?;
                let held: Vec<_> = permissions.iter().map(Permission::to_string).collect();
                let event = Event::on::<roles::Entity>(tenant.scope(), "role.create", role.id)
                    .made::<roles::Entity>(&role)
                    .with("permissions", held);
                tenant.db().record(event)?;
                Ok(Role { role, permissions })
            })
            .await
    }

    /// Changes what the patch sets; returns the role as stored.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Invalid`] for a standard role; [`Error::Forbidden`] where the role holds more than the
    /// acting user has; [`Error::Conflict`] where the row has changed since it was seen; [`Error::Database`].
    pub async fn update(&self, id: Uuid, patch: RolePatch) -> Result<Role> {
        self.0
            .transaction(async |tenant| {
                let role = own(tenant, id).await?.role;
                if patch
                    .if_updated_at
                    .is_some_and(|seen| seen != role.updated_at)
                {
                    return Err(Error::conflict("updated_at"));
                }
                let row = roles::ActiveModel {
                    name: patch.name.map_or(NotSet, |name| Set(name.into())),
                    description: patch.description.into_active(),
                    ..Default::default()
                };
                let rows =
                    update::<roles::Entity, _>(tenant.scope(), row, roles::Column::Id.eq(id))
                        .await?;
                let after = complete(tenant.scope(), rows).await?.pop();
                let after = after.ok_or(Error::NotFound)?;
                let event = Event::on::<roles::Entity>(tenant.scope(), "role.update", id)
                    .changed::<roles::Entity>(Some(&role), &after.role);
                tenant.db().record(event)?;
                Ok(after)
            })
            .await
    }

    /// Adds the permission to the role; nothing changes where it has it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Invalid`] for a standard role; [`Error::Forbidden`] where the acting user does not
    /// have the permission, or all that the role holds; [`Error::Database`].
    pub async fn grant(&self, id: Uuid, permission: Permission) -> Result<Role> {
        self.may_give(&Permissions::from_iter([permission.clone()]))?;
        self.0
            .transaction(async |tenant| {
                let mut role = own(tenant, id).await?;
                if role.permissions.iter().all(|held| *held != permission) {
                    let row = permission_row(id, &permission);
                    insert::<role_permissions::Entity, _>(tenant.scope(), row).await?;
                    let event = Event::on::<roles::Entity>(tenant.scope(), "role.grant", id);
                    let event = event.with("permission", permission.to_string());
                    tenant.db().record(event)?;
                    role.permissions = role
                        .permissions
                        .iter()
                        .cloned()
                        .chain([permission])
                        .collect();
                }
                Ok(role)
            })
            .await
    }

    /// Takes the permission from the role; nothing changes where it does not have it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Invalid`] for a standard role; [`Error::Forbidden`] where the role holds more than the
    /// acting user has; [`Error::Database`].
    pub async fn revoke(&self, id: Uuid, permission: &Permission) -> Result<Role> {
        self.0
            .transaction(async |tenant| {
                let mut role = own(tenant, id).await?;
                let which = Condition::all()
                    .add(role_permissions::Column::RoleId.eq(id))
                    .add(role_permissions::Column::Permission.eq(permission.as_str()));
                if remove::<role_permissions::Entity, _>(tenant.scope(), which).await? > 0 {
                    let event = Event::on::<roles::Entity>(tenant.scope(), "role.revoke", id);
                    let event = event.with("permission", permission.to_string());
                    tenant.db().record(event)?;
                }
                role.permissions = role
                    .permissions
                    .iter()
                    .filter(|held| *held != permission)
                    .cloned()
                    .collect();
                Ok(role)
            })
            .await
    }

    /// Deletes the role: members who have it have it no more, until it is restored.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Invalid`] for a standard role; [`Error::Forbidden`] where the role holds more than the
    /// acting user has; [`Error::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<Deleted> {
        self.0
            .transaction(async |tenant| {
                let role = locked(tenant, id).await?;
                if let Some(already) = Deleted::before(role.deleted_at, role.deletion_id) {
                    return Ok(already);
                }
                standard::refuse(&role.key)?;
                let role = complete_one(tenant.scope(), role).await?;
                may_give(tenant, &role.permissions)?;
                let deletion = Deletion::new(tenant.db());
                mark::<roles::Entity, _>(tenant.scope(), deletion, roles::Column::Id.eq(id))
                    .await?;
                let event = Event::on::<roles::Entity>(tenant.scope(), "role.delete", id);
                tenant.db().record(event.with_deletion(deletion))?;
                Ok(deletion.into())
            })
            .await
    }

    /// Brings back the role, with its permissions and for the members who had it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where no deleted role has the id; [`Error::Conflict`] where a live one has taken its key;
    /// [`Error::Forbidden`] where it holds more than the acting user has; [`Error::Database`].
    pub async fn restore(&self, id: Uuid) -> Result<Role> {
        self.0
            .transaction(async |tenant| {
                let role = locked(tenant, id).await?;
                let Some(batch) = role.deletion_id else {
                    return Err(Error::NotFound);
                };
                let this = roles::Column::Id.eq(id);
                if unmark::<roles::Entity, _>(tenant.scope(), batch, this).await? == 0 {
                    return Err(Error::NotFound);
                }
                let event = Event::on::<roles::Entity>(tenant.scope(), "role.restore", id);
                tenant.db().record(event)?;
                own(tenant, id).await
            })
            .await
    }

    fn may_give(self, permissions: &Permissions) -> Result<()> {
        may_give(self.0, permissions)
    }
}

/// Nobody makes a role that holds more than they have.
fn may_give(tenant: &Tenant, permissions: &Permissions) -> Result<()> {
    if tenant.user_id().is_none() || tenant.permissions().cover(permissions) {
        Ok(())
    } else {
        Err(Error::forbidden("each of these permissions"))
    }
}

fn find(tenant: &Tenant) -> Find<roles::Entity, InTenant> {
    Find::new(tenant.scope().clone())
}

async fn locked(tenant: &Tenant, id: Uuid) -> Result<RoleRow> {
    let role = find(tenant)
        .with_deleted()
        .filter(roles::Column::Id.eq(id))
        .locked()
        .one()
        .await?;
    role.ok_or(Error::NotFound)
}

/// The live role, if the application may change it and the acting user may give all that it holds; locked.
async fn own(tenant: &Tenant, id: Uuid) -> Result<Role> {
    let role = locked(tenant, id).await?;
    if role.deleted_at.is_some() {
        return Err(Error::NotFound);
    }
    standard::refuse(&role.key)?;
    let role = complete_one(tenant.scope(), role).await?;
    may_give(tenant, &role.permissions)?;
    Ok(role)
}

async fn complete_one(scope: &InTenant, role: RoleRow) -> Result<Role> {
    let role = complete(scope, vec![role]).await?.pop();
    role.ok_or(Error::NotFound)
}

/// Each role with its permissions; one query.
async fn complete(scope: &InTenant, roles: Vec<RoleRow>) -> Result<Vec<Role>> {
    let held = load_many::<_, role_permissions::Entity, _>(scope, &roles).await?;
    roles
        .into_iter()
        .zip(held)
        .map(|(role, held)| {
            let permissions = held
                .iter()
                .map(|held| held.permission.parse())
                .collect::<Result<_>>()?;
            Ok(Role { role, permissions })
        })
        .collect()
}

fn permission_row(role_id: Uuid, permission: &Permission) -> role_permissions::ActiveModel {
    role_permissions::ActiveModel {
        role_id: Set(role_id),
        permission: Set(permission.as_str().to_owned()),
        ..Default::default()
    }
}
