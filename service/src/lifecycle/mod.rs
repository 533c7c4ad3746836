//! The end of life: what goes for good, and when.

mod erase;
mod export;
mod person;
mod purge;
mod redact;
mod retention;
mod sql;
mod stretch;

use chrono::{DateTime, Utc};
use tokio::io::AsyncWrite;
use uuid::Uuid;

pub use erase::Erased;
pub(crate) use person::tombstone;
pub use purge::{Progress, Purged};
pub use retention::Retention;

use crate::db::Db;
use crate::error::Result;
use purge::Cutoffs;

/// The verbs at the end of life. They are those of whoever runs the whole: who may call them is the caller's to decide. Got
/// by [`Db::lifecycle`].
#[derive(Clone, Copy, Debug)]
pub struct Lifecycle<'d>(&'d Db);

impl Db {
    /// The verbs at the end of life: purge, export, erase.
    #[must_use]
    pub fn lifecycle(&self) -> Lifecycle<'_> {
        Lifecycle(self)
    }
}

impl Lifecycle<'_> {
    /// Removes for good all rows that were deleted before `older_than`, and all sessions, verification tokens, invitations
    /// and counts of attempts to sign in that ended before it; returns how many of each table. An instant that is yet to
    /// come counts as now. Of the audit nothing goes: see [`apply_retention`](Self::apply_retention).
    ///
    /// At most `batch` rows (1 to 10,000; 500 is a good choice) go in one transaction, with what hangs on them alone: its
    /// locks are held for a moment, rows that others hold are passed over. `progress` is called after each. Whatever ends it
    /// half-way, what is done is done: call it again and it goes on. Two at once share the work.
    ///
    /// What refers to a row goes before it. Live rows are not touched, but that those that name a user or a member who is
    /// purged name nobody then: a mailbox is shared, and a client was made by nobody. A row that something refers to which
    /// stays is kept, and counted as such: a client with an invoice in a table of the application's own, say. Rows of such
    /// tables that refer by `ON DELETE CASCADE` go with it.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) of `batch` or `older_than`; [`Error::Database`](crate::Error::Database).
    pub async fn purge(
        &self,
        older_than: DateTime<Utc>,
        batch: u64,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Purged> {
        let cutoffs = Cutoffs::at(self.0, older_than)?;
        purge::purge(self.0, cutoffs, batch, &mut progress).await
    }

    /// As [`purge`](Self::purge), by what [`Config::retention`](crate::Config::retention) says of each kind of row, events
    /// of the audit included. To be called once a day or so, by one process or by many.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) of `batch`; [`Error::Database`](crate::Error::Database).
    pub async fn apply_retention(
        &self,
        batch: u64,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Purged> {
        let cutoffs = Cutoffs::of(self.0, &self.0.policy().retention);
        purge::purge(self.0, cutoffs, batch, &mut progress).await
    }

    /// Writes all that is stored about the user, live or deleted, to `out`, as one JSON document in UTF-8; deleted rows are
    /// among it and bear their `deleted_at`. An object with these members, in this order:
    ///
    /// | member | what |
    /// |---|---|
    /// | `format`, `version` | `"aura.user"`, 1; the version changes with the shape |
    /// | `exported_at` | when; all instants are as in RFC 3339 |
    /// | `user` | the row: address, names, picture, instants |
    /// | `password` | `null`, or since when there is one |
    /// | `memberships` | each with its `application` (id, public id, slug, name), the address used there, keys of `roles` |
    /// | `sessions` | with `ip` and `user_agent` |
    /// | `verification_tokens` | purpose, address, what became of each |
    /// | `invitations` | those to an address of the user |
    /// | `invitations_sent`, `clients_assigned`, `clients_created`, `domains_created` | ids alone: what they say is others' |
    /// | `mailboxes` | those that the user holds |
    /// | `emails` | those that the user sent, received or holds: subject and texts as they are; of the addresses the user's own alone (`from_address` is `null` where it is another's, `recipients` lists no others) |
    /// | `audit_events` | what was done by the user (`by_user`) and to the user; the `detail` only where it was done to the user |
    ///
    /// An address counts in all applications where the user has proved to get mail there: the present one if it is verified,
    /// former ones that were, as far as tokens and the audit know them. One that was never proved, which may be anybody's, is
    /// in the user's own rows alone: no invitation to it is listed, and no mail. The address of a membership, and that of a
    /// mailbox that the user holds and is called after, count within that application, whose admins set them. One that
    /// another live user has by now does not count. No secret is in it, nor any hash of one.
    ///
    /// It is written as it is read, page by page: memory does not grow with it, and neither does a transaction. What changes
    /// meanwhile may be in it or not. All emails are looked at, as no index finds senders; nothing is locked.
    ///
    /// To send it while it is made, write to one end of `tokio::io::duplex`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) where no user, live or deleted, has the id, and nothing is written;
    /// [`Error::Output`](crate::Error::Output) where `out` fails; [`Error::Database`](crate::Error::Database). What was
    /// written by then is no whole document.
    pub async fn export_user<W>(&self, id: Uuid, out: &mut W) -> Result<()>
    where
        W: AsyncWrite + Unpin + Send,
    {
        export::export(self.0, id, out).await
    }

    /// Erases the person that the user is: afterwards no row of the user's own has the address, names, username, picture, IP
    /// address or user agent, and no table of this service has an address that the user has proved, now or before, as far as
    /// that is known. What others did, wrote and look after stays.
    ///
    /// - An address counts in all applications where the user has proved to get mail there: the present one if it is verified,
    ///   former ones that were, as far as tokens and the audit know them. One that was never proved may be anybody's: it goes
    ///   from the user's row, tokens, details of the audit about or by the user, counts of attempts to sign in, and mail
    ///   recorded as the user's, and stays wherever else it stands. The address of a membership, and that of a mailbox that
    ///   the user holds and is called after, count within that application, whose admins set them.
    /// - The user is deleted, with the memberships, and the row stays for what refers to it, as
    ///   `erased-<id>@erased.invalid`. It cannot be restored. Password, sessions and tokens are removed, and so are
    ///   invitations to the address and counts of attempts to sign in; the mailboxes that the user holds are shared from then
    ///   on. In applications that the user is or was a member of, one whose address is the user's has another address, and so
    ///   has one that the user holds and is called after; where the user never was, a mailbox keeps its address.
    /// - Mail that the user sent, received or holds stays with those who have it. Addresses become that of the row, names
    ///   `[erased]`: the full, given and family name and the username, as whole words, in capitals or not, those of before
    ///   included as far as the audit knows them. In such mail a namesake loses the name too.
    /// - Everywhere else (other mail, clients, what applications and roles are called and say of themselves, other users'
    ///   memberships) the address alone is looked for, which is one person's, and replaced. A client's is cleared; where the
    ///   client bears the user's name too, that goes, with the phone number and what the audit tells of the client. Names stay in what others wrote elsewhere, and
    ///   in names and slugs of applications.
    /// - An address that another live user has by now is that user's, and stays. In a text, so does what may be the end of
    ///   another's: of `o'ada@x.io`, `ada@x.io` is not taken out.
    /// - Stays besides: what tables of the application's own say, which are not looked at, and the sessions of other users,
    ///   with the IP address even where it is the same.
    /// - Of audit events by, on or naming the user the details are removed. The events stay, and the chains
    ///   [hold](crate::audit::Verification). Each few changes tell the applications that they were made in: `user.erase`, on
    ///   the user.
    ///
    /// Nothing in a database finds an address in a text by an index: every table in which people write is read through, a
    /// stretch at a time, none of it locked. Changes are made a few at a time, each few in a transaction; begun, it is
    /// finished by calling it again after a crash. What the database file or its backups hold of removed rows is theirs:
    /// `VACUUM`, and let backups expire.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) where no user, live or deleted, has the id;
    /// [`Error::StillOwner`](crate::Error::StillOwner) where live applications have no other owner, and nothing changes;
    /// [`Error::Invalid`](crate::Error::Invalid) of `reason` where that of [`Db::as_system`] names the person;
    /// [`Error::Database`](crate::Error::Database).
    pub async fn erase_user(&self, id: Uuid) -> Result<Erased> {
        erase::erase(self.0, id).await
    }
}
