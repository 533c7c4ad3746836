//! Domains: the names that an application sends and receives mail for.

mod challenge;
mod claimants;
mod delete;
mod filter;
mod mail;
mod verify;

use entity::domains;
use sea_orm::ActiveValue::Set;
use sea_orm::ColumnTrait;
use serde::Deserialize;
use uuid::Uuid;

pub use challenge::ChallengeRecord;
pub use filter::DomainFilter;
pub use mail::{DomainMail, MailDepth, MailboxMail};

use crate::audit::{Event, recorded};
use crate::error::{Error, Result};
use crate::memberships::Member;
use crate::scope::{ById, Cursor, Deleted, Find, InTenant, Page, Tenant, insert};
use crate::value::DomainName;

const READ: &str = "domains.read";
const WRITE: &str = "domains.write";
const DELETE: &str = "domains.delete";

/// A domain as stored. `verified_at` tells when the claim was proved; `None`: it is a claim.
pub type Domain = domains::Model;

/// What a new domain is made of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    /// The domain, however it is written: `EXÄMPLE.com.` is stored as `xn--exmple-cua.com`.
    pub name: DomainName,
}

/// The verbs on the domains of an application. Got by [`Tenant::domains`].
///
/// A domain begins as a claim, which any number of applications may have on one name. Whoever can write to the name's
/// DNS proves it: [`ChallengeRecord`] says which record to put there, [`verify`](Self::verify) takes what is found.
/// Looking it up is the caller's. A name has one verified owner in the whole database, and mailboxes are made under
/// verified domains alone.
///
/// A domain that is released is a claim again, with another challenge, and its name is free for others to verify. Its
/// mailboxes and their mail stay and can be read, assigned and deleted; no new ones are made and no mail is routed to
/// them before it is verified again.
#[derive(Clone, Copy, Debug)]
pub struct Domains<'t>(&'t Tenant);

impl Tenant {
    /// The verbs on the application's domains.
    #[must_use]
    pub fn domains(&self) -> Domains<'_> {
        Domains(self)
    }
}

impl Domains<'_> {
    /// Claims a name, for the acting user; returns the domain as stored, with its challenge. One query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.write`; [`Error::Conflict`] where the application has the domain already
    /// (`name`); [`Error::Invalid`] for a name of more than 237 characters, which leaves no room for the challenge;
    /// [`Error::NotFound`] where the application has been deleted meanwhile; [`Error::Database`].
    pub async fn create(&self, new: NewDomain) -> Result<Domain> {
        self.0.require(WRITE)?;
        challenge::check_room(&new.name)?;
        let row = domains::ActiveModel {
            name: Set(new.name.into()),
            created_by: Set(self.0.user_id()),
            challenge: Set(challenge::generate(self.0.db().random())),
            ..Default::default()
        };
        recorded(self.0.scope(), async |scope| {
            let domain = insert::<domains::Entity, _>(scope, row).await?;
            let event = Event::on::<domains::Entity>(scope, "domain.create", domain.id);
            scope.db.record(event.made::<domains::Entity>(&domain))?;
            Ok(domain)
        })
        .await
    }

    /// The live domain with the id; one query. Returns `None` if there is none in this application.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.read`; [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<Domain>> {
        self.0.require(READ)?;
        self.find().filter(domains::Column::Id.eq(id)).one().await
    }

    /// The live domain with the name, verified or not; one query. Returns `None` if there is none in this application.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.read`; [`Error::Database`].
    pub async fn find_by_name(&self, name: &DomainName) -> Result<Option<Domain>> {
        self.0.require(READ)?;
        let named = domains::Column::Name.eq(name.as_str());
        self.find().filter(named).one().await
    }

    /// A page of the live domains that meet the filter, by id; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.read`; [`Error::Invalid`] for a `limit` or a `cursor` that cannot be;
    /// [`Error::Database`].
    pub async fn list(
        &self,
        filter: &DomainFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Domain>> {
        self.0.require(READ)?;
        let find = self.find().filter(filter.condition(self.0.scope()));
        find.page::<ById>(limit, cursor).await
    }

    /// As [`list`](Self::list), each domain with its live mailboxes and each of those with its latest mail, as deep as
    /// `depth` says; one query for each of the three levels.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.read`, `mailboxes.read` or `emails.read`; [`Error::Invalid`] for a
    /// `limit`, a `depth` or a `cursor` that cannot be; [`Error::Database`].
    pub async fn list_with_mail(
        &self,
        filter: &DomainFilter,
        depth: MailDepth,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<DomainMail>> {
        for permission in [READ, "mailboxes.read", "emails.read"] {
            self.0.require(permission)?;
        }
        depth.check(limit)?;
        let page = self.list(filter, limit, cursor).await?;
        Ok(Page {
            items: mail::complete(self.0.scope(), page.items, depth).await?,
            next: page.next,
        })
    }

    /// How many live domains meet the filter; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.read`; [`Error::Database`].
    pub async fn count(&self, filter: &DomainFilter) -> Result<u64> {
        self.0.require(READ)?;
        let find = self.find().filter(filter.condition(self.0.scope()));
        find.count().await
    }

    /// A page of the live members who added some live domain that meets the filter, by the user's id; four queries.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.read` or `members.read`; [`Error::Invalid`] for a `limit` or a `cursor`
    /// that cannot be; [`Error::Database`].
    pub async fn claimants(
        &self,
        filter: &DomainFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Member>> {
        self.0.require(READ)?;
        self.0.require("members.read")?;
        claimants::page(self.0.scope(), filter, limit, cursor).await
    }

    /// Proves the claim by the TXT records that the caller found at the name that [`ChallengeRecord`] gives: each is one
    /// text (a resolver may give it in parts: join them), and any one of them may be the right one. Returns the domain
    /// as stored; what is verified already stays as it is. One query where it is proved, two where not.
    ///
    /// Of several applications that prove their claims to one name, one at a time or at once, the first is its owner
    /// and the others get the conflict.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.write`; [`Error::NotFound`]; [`Error::Invalid`] where none of the records
    /// holds the challenge, or more than 100 have its form (`challenge`); [`Error::Conflict`] where another application
    /// has verified the name (`name`); [`Error::Database`].
    pub async fn verify(&self, id: Uuid, txt_records: &[impl AsRef<str>]) -> Result<Domain> {
        self.0.require(WRITE)?;
        let found = challenge::among(txt_records.iter().map(AsRef::as_ref))?;
        verify::verify(self.0.scope(), id, &found).await
    }

    /// Gives the name up: the domain is a claim again, with another challenge, and the TXT record of before proves
    /// nothing any more. A claim gets another challenge, too. Returns the domain as stored; one query.
    ///
    /// Its mailboxes stay; no new ones are made, and no mail is routed to them, until it is verified again.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.delete`, as others can take the name then; [`Error::NotFound`];
    /// [`Error::Database`].
    pub async fn release(&self, id: Uuid) -> Result<Domain> {
        self.0.require(DELETE)?;
        let released = verify::release(self.0.scope(), id).await?;
        released.ok_or(Error::NotFound)
    }

    /// Deletes the domain with its mailboxes and their mail, in one transaction and as one deletion. Others can verify
    /// its name then.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.delete`; [`Error::NotFound`] where the application has no domain with the
    /// id, live or deleted; [`Error::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<Deleted> {
        self.0.require(DELETE)?;
        delete::delete(self.0, id).await
    }

    /// Brings back a deleted domain as it was, verified if it was, with exactly the mailboxes and the mail that were
    /// deleted with it; returns it as stored.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `domains.delete`; [`Error::NotFound`] where the application has no deleted domain
    /// with the id, or is deleted itself; [`Error::Conflict`], and nothing changes, where the domain was verified and
    /// another application has verified the name since, or the application has claimed it anew (`name`);
    /// [`Error::Database`].
    pub async fn restore(&self, id: Uuid) -> Result<Domain> {
        self.0.require(DELETE)?;
        delete::restore(self.0, id).await
    }

    fn find(self) -> Find<domains::Entity, InTenant> {
        Find::new(self.0.scope().clone())
    }
}
