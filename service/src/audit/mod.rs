//! The audit: what was done, to which row, by whom, in which application. Every verb that changes something writes its
//! event in the same transaction: there is no change without an event, and no event without its change.
//!
//! An event is a link of its application's chain: it is numbered, and holds the hash of the one before it. Nothing can be
//! changed, left out or put in between without breaking a link, which [`verify`](AdminAudit::verify) finds. What can
//! name a person, old and new values, stands apart as the event's detail; the event holds its salted hash, so that it can be
//! erased and the chain still holds. Secrets and the text of mail stand in neither.
//!
//! What is outside of all applications (users, passwords, verification tokens, sessions) is recorded under the nil
//! application, in 64 chains by the row that it was done to: sign-ups do not wait for each other.
//!
//! Who can write to the database past this crate can rewrite a whole chain, hashes and all. Against that there are
//! [anchors](Anchor): keep those of one verification elsewhere, and give them to the next.
//!
//! What leaves no event: reading, counting attempts to sign in, and noting that a session was used.
//!
//! [`Config::audit`](crate::Config::audit) turns it off.
//!
//! ```
//! # use service::{Error, Tenant};
//! use service::audit::AuditFilter;
//!
//! async fn latest(tenant: &Tenant) -> service::Result<()> {
//!     let audit = tenant.admin()?.audit();
//!     let page = audit.list(&AuditFilter::default(), 50, None).await?;
//!     for event in page.items {
//!         println!("{} {} {:?}", event.created_at, event.action, event.detail);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # How a verb records
//!
//! It does its work inside `recorded`, which opens a transaction where none is open, and ends it by
//! `scope.db.record(Event::on::<entity>(scope, "noun.verb", id)…)`. Events are written when the outermost transaction
//! commits. The row as it was before an update is read only where `Db::audits` says that it is wanted.
//!
//! A verb that is one statement, and knows beforehand what there is to tell, hands its event to `insert_recorded`,
//! `mark_recorded` or `tell`: on `PostgreSQL`, where no transaction is open, that statement then writes the event too.

mod actor;
mod along;
mod chain;
mod detail;
mod event;
mod head;
mod list;
mod retire;
mod verify;
mod walk;
mod write;

pub use list::{AdminAudit, Audit, AuditEvent, AuditFilter, Subject};
pub use verify::{Anchor, Broken, Fault, Verification};

pub(crate) use actor::Actor;
pub(crate) use along::{Telling, tell};
pub(crate) use event::{Event, Pending, before, recorded};
pub(crate) use retire::retire;
pub(crate) use write::flush;
