//! Where an email lies, and whose it is.

use entity::emails;
use sea_orm::ActiveValue::Set;
use sea_orm::ColumnTrait;
use uuid::Uuid;

use super::record::keep_mailbox;
use super::{EmailRow, same_message};
use crate::audit::{Event, recorded};
use crate::error::{Error, Result};
use crate::scope::{InTenant, Tenant, update};

pub(super) async fn move_to(
    tenant: &Tenant,
    id: Uuid,
    mailbox_id: Option<Uuid>,
) -> Result<EmailRow> {
    tenant
        .transaction(async |tenant| {
            if let Some(mailbox_id) = mailbox_id {
                keep_mailbox(tenant.scope(), mailbox_id).await?;
            }
            let moved = emails::ActiveModel {
                mailbox_id: Set(mailbox_id),
                ..Default::default()
            };
            change(tenant.scope(), "email.move", id, moved).await
        })
        .await
}

pub(super) async fn attach(scope: &InTenant, id: Uuid, user_id: Option<Uuid>) -> Result<EmailRow> {
    let attached = emails::ActiveModel {
        user_id: Set(user_id),
        ..Default::default()
    };
    let action = match user_id {
        Some(_) => "email.attach",
        None => "email.detach",
    };
    recorded(scope, async |scope| {
        change(scope, action, id, attached).await
    })
    .await
}

async fn change(
    scope: &InTenant,
    action: &'static str,
    id: Uuid,
    patch: emails::ActiveModel,
) -> Result<EmailRow> {
    let mut rows = update::<emails::Entity, _>(scope, patch, emails::Column::Id.eq(id))
        .await
        .map_err(same_message)?;
    let email = rows.pop().ok_or(Error::NotFound)?;
    let event = Event::on::<emails::Entity>(scope, action, id)
        .with("mailbox_id", email.mailbox_id.map(|id| id.to_string()))
        .with("user_id", email.user_id.map(|id| id.to_string()));
    scope.db.record(event)?;
    Ok(email)
}
