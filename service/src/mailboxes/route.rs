//! Where mail lands.

use entity::{domains, mailboxes};
use sea_orm::ColumnTrait;

use super::Mailbox;
use crate::error::Result;
use crate::scope::{Find, InTenant};
use crate::value::{Email, LocalPart};

pub(super) async fn route(scope: &InTenant, address: &Email) -> Result<Option<Mailbox>> {
    let catch_all = format!("{}@{}", LocalPart::catch_all(), address.domain());
    let mut found = Find::<mailboxes::Entity, _>::new(scope.clone())
        .filter(mailboxes::Column::Email.is_in([address.as_str(), &catch_all]))
        .has::<domains::Entity>(domains::Column::VerifiedAt.is_not_null())
        .all()
        .await?;
    let exact = found
        .iter()
        .position(|mailbox| mailbox.email == address.as_str());
    Ok(match exact {
        Some(exact) => Some(found.swap_remove(exact)),
        None => found.pop(),
    })
}
