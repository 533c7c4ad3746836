//! The end of an email, and its return.

use entity::emails;
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::{EmailRow, same_message};
use crate::audit::{Event, recorded};
use crate::error::{Error, Result};
use crate::scope::{Deleted, Deletion, Find, InTenant, Tenant, mark, unmark};

pub(super) async fn delete(scope: &InTenant, id: Uuid) -> Result<Deleted> {
    recorded(scope, async |scope| {
        let deletion = Deletion::new(&scope.db);
        let this = || emails::Column::Id.eq(id);
        let taken = mark::<emails::Entity, _>(scope, deletion, this()).await?;
        if taken > 0 {
            let event = Event::on::<emails::Entity>(scope, "email.delete", id);
            scope.db.record(event)?;
            return Ok(deletion.into());
        }
        let email = Find::<emails::Entity, _>::new(scope.clone())
            .with_deleted()
            .filter(this())
            .one()
            .await?
            .ok_or(Error::NotFound)?;
        // Live: restored between the two statements.
        Deleted::before(email.deleted_at, email.deletion_id)
            .ok_or_else(|| Error::conflict("deleted_at"))
    })
    .await
}

pub(super) async fn restore(tenant: &Tenant, id: Uuid) -> Result<EmailRow> {
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            let this = || emails::Column::Id.eq(id);
            let email = Find::<emails::Entity, _>::new(scope.clone())
                .only_deleted()
                .filter(this())
                .locked()
                .one()
                .await?
                .ok_or(Error::NotFound)?;
            let batch = email.deletion_id.unwrap_or_default();
            unmark::<emails::Entity, _>(scope, batch, this())
                .await
                .map_err(same_message)?;
            let back = Find::<emails::Entity, _>::new(scope.clone())
                .filter(this())
                .one()
                .await?
                .ok_or(Error::NotFound)?;
            let event = Event::on::<emails::Entity>(scope, "email.restore", id);
            scope.db.record(event)?;
            Ok(back)
        })
        .await
}
