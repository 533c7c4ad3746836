//! Emails: the messages that an application sent and received. They are stored here; sending is another's work.
//!
//! The id of an email is made of its own instant, at which it was sent or received, and not of the one at which it was
//! recorded: lists are in the order of ids, and mail that is imported later stands where it belongs.

mod delete;
mod filter;
mod message;
mod place;
mod record;
mod search;

use std::collections::HashMap;

use entity::emails;
use sea_orm::ColumnTrait;
use uuid::Uuid;

pub use filter::{Direction, EmailFilter};
pub use message::{EmailHead, EmailMessage, EmailWithRecipients, Recipients};
pub use record::{NewEmail, RecordedEmail};

use crate::error::{Error, Result};
use crate::scope::{Cursor, Deleted, Find, InTenant, Newest, Page, Tenant};
use crate::value::{MessageId, SearchText};

const READ: &str = "emails.read";
const WRITE: &str = "emails.write";
const DELETE: &str = "emails.delete";

/// Of how many mailboxes or members emails are counted at once: as many as a page holds.
const MOST: usize = 200;

/// An email as stored.
pub type EmailRow = emails::Model;

/// The verbs on the emails of an application. Got by [`Tenant::emails`].
#[derive(Clone, Copy, Debug)]
pub struct Emails<'t>(&'t Tenant);

impl Tenant {
    /// The verbs on the application's emails.
    #[must_use]
    pub fn emails(&self) -> Emails<'_> {
        Emails(self)
    }
}

impl Emails<'_> {
    /// Stores a message that was sent or received, with its recipients, all at once; four queries in a transaction, one more
    /// where it answers another.
    ///
    /// A message that lies in the mailbox already, by its `message_id`, is left as it is and given back: to record it
    /// twice, even at the same moment, does no harm. An answer joins the thread of the live message in the same mailbox
    /// that it answers, or else of the last that it refers to; any other message begins a thread. What is recorded before
    /// the message that it answers does not join it later.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.write`; [`Error::Invalid`] for an instant before 1970 (`at`) and for more than
    /// 1,000 recipients; [`Error::NotFound`] where there is no such live mailbox of a live domain, or the user is no live
    /// member; [`Error::Conflict`] where the same message (`message_id`) is deleted at this moment: try again;
    /// [`Error::Database`].
    pub async fn record(&self, new: NewEmail) -> Result<RecordedEmail> {
        self.0.require(WRITE)?;
        record::record(self.0, new).await
    }

    /// The live email with the id, with its recipients; two queries. Returns `None` if there is none in this application.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.read`; [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<EmailMessage>> {
        self.0.require(READ)?;
        let email = self.find().filter(emails::Column::Id.eq(id)).one().await?;
        self.complete(email).await
    }

    /// The live email with the `Message-ID` in the mailbox (`None`: among those that lie in none), with its recipients;
    /// two queries. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.read`; [`Error::Database`].
    pub async fn find_by_message_id(
        &self,
        mailbox_id: Option<Uuid>,
        message_id: &MessageId,
    ) -> Result<Option<EmailMessage>> {
        self.0.require(READ)?;
        let email = record::by_message_id(self.0.scope(), mailbox_id, message_id).await?;
        self.complete(email).await
    }

    /// A page of the live emails that meet the filter, the newest first, without their texts; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.read`; [`Error::Invalid`] for a `limit`, a `cursor` or a part of the filter
    /// that cannot be; [`Error::Database`].
    pub async fn list(
        &self,
        filter: &EmailFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<EmailHead>> {
        self.0.require(READ)?;
        let find = self.find().filter(filter.condition()?);
        find.page_as::<Newest, _>(limit, cursor, place).await
    }

    /// As [`list`](Self::list), those with the words in their subject or text. Capitals do not matter; of each email the
    /// first 32,768 characters are looked at, subject first.
    ///
    /// `PostgreSQL` has an index of the words, and folds capitals of all scripts. `SQLite` reads the application's emails,
    /// folds those of ASCII, and finds a word inside another one too.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn search(
        &self,
        text: &SearchText,
        filter: &EmailFilter,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<EmailHead>> {
        self.0.require(READ)?;
        search::page(self.0.scope(), text, filter, limit, cursor).await
    }

    /// The emails of a page with their recipients; one query for all of them. What is not live has none.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.read`; [`Error::Database`].
    pub async fn with_recipients(
        &self,
        page: Page<EmailHead>,
    ) -> Result<Page<EmailWithRecipients>> {
        self.0.require(READ)?;
        let ids = page.items.iter().map(|email| email.id);
        let mut of = message::recipients(self.0.scope(), ids).await?;
        Ok(page.map(|email| EmailWithRecipients {
            recipients: of.remove(&email.id).unwrap_or_default(),
            email,
        }))
    }

    /// How many live emails meet the filter; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.read`; [`Error::Invalid`] for a part of the filter that cannot be;
    /// [`Error::Database`].
    pub async fn count(&self, filter: &EmailFilter) -> Result<u64> {
        self.0.require(READ)?;
        self.find().filter(filter.condition()?).count().await
    }

    /// For each of the mailboxes, 200 at most, how many live emails lie in it; one query. A mailbox that is not there or
    /// not live has none.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.read`; [`Error::Invalid`] where there are more than 200 `mailbox_ids`;
    /// [`Error::Database`].
    pub async fn count_by_mailbox(&self, mailbox_ids: &[Uuid]) -> Result<Vec<u64>> {
        self.count_by(emails::Column::MailboxId, "mailbox_ids", mailbox_ids)
            .await
    }

    /// For each of the members, 200 at most, how many live emails are attached to them; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.read`; [`Error::Invalid`] where there are more than 200 `user_ids`;
    /// [`Error::Database`].
    pub async fn count_by_user(&self, user_ids: &[Uuid]) -> Result<Vec<u64>> {
        self.count_by(emails::Column::UserId, "user_ids", user_ids)
            .await
    }

    /// Puts the email into another mailbox of the application, or into none; it stays in its thread. Two queries in a
    /// transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.write`; [`Error::NotFound`] where there is no such live email, or no such live
    /// mailbox of a live domain; [`Error::Conflict`] where the same message (`message_id`) lies there already;
    /// [`Error::Database`].
    pub async fn move_to(&self, id: Uuid, mailbox_id: Option<Uuid>) -> Result<EmailRow> {
        self.0.require(WRITE)?;
        place::move_to(self.0, id, mailbox_id).await
    }

    /// Attaches the email to a member, in place of the one that it was attached to; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.write`; [`Error::NotFound`] where there is no such live email, or the user is
    /// no live member; [`Error::Database`].
    pub async fn attach(&self, id: Uuid, user_id: Uuid) -> Result<EmailRow> {
        self.0.require(WRITE)?;
        place::attach(self.0.scope(), id, Some(user_id)).await
    }

    /// Attaches the email to nobody; one query.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.write`; [`Error::NotFound`]; [`Error::Database`].
    pub async fn detach(&self, id: Uuid) -> Result<EmailRow> {
        self.0.require(WRITE)?;
        place::attach(self.0.scope(), id, None).await
    }

    /// Deletes the email; one query, two where it had been deleted before. Its recipients stay stored, for its return.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.delete`; [`Error::NotFound`] where the application has no email with the id,
    /// live or deleted; [`Error::Conflict`] where somebody restores it at the same time; [`Error::Database`].
    pub async fn delete(&self, id: Uuid) -> Result<Deleted> {
        self.0.require(DELETE)?;
        delete::delete(self.0.scope(), id).await
    }

    /// Brings back a deleted email; returns it as stored.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] without `emails.delete`; [`Error::NotFound`] where the application has no deleted email with
    /// the id, or its mailbox is deleted; [`Error::Conflict`] where the same message (`message_id`) has been recorded in
    /// the mailbox since; [`Error::Database`].
    pub async fn restore(&self, id: Uuid) -> Result<EmailRow> {
        self.0.require(DELETE)?;
        delete::restore(self.0, id).await
    }

    async fn complete(&self, email: Option<EmailRow>) -> Result<Option<EmailMessage>> {
        match email {
            Some(email) => Ok(Some(message::complete(self.0.scope(), email).await?)),
            None => Ok(None),
        }
    }

    async fn count_by(
        &self,
        column: emails::Column,
        field: &str,
        ids: &[Uuid],
    ) -> Result<Vec<u64>> {
        self.0.require(READ)?;
        if ids.len() > MOST {
            let reason = format!("has {}: it takes {MOST} at most", ids.len());
            return Err(Error::invalid(field, reason));
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let these = self.find().filter(column.is_in(ids.iter().copied()));
        let counts: HashMap<Uuid, u64> = these.count_by(column).await?.into_iter().collect();
        Ok(ids
            .iter()
            .map(|id| counts.get(id).copied().unwrap_or(0))
            .collect())
    }

    fn find(self) -> Find<emails::Entity, InTenant> {
        Find::new(self.0.scope().clone())
    }
}

/// Where a page of emails goes on.
fn place(email: &EmailHead) -> Vec<sea_orm::Value> {
    vec![email.id.into()]
}

/// What two emails can be in conflict about, whichever index of it says so.
fn same_message(error: Error) -> Error {
    match error {
        Error::Conflict { .. } => Error::conflict("message_id"),
        other => other,
    }
}
