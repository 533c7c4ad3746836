//! A mailbox comes to be, under a domain that is and stays verified.

use entity::{domains, mailboxes};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{Mailbox, NewMailbox};
use crate::audit::{Event, recorded};
use crate::domains::Domain;
use crate::error::{Error, Result};
use crate::scope::{Find, InTenant, held, insert_while};
use crate::value::Email;

pub(super) async fn create(scope: &InTenant, new: NewMailbox) -> Result<Mailbox> {
    // Its name never changes.
    let domain = verified(scope, new.domain_id).await?;
    let email: Email = format!("{}@{}", new.local_part, domain.name).parse()?;
    let row = mailboxes::ActiveModel {
        domain_id: Set(domain.id),
        local_part: Set(new.local_part.into()),
        email: Set(email.into()),
        user_id: Set(new.user_id),
        ..Default::default()
    };
    // It may be gone or released since it was looked at; from here on it stays as it is.
    let still = Condition::all()
        .add(domains::Column::Id.eq(domain.id))
        .add(domains::Column::VerifiedAt.is_not_null());
    let still = held::<domains::Entity>(scope, still);
    recorded(scope, async |scope| {
        let Some(mailbox) = insert_while::<mailboxes::Entity, _>(scope, row, still).await? else {
            verified(scope, domain.id).await?;
            return Err(Error::NotFound);
        };
        let event = Event::on::<mailboxes::Entity>(scope, "mailbox.create", mailbox.id);
        scope.db.record(event.made::<mailboxes::Entity>(&mailbox))?;
        Ok(mailbox)
    })
    .await
}

async fn verified(scope: &InTenant, id: Uuid) -> Result<Domain> {
    let domain = Find::<domains::Entity, _>::new(scope.clone())
        .filter(domains::Column::Id.eq(id))
        .one()
        .await?
        .ok_or(Error::NotFound)?;
    if domain.verified_at.is_none() {
        return Err(Error::invalid(
            "domain_id",
            "is of a domain that is not verified: verify it first",
        ));
    }
    Ok(domain)
}
