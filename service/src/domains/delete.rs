//! The end of a domain, and its return.

use entity::{domains, emails, mailboxes};
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::Domain;
use crate::applications::keep;
use crate::audit::Event;
use crate::error::{Error, Result};
use crate::scope::{
    Deleted, Deletion, Find, InTenant, Tenant, among_taken, mark, unmark, unmark_all,
};

pub(super) async fn delete(tenant: &Tenant, id: Uuid) -> Result<Deleted> {
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            // The lock first: whoever is making a mailbox under the domain is waited for, and nobody begins to.
            let domain = locked(scope, id).await?;
            if let Some(already) = Deleted::before(domain.deleted_at, domain.deletion_id) {
                return Ok(already);
            }
            let deletion = Deletion::new(tenant.db());
            let this = domains::Column::Id.eq(id);
            mark::<domains::Entity, _>(scope, deletion, this).await?;
            let under = mailboxes::Column::DomainId.eq(id);
            mark::<mailboxes::Entity, _>(scope, deletion, under).await?;
            let in_them = among_taken::<emails::Entity, mailboxes::Entity>(scope, deletion.id)?;
            mark::<emails::Entity, _>(scope, deletion, in_them).await?;
            let event = Event::on::<domains::Entity>(scope, "domain.delete", id);
            tenant.db().record(event.with_deletion(deletion))?;
            Ok(deletion.into())
        })
        .await
}

pub(super) async fn restore(tenant: &Tenant, id: Uuid) -> Result<Domain> {
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            keep(scope).await?;
            let domain = locked(scope, id).await?;
            let Some(batch) = domain.deletion_id else {
                return Err(Error::NotFound);
            };
            let this = || domains::Column::Id.eq(id);
            unmark::<domains::Entity, _>(scope, batch, this()).await?;
            unmark_all::<mailboxes::Entity, _>(scope, batch).await?;
            unmark_all::<emails::Entity, _>(scope, batch).await?;
            let back = Find::<domains::Entity, _>::new(scope.clone())
                .filter(this())
                .one()
                .await?;
            let back = back.ok_or(Error::NotFound)?;
            let event = Event::on::<domains::Entity>(scope, "domain.restore", id);
            tenant.db().record(event)?;
            Ok(back)
        })
        .await
}

async fn locked(scope: &InTenant, id: Uuid) -> Result<Domain> {
    let domain = Find::<domains::Entity, _>::new(scope.clone())
        .with_deleted()
        .filter(domains::Column::Id.eq(id))
        .locked()
        .one()
        .await?;
    domain.ok_or(Error::NotFound)
}
