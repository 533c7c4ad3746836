//! The end of a membership, and its return.

use entity::{application_memberships, sessions, users};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{Member, Membership, grant, owners};
use crate::applications::leave_sessions;
use crate::audit::Event;
use crate::error::{Error, Result};
use crate::invitations;
use crate::scope::{Deleted, Deletion, Find, OWNER, Outside, Tenant, mark, unmark};

pub(super) async fn remove(tenant: &Tenant, user_id: Uuid) -> Result<Deleted> {
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            owners::begin(scope, &[user_id]).await?;
            let membership = locked(tenant, user_id).await?;
            if let Some(already) = Deleted::before(membership.deleted_at, membership.deletion_id) {
                return Ok(already);
            }
            let held = grant::of(tenant, user_id).await?;
            if tenant.user_id() != Some(user_id) {
                grant::may_give_all(tenant, &held).await?;
            }
            if held.iter().any(|role| role.key == OWNER) {
                owners::another_than(scope, user_id).await?;
            }
            let deletion = Deletion::new(tenant.db());
            mark::<application_memberships::Entity, _>(
                scope,
                deletion,
                application_memberships::Column::UserId.eq(user_id),
            )
            .await?;
            let inside = Condition::all()
                .add(sessions::Column::UserId.eq(user_id))
                .add(sessions::Column::ApplicationId.eq(tenant.application_id()));
            let outside = Outside {
                db: tenant.db().clone(),
            };
            leave_sessions(&outside, inside).await?;
            let user = Find::<users::Entity, _>::new(outside)
                .with_deleted()
                .filter(users::Column::Id.eq(user_id))
                .one()
                .await?;
            if let Some(user) = user {
                let theirs = invitations::to_or_from(user_id, &user.email);
                invitations::revoke(scope, theirs, deletion.at).await?;
            }
            let event =
                Event::on::<application_memberships::Entity>(scope, "membership.remove", user_id);
            scope.db.record(event.with_deletion(deletion))?;
            Ok(deletion.into())
        })
        .await
}

pub(super) async fn restore(tenant: &Tenant, user_id: Uuid) -> Result<Member> {
    tenant
        .transaction(async |tenant| {
            owners::begin(tenant.scope(), &[user_id]).await?;
            let membership = locked(tenant, user_id).await?;
            let Some(batch) = membership.deletion_id else {
                return Err(Error::NotFound);
            };
            grant::may_give_all(tenant, &grant::of(tenant, user_id).await?).await?;
            let this = application_memberships::Column::UserId.eq(user_id);
            let back =
                unmark::<application_memberships::Entity, _>(tenant.scope(), batch, this).await?;
            if back == 0 {
                return Err(Error::conflict("user_id"));
            }
            let scope = tenant.scope();
            let event =
                Event::on::<application_memberships::Entity>(scope, "membership.restore", user_id);
            scope.db.record(event)?;
            tenant.member(user_id).await
        })
        .await
}

async fn locked(tenant: &Tenant, user_id: Uuid) -> Result<Membership> {
    let membership = Find::<application_memberships::Entity, _>::new(tenant.scope().clone())
        .with_deleted()
        .filter(application_memberships::Column::UserId.eq(user_id))
        .locked()
        .one()
        .await?;
    membership.ok_or(Error::NotFound)
}
