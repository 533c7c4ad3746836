//! Inviting: making an invitation, and sending it again.

use std::time::Duration;

use entity::{application_memberships, invitation_roles, invitations, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

use super::{Invitation, find, invitation, revoke, waiting};
use crate::audit::Event;
use crate::error::{Error, Result};
use crate::memberships::{grantable, owners};
use crate::scope::access::access;
use crate::scope::{Find, Tenant, insert, insert_all, update};
use crate::secret::PlainToken;
use crate::value::{Email, RoleKey};
use crate::verification_tokens::issue::valid_for;

/// How long an invitation is valid where nothing else is said.
const USUAL: Duration = Duration::from_hours(7 * 24);

/// What a new invitation is made of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Who is invited: whoever reads the mail of this address.
    pub email: Email,
    /// The keys of the roles that the new member gets.
    #[serde(default)]
    pub roles: Vec<RoleKey>,
}

/// An invitation that was just made or renewed.
#[derive(Debug)]
pub struct Invited {
    /// What is sent to the address. It cannot be had again.
    pub token: PlainToken,
    /// The invitation.
    pub invitation: Invitation,
}

pub(super) async fn create(
    tenant: &Tenant,
    new: NewInvitation,
    ttl: Option<Duration>,
) -> Result<Invited> {
    let ttl = valid_for(ttl.unwrap_or(USUAL))?;
    let mut keys: Vec<_> = new.roles.iter().map(RoleKey::as_str).collect();
    keys.sort_unstable();
    keys.dedup();
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            begin(tenant).await?;
            let roles = grantable(tenant, &keys).await?;
            if is_member(tenant, &new.email).await? {
                return Err(Error::conflict("email"));
            }
            let now = tenant.db().clock().now();
            let expired = Condition::all()
                .add(invitations::Column::Email.eq(new.email.as_str()))
                .add(invitations::Column::ExpiresAt.lte(now.fixed_offset()));
            revoke(scope, expired, now).await?;
            let id = tenant.db().new_id();
            let (token, hash) =
                PlainToken::invitation(tenant.application_id(), id, tenant.db().random());
            let row = invitations::ActiveModel {
                id: Set(id),
                email: Set(new.email.into()),
                secret_hash: Set(hash.into()),
                invited_by: Set(tenant.user_id()),
                expires_at: Set((now + ttl).fixed_offset()),
                created_at: Set(now.fixed_offset()),
                updated_at: Set(now.fixed_offset()),
                ..Default::default()
            };
            let row = insert::<invitations::Entity, _>(scope, row).await?;
            let offered = roles.iter().map(|role| invitation_roles::ActiveModel {
                invitation_id: Set(id),
                role_id: Set(role.id),
                ..Default::default()
            });
            insert_all::<invitation_roles::Entity, _>(scope, offered.collect()).await?;
            let event = Event::on::<invitations::Entity>(scope, "invitation.create", id)
                .with("email", row.email.as_str())
                .with("roles", keys);
            scope.db.record(event)?;
            invited(tenant, token, row).await
        })
        .await
}

pub(super) async fn renew(tenant: &Tenant, id: Uuid, ttl: Option<Duration>) -> Result<Invited> {
    let ttl = valid_for(ttl.unwrap_or(USUAL))?;
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            begin(tenant).await?;
            let this = || waiting().add(invitations::Column::Id.eq(id));
            let found = find(scope).filter(this()).all().await?;
            let found = invitation::complete(scope, found).await?.pop();
            let found = found.ok_or(Error::NotFound)?;
            // It is the acting user who offers them from now on.
            let keys: Vec<_> = found.roles.iter().map(String::as_str).collect();
            grantable(tenant, &keys).await?;
            let now = tenant.db().clock().now();
            let (token, hash) =
                PlainToken::invitation(tenant.application_id(), id, tenant.db().random());
            let renewed = invitations::ActiveModel {
                secret_hash: Set(hash.into()),
                invited_by: Set(tenant.user_id()),
                expires_at: Set((now + ttl).fixed_offset()),
                ..Default::default()
            };
            let mut rows = update::<invitations::Entity, _>(scope, renewed, this()).await?;
            let row = rows.pop().ok_or(Error::NotFound)?;
            let event = Event::on::<invitations::Entity>(scope, "invitation.renew", id);
            scope.db.record(event)?;
            invited(tenant, token, row).await
        })
        .await
}

/// The locks, and that whoever invites is a member still: an invitation that was made after its maker's end would not
/// end with it, and be good again when the maker is back.
async fn begin(tenant: &Tenant) -> Result<()> {
    owners::begin(tenant.scope(), tenant.user_id().as_slice()).await?;
    if let Some(user_id) = tenant.user_id() {
        let held = access(tenant.db(), tenant.application_id(), user_id).await?;
        held.ok_or(Error::NotFound)?;
    }
    Ok(())
}

async fn invited(tenant: &Tenant, token: PlainToken, row: invitations::Model) -> Result<Invited> {
    let invitation = invitation::complete(tenant.scope(), vec![row]).await?.pop();
    Ok(Invited {
        token,
        invitation: invitation.ok_or(Error::NotFound)?,
    })
}

async fn is_member(tenant: &Tenant, email: &Email) -> Result<bool> {
    Find::<application_memberships::Entity, _>::new(tenant.scope().clone())
        .has::<users::Entity>(Condition::all().add(users::Column::Email.eq(email.as_str())))
        .exists()
        .await
}
