//! The end of a client, and its return.

use entity::clients;
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::Client;
use crate::audit::Event;
use crate::error::{Error, Result};
use crate::scope::{Deleted, Deletion, Find, Tenant, mark_recorded, unmark};

pub(super) async fn delete(tenant: &Tenant, id: Uuid) -> Result<Deleted> {
    let scope = tenant.scope();
    let deletion = Deletion::new(&scope.db);
    let this = || clients::Column::Id.eq(id);
    let event = Event::on::<clients::Entity>(scope, "client.delete", id).with_deletion(deletion);
    if mark_recorded::<clients::Entity, _>(scope, deletion, this(), event).await? {
        return Ok(deletion.into());
    }
    let client = Find::<clients::Entity, _>::new(scope.clone())
        .with_deleted()
        .filter(this())
        .one()
        .await?
        .ok_or(Error::NotFound)?;
    // Live: restored between the two statements.
    Deleted::before(client.deleted_at, client.deletion_id)
        .ok_or_else(|| Error::conflict("deleted_at"))
}

pub(super) async fn restore(tenant: &Tenant, id: Uuid) -> Result<Client> {
    tenant
        .transaction(async |tenant| {
            let client = locked(tenant, id).await?;
            let Some(batch) = client.deletion_id else {
                return Err(Error::NotFound);
            };
            let this = || clients::Column::Id.eq(id);
            unmark::<clients::Entity, _>(tenant.scope(), batch, this()).await?;
            let back = Find::<clients::Entity, _>::new(tenant.scope().clone())
                .filter(this())
                .one()
                .await?;
            let back = back.ok_or(Error::NotFound)?;
            let event = Event::on::<clients::Entity>(tenant.scope(), "client.restore", id);
            tenant.db().record(event)?;
            Ok(back)
        })
        .await
}

async fn locked(tenant: &Tenant, id: Uuid) -> Result<Client> {
    let client = Find::<clients::Entity, _>::new(tenant.scope().clone())
        .with_deleted()
        .filter(clients::Column::Id.eq(id))
        .locked()
        .one()
        .await?;
    client.ok_or(Error::NotFound)
}
