//! Memberships: which user may enter an application, and as what.

pub(crate) mod adopt;
mod grant;
mod member;
pub(crate) mod owners;
mod remove;
mod sign_up;
mod transfer;

use entity::{application_memberships, client_users, emails, mailboxes, membership_roles, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

pub(crate) use grant::grantable;
pub use member::Member;

use crate::audit::Event;
use crate::error::{Error, Result};
use crate::scope::{
    Admin, ById, Cursor, Deleted, Find, InTenant, Page, Tenant, insert, remove as remove_rows,
    revive, set, set_ever, update,
};
use crate::users::NewUser;
use crate::value::{Change, Email};

/// A membership as stored.
pub type Membership = application_memberships::Model;

/// What changes of a membership.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MembershipPatch {
    /// The address that the member uses in this application, if another than the user's own.
    pub email: Change<Email>,
    /// The `updated_at` that was seen: refuse the change if the row has changed since.
    pub if_updated_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What a member may do about members. Got by [`Tenant::members`].
#[derive(Clone, Copy, Debug)]
pub struct Members<'t>(&'t Tenant);

/// What an admin may do about members. Got by [`Admin::members`].
#[derive(Clone, Copy, Debug)]
pub struct ManagedMembers<'t>(&'t Tenant);

impl Tenant {
    /// The members of the application.
    #[must_use]
    pub fn members(&self) -> Members<'_> {
        Members(self)
    }
}

impl<'t> Admin<'t> {
    /// The members of the application, for whoever manages them.
    #[must_use]
    pub fn members(&self) -> ManagedMembers<'t> {
        ManagedMembers(self.0)
    }
}

impl Members<'_> {
    /// The member with the user's id. Returns `None` if the user is no live member.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `members.read`; [`Error::Database`].
    pub async fn get(&self, user_id: Uuid) -> Result<Option<Member>> {
        self.0.require("members.read")?;
        let one = live(self.0.scope())
            .filter(application_memberships::Column::UserId.eq(user_id))
            .all()
            .await?;
        Ok(member::complete(self.0.scope(), one).await?.pop())
    }

    /// A page of members with their users and roles, by the user's id; one query for each of the four.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `members.read`; [`Error::Invalid`] for a limit or a cursor that cannot be;
    /// [`Error::Database`].
    pub async fn list(&self, limit: u64, cursor: Option<&Cursor>) -> Result<Page<Member>> {
        self.0.require("members.read")?;
        page_of(self.0.scope(), live(self.0.scope()), limit, cursor).await
    }

    /// How many members there are.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `members.read`; [`Error::Database`].
    pub async fn count(&self) -> Result<u64> {
        self.0.require("members.read")?;
        live(self.0.scope()).count().await
    }

    /// Leaves the application: the acting user's own membership is deleted.
    ///
    /// # Errors
    ///
    /// [`Error::LastOwner`]; [`Error::NotFound`] where the acting user is none (the system, say); [`Error::Database`].
    pub async fn leave(&self) -> Result<Deleted> {
        let user_id = self.0.user_id().ok_or(Error::NotFound)?;
        remove::remove(self.0, user_id).await
    }
}

impl ManagedMembers<'_> {
    /// Makes the user a member with these roles. A user who was a member before comes back with these roles and none of
    /// the old ones.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where there is no such live user; [`Error::Conflict`] where the user is a member;
    /// [`Error::Invalid`] for an unknown role; [`Error::Forbidden`] for a role that holds more than the acting user
    /// has; [`Error::Database`].
    pub async fn add(&self, user_id: Uuid, roles: &[&str]) -> Result<Member> {
        self.0
            .transaction_beyond(async |tenant| {
                let scope = tenant.scope();
                owners::begin(scope, &[user_id]).await?;
                let roles = grant::grantable(tenant, roles).await?;
                let was = Find::<application_memberships::Entity, _>::new(scope.clone())
                    .with_deleted()
                    .filter(application_memberships::Column::UserId.eq(user_id))
                    .locked()
                    .one()
                    .await?;
                match was {
                    Some(membership) if membership.deleted_at.is_none() => {
                        return Err(Error::conflict("user_id"));
                    }
                    Some(_) => afresh(scope, user_id).await?,
                    None => {
                        let new = application_memberships::ActiveModel {
                            user_id: Set(user_id),
                            ..Default::default()
                        };
                        insert::<application_memberships::Entity, _>(scope, new)
                            .await
                            .map_err(already_member)?;
                    }
                }
                grant::give(tenant, user_id, &roles).await?;
                let keys: Vec<_> = roles.iter().map(|role| role.key.clone()).collect();
                let event =
                    Event::on::<application_memberships::Entity>(scope, "membership.add", user_id);
                scope.db.record(event.with("roles", keys))?;
                tenant.member(user_id).await
            })
            .await
    }

    /// Makes a user and the membership with these roles: both, or neither. On `PostgreSQL` that is one query, its events
    /// included; one or two more tell why where a role is refused. On `SQLite` it is a query for each table.
    ///
    /// The user is everybody's: made by whoever may call this, and known to all applications from then on. No password is
    /// set.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where a live user has the `email` or the `username`; [`Error::Invalid`] for an unknown role;
    /// [`Error::Forbidden`] for a role that holds more than the acting user has; [`Error::NotFound`] where the application
    /// has been deleted meanwhile; [`Error::Database`].
    pub async fn sign_up(&self, new: NewUser, roles: &[&str]) -> Result<Member> {
        sign_up::sign_up(self.0, new, roles).await
    }

    /// Changes what the patch sets; returns the membership as stored.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the user is no live member; [`Error::Forbidden`] where the member has a role that holds
    /// more than the acting user has; [`Error::Conflict`] where the row has changed since it was seen;
    /// [`Error::Database`].
    pub async fn update(&self, user_id: Uuid, patch: MembershipPatch) -> Result<Membership> {
        self.0
            .transaction(async |tenant| {
                let scope = tenant.scope();
                let membership = live(scope)
                    .filter(application_memberships::Column::UserId.eq(user_id))
                    .locked()
                    .one()
                    .await?
                    .ok_or(Error::NotFound)?;
                if patch
                    .if_updated_at
                    .is_some_and(|seen| seen != membership.updated_at)
                {
                    return Err(Error::conflict("updated_at"));
                }
                if tenant.user_id() != Some(user_id) {
                    grant::may_give_all(tenant, &grant::of(tenant, user_id).await?).await?;
                }
                let row = application_memberships::ActiveModel {
                    email: patch.email.into_active(),
                    ..Default::default()
                };
                let this = application_memberships::Column::UserId.eq(user_id);
                let mut rows =
                    update::<application_memberships::Entity, _>(scope, row, this).await?;
                let after = rows.pop().ok_or(Error::NotFound)?;
                let event = Event::on::<application_memberships::Entity>(
                    scope,
                    "membership.update",
                    user_id,
                );
                let event =
                    event.changed::<application_memberships::Entity>(Some(&membership), &after);
                scope.db.record(event)?;
                Ok(after)
            })
            .await
    }

    /// Gives the member exactly these roles.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the user is no live member; [`Error::Invalid`] for an unknown role;
    /// [`Error::Forbidden`] where a role that comes or goes holds more than the acting user has;
    /// [`Error::LastOwner`]; [`Error::Database`].
    pub async fn set_roles(&self, user_id: Uuid, roles: &[&str]) -> Result<Member> {
        self.0
            .transaction(async |tenant| {
                owners::begin(tenant.scope(), &[user_id]).await?;
                let roles = roles.iter().map(|key| (*key).to_owned()).collect();
                grant::change(tenant, user_id, |_| Ok(roles)).await?;
                tenant.member(user_id).await
            })
            .await
    }

    /// Gives the member one more role; nothing changes for one who has it.
    ///
    /// # Errors
    ///
    /// As [`set_roles`](Self::set_roles).
    pub async fn grant(&self, user_id: Uuid, role: &str) -> Result<Member> {
        self.0
            .transaction(async |tenant| {
                owners::begin(tenant.scope(), &[user_id]).await?;
                grant::change(tenant, user_id, |mut keys| {
                    keys.push(role.to_owned());
                    Ok(keys)
                })
                .await?;
                tenant.member(user_id).await
            })
            .await
    }

    /// Takes one role from the member; nothing changes for one who does not have it.
    ///
    /// # Errors
    ///
    /// As [`set_roles`](Self::set_roles).
    pub async fn revoke(&self, user_id: Uuid, role: &str) -> Result<Member> {
        self.0
            .transaction(async |tenant| {
                owners::begin(tenant.scope(), &[user_id]).await?;
                grant::change(tenant, user_id, |mut keys| {
                    keys.retain(|key| key != role);
                    Ok(keys)
                })
                .await?;
                tenant.member(user_id).await
            })
            .await
    }

    /// Ends the membership, every session's stay in the application, and the pending invitations to and from the
    /// member, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the user never was a member; [`Error::Forbidden`] where the member has a role that
    /// holds more than the acting user has; [`Error::LastOwner`]; [`Error::Database`].
    pub async fn remove(&self, user_id: Uuid) -> Result<Deleted> {
        remove::remove(self.0, user_id).await
    }

    /// Brings back the membership with the roles that it had. Sessions stay outside.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the user has no deleted membership; [`Error::Conflict`] where the user is deleted;
    /// [`Error::Forbidden`] where a role of it holds more than the acting user has; [`Error::Database`].
    pub async fn restore(&self, user_id: Uuid) -> Result<Member> {
        remove::restore(self.0, user_id).await
    }
}

impl Tenant {
    async fn member(&self, user_id: Uuid) -> Result<Member> {
        let one = live(self.scope())
            .filter(application_memberships::Column::UserId.eq(user_id))
            .all()
            .await?;
        let member = member::complete(self.scope(), one).await?.pop();
        member.ok_or(Error::NotFound)
    }
}

/// A former member begins anew: nothing of what they had or looked after is theirs again.
async fn afresh(scope: &InTenant, user_id: Uuid) -> Result<()> {
    let this = || application_memberships::Column::UserId.eq(user_id);
    if !revive::<application_memberships::Entity, _>(scope, this()).await? {
        return Err(Error::NotFound);
    }
    let plain = application_memberships::ActiveModel {
        email: Set(None),
        ..Default::default()
    };
    set::<application_memberships::Entity, _>(scope, plain, this()).await?;
    let roles = membership_roles::Column::UserId.eq(user_id);
    remove_rows::<membership_roles::Entity, _>(scope, roles).await?;
    let clients = client_users::Column::UserId.eq(user_id);
    remove_rows::<client_users::Entity, _>(scope, clients).await?;
    // Deleted ones too: they would be theirs again once they are restored.
    let shared = mailboxes::ActiveModel {
        user_id: Set(None),
        ..Default::default()
    };
    let mailboxes = mailboxes::Column::UserId.eq(user_id);
    set_ever::<mailboxes::Entity, _>(scope, shared, mailboxes).await?;
    let nobodys = emails::ActiveModel {
        user_id: Set(None),
        ..Default::default()
    };
    let emails = emails::Column::UserId.eq(user_id);
    set_ever::<emails::Entity, _>(scope, nobodys, emails).await?;
    Ok(())
}

/// A page of the members whose memberships are found, by the user's id.
pub(crate) async fn page_of(
    scope: &InTenant,
    memberships: Find<application_memberships::Entity, InTenant>,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<Member>> {
    let page = memberships.page::<ById>(limit, cursor).await?;
    Ok(Page {
        items: member::complete(scope, page.items).await?,
        next: page.next,
    })
}

/// Live memberships of live users.
pub(crate) fn live(scope: &InTenant) -> Find<application_memberships::Entity, InTenant> {
    Find::new(scope.clone()).has::<users::Entity>(Condition::all())
}

/// Two who add the same user at once: the key tells the second.
fn already_member(error: Error) -> Error {
    match error {
        Error::Conflict { .. } => Error::conflict("user_id"),
        other => other,
    }
}
