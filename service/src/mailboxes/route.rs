//! Where mail lands.

use entity::{domains, mailboxes};
use sea_orm::ColumnTrait;

use super::Mailbox;
use crate::db::Db;
use crate::error::Result;
use crate::scope::{Across, Find, InTenant};
use crate::value::{Email, LocalPart};

impl Db {
    /// The live mailbox, of whichever application has proved the domain, that mail to this address lands in: what whoever
    /// takes mail in begins with, before an application is entered ([`Db::system`]). The mailbox with the address, else
    /// the catch-all of its domain; two queries. Returns `None` if there is neither, or nobody has proved the domain.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database).
    pub async fn resolve_address(&self, address: &Email) -> Result<Option<Mailbox>> {
        let domain = Find::<domains::Entity, _>::new(Across { db: self.clone() })
            .filter(domains::Column::Name.eq(address.domain()))
            .filter(domains::Column::VerifiedAt.is_not_null())
            .one()
            .await?;
        let Some(domain) = domain else {
            return Ok(None);
        };
        let scope = InTenant {
            db: self.clone(),
            application_id: domain.application_id,
        };
        route(&scope, address).await
    }
}

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
