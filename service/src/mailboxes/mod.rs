//! Mailboxes: the addresses that an application receives mail at.

mod create;
mod delete;
mod filter;
mod holders;
mod route;

use chrono::{DateTime, Utc};
use entity::{domains, mailboxes};
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

pub use filter::MailboxFilter;

use crate::audit::{Event, recorded};
use crate::error::{Error, Result};
use crate::memberships::Member;
use crate::scope::{ById, Cursor, Deleted, Find, InTenant, Page, Tenant, update};
use crate::value::{Change, Email, LocalPart, instant};

const READ: &str = "mailboxes.read";
const WRITE: &str = "mailboxes.write";
const DELETE: &str = "mailboxes.delete";

/// A mailbox as stored. `email` is its address in canonical form, `user_id` the member whose mailbox it is; `None`: it is
/// shared. The member may have left since: whoever comes back by restoring has it again, whoever joins anew has not.
pub type Mailbox = mailboxes::Model;

/// What a new mailbox is made of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMailbox {
    /// The domain of the address; it is verified.
    pub domain_id: Uuid,
    /// What stands before the `@`, or all that no other mailbox of the domain has.
    pub local_part: LocalPart,
    /// The live member whose mailbox it is; `None`: it is shared.
    #[serde(default)]
    pub user_id: Option<Uuid>,
}

impl NewMailbox {
    /// A shared mailbox of this name.
    #[must_use]
    pub fn new(domain_id: Uuid, local_part: LocalPart) -> Self {
        Self {
            domain_id,
            local_part,
            user_id: None,
        }
    }
}

/// What changes of a mailbox. Its address never does: that is another mailbox.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MailboxPatch {
    /// The live member whose mailbox it is; cleared, it is shared.
    pub user_id: Change<Uuid>,
    /// The `updated_at` that was seen: refuse the change if the row has changed since.
    pub if_updated_at: Option<DateTime<Utc>>,
}

/// The verbs on the mailboxes of an application. Got by [`Tenant::mailboxes`].
#[derive(Clone, Copy, Debug)]
pub struct Mailboxes<'t>(&'t Tenant);

impl Tenant {
    /// The verbs on the application's mailboxes.
    #[must_use]
    pub fn mailboxes(&self) -> Mailboxes<'_> {
        Mailboxes(self)
    }
}

impl Mailboxes<'_> {
    /// Makes a mailbox; returns it as stored, its address made of the local part and the domain. Two queries.
    ///
    /// Nobody deletes or releases the domain while it is made.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.write`; [`Error::NotFound`] where there is no such live domain or member;
    /// [`Error::Invalid`] where the domain is not verified (`domain_id`) or the address is too long (`email`);
    /// [`Error::Conflict`] where the application has a mailbox with the address (`email`); [`Error::Database`].
    pub async fn create(&self, new: NewMailbox) -> Result<Mailbox> {
        self.0.require(WRITE)?;
        create::create(self.0.scope(), new).await
    }

    /// The live mailbox with the id; one query. Returns `None` if there is none in this application.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.read`; [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<Mailbox>> {
        self.0.require(READ)?;
        let this = mailboxes::Column::Id.eq(id);
        live(self.0.scope()).filter(this).one().await
    }

    /// The live mailbox with exactly this address; one query. Returns `None` if there is none in this application.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.read`; [`Error::Database`].
    pub async fn find_by_address(&self, address: &Email) -> Result<Option<Mailbox>> {
        self.0.require(READ)?;
        let this = mailboxes::Column::Email.eq(address.as_str());
        live(self.0.scope()).filter(this).one().await
    }

    /// The live mailbox that mail to this address lands in: the one with the address, else the catch-all of its domain;
    /// one query. Returns `None` if there is neither, or the domain is not verified: another application may be its
    /// owner by now.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.read`; [`Error::Database`].
    pub async fn resolve_address(&self, address: &Email) -> Result<Option<Mailbox>> {
        self.0.require(READ)?;
        route::route(self.0.scope(), address).await
    }

    /// A page of the live mailboxes that meet the filter, by id; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.read`; [`Error::Invalid`] for a `limit` or a `cursor` that cannot be;
    /// [`Error::Database`].
    pub async fn list(
        &self,
        filter: &MailboxFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Mailbox>> {
        self.0.require(READ)?;
        let find = live(self.0.scope()).filter(filter.condition(self.0.scope())?);
        find.page::<ById>(limit, cursor).await
    }

    /// How many live mailboxes meet the filter; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.read`; [`Error::Database`].
    pub async fn count(&self, filter: &MailboxFilter) -> Result<u64> {
        self.0.require(READ)?;
        let find = live(self.0.scope()).filter(filter.condition(self.0.scope())?);
        find.count().await
    }

    /// How many live mailboxes that meet the filter each domain has, by the domain's id, most first; domains without any
    /// are left out. One query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.read`; [`Error::Database`].
    pub async fn count_by_domain(&self, filter: &MailboxFilter) -> Result<Vec<(Uuid, u64)>> {
        self.0.require(READ)?;
        let find = live(self.0.scope()).filter(filter.condition(self.0.scope())?);
        find.count_by(mailboxes::Column::DomainId).await
    }

    /// A page of the live members who have some live mailbox that meets the filter, by the user's id; four queries.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.read` or `members.read`; [`Error::Invalid`] for a `limit` or a `cursor`
    /// that cannot be; [`Error::Database`].
    pub async fn holders(
        &self,
        filter: &MailboxFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Member>> {
        self.0.require(READ)?;
        self.0.require("members.read")?;
        holders::page(self.0.scope(), filter, limit, cursor).await
    }

    /// Changes what the patch sets; returns the mailbox as stored. One query, and one more to tell why where it is
    /// refused as stale.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.write`; [`Error::NotFound`] where there is no such live mailbox or member;
    /// [`Error::Conflict`] where the row has changed since it was seen (`updated_at`); [`Error::Database`].
    pub async fn update(&self, id: Uuid, patch: MailboxPatch) -> Result<Mailbox> {
        self.0.require(WRITE)?;
        let row = mailboxes::ActiveModel {
            user_id: patch.user_id.into_active(),
            ..Default::default()
        };
        let this = mailboxes::Column::Id.eq(id);
        let mut condition = Condition::all().add(this.clone());
        let seen = patch.if_updated_at;
        let seen = seen
            .map(|seen| instant("if_updated_at", seen))
            .transpose()?;
        if let Some(seen) = seen {
            condition = condition.add(mailboxes::Column::UpdatedAt.eq(seen));
        }
        let sets_nothing = row.user_id.is_not_set();
        recorded(self.0.scope(), async |scope| {
            let find = || live(scope).filter(this.clone());
            let mut rows = update::<mailboxes::Entity, _>(scope, row, condition).await?;
            if let Some(mailbox) = rows.pop() {
                if sets_nothing {
                    return Ok(mailbox);
                }
                let event = Event::on::<mailboxes::Entity>(scope, "mailbox.update", id);
                // Not what it was before: to read that first would lock the mailbox before the membership.
                let user_id = mailbox.user_id.map(|id| id.to_string());
                scope.db.record(event.with("user_id", user_id))?;
                return Ok(mailbox);
            }
            if let Some(seen) = seen {
                let changed = mailboxes::Column::UpdatedAt.ne(seen);
                if find().filter(changed).exists().await? {
                    return Err(Error::conflict("updated_at"));
                }
            }
            Err(Error::NotFound)
        })
        .await
    }

    /// Deletes the mailbox with its mail, in one transaction and as one deletion. A mailbox that is made with the same
    /// address later is another one and has none of it.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.delete`; [`Error::NotFound`] where the application has no mailbox with
    /// the id, live or deleted; [`Error::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<Deleted> {
        self.0.require(DELETE)?;
        delete::delete(self.0, id).await
    }

    /// Brings back a deleted mailbox with exactly the mail that was deleted with it; returns it as stored.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `mailboxes.delete`; [`Error::NotFound`] where the application has no deleted mailbox
    /// with the id, or is deleted itself; [`Error::Conflict`], and nothing changes, where another mailbox has the
    /// address (`email`) or the domain is deleted (`domain_id`): restore that; [`Error::Database`].
    pub async fn restore(&self, id: Uuid) -> Result<Mailbox> {
        self.0.require(DELETE)?;
        delete::restore(self.0, id).await
    }
}

/// Live mailboxes of live domains.
fn live(scope: &InTenant) -> Find<mailboxes::Entity, InTenant> {
    Find::new(scope.clone()).has::<domains::Entity>(Condition::all())
}
