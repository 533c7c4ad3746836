//! The end of a mailbox, and its return.

use entity::{domains, emails, mailboxes};
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::Mailbox;
use crate::applications::keep;
use crate::audit::Event;
use crate::error::{Error, Result};
use crate::scope::{Deleted, Deletion, Find, InTenant, Tenant, mark, unmark, unmark_all};

pub(super) async fn delete(tenant: &Tenant, id: Uuid) -> Result<Deleted> {
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            // The lock first: mail that is just being stored is waited for, and none is stored any more.
            let mailbox = any(scope, id).locked().one().await?;
            let mailbox = mailbox.ok_or(Error::NotFound)?;
            if let Some(already) = Deleted::before(mailbox.deleted_at, mailbox.deletion_id) {
                return Ok(already);
            }
            let deletion = Deletion::new(tenant.db());
            let this = mailboxes::Column::Id.eq(id);
            mark::<mailboxes::Entity, _>(scope, deletion, this).await?;
            let mail = emails::Column::MailboxId.eq(id);
            mark::<emails::Entity, _>(scope, deletion, mail).await?;
            let event = Event::on::<mailboxes::Entity>(scope, "mailbox.delete", id);
            tenant.db().record(event.with_deletion(deletion))?;
            Ok(deletion.into())
        })
        .await
}

pub(super) async fn restore(tenant: &Tenant, id: Uuid) -> Result<Mailbox> {
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            // In the order in which deleting an application or a domain locks: from above.
            keep(scope).await?;
            let mailbox = any(scope, id).one().await?.ok_or(Error::NotFound)?;
            let domain = Find::<domains::Entity, _>::new(scope.clone())
                .filter(domains::Column::Id.eq(mailbox.domain_id))
                .kept()
                .one()
                .await?;
            let mailbox = any(scope, id).locked().one().await?;
            let mailbox = mailbox.ok_or(Error::NotFound)?;
            let Some(batch) = mailbox.deletion_id else {
                return Err(Error::NotFound);
            };
            if domain.is_none() {
                return Err(Error::conflict("domain_id"));
            }
            let this = || mailboxes::Column::Id.eq(id);
            unmark::<mailboxes::Entity, _>(scope, batch, this()).await?;
            unmark_all::<emails::Entity, _>(scope, batch).await?;
            let back = Find::<mailboxes::Entity, _>::new(scope.clone())
                .filter(this())
                .one()
                .await?;
            let back = back.ok_or(Error::NotFound)?;
            let event = Event::on::<mailboxes::Entity>(scope, "mailbox.restore", id);
            tenant.db().record(event)?;
            Ok(back)
        })
        .await
}

/// Live or deleted.
fn any(scope: &InTenant, id: Uuid) -> Find<mailboxes::Entity, InTenant> {
    Find::new(scope.clone())
        .with_deleted()
        .filter(mailboxes::Column::Id.eq(id))
}
