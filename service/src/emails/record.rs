//! Recording what was sent or received.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, FixedOffset, Utc};
use entity::{domains, email_recipients, emails, mailboxes};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

use super::message::{BCC, CC, EmailMessage, TO, complete};
use super::{Direction, EmailRow};
use crate::audit::Event;
use crate::error::{Error, Result};
use crate::scope::{Find, InTenant, Tenant, insert, insert_all, insert_if_absent};
use crate::value::{Body, Email, Html, MessageId, Subject, instant};

/// In one statement; no server takes so many.
const MOST_RECIPIENTS: usize = 1000;
/// Of those that a message refers to: it is the last of them that it answers.
const MOST_REFERENCES: usize = 50;

/// A message that was sent or received. `NewEmail::new(direction, at, from)` leaves out all that can be left out.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// Whether it was sent or received.
    pub direction: Direction,
    /// When: in 1970 or later. Its id is made of this instant.
    pub at: DateTime<Utc>,
    /// Who sent it.
    pub from: Email,
    /// Those whom it is for. With `cc` and `bcc` at most 1,000; an address that stands there twice counts once.
    #[serde(default)]
    pub to: Vec<Email>,
    /// Those who get a copy, as all can see.
    #[serde(default)]
    pub cc: Vec<Email>,
    /// Those who get a copy of which the others do not know.
    #[serde(default)]
    pub bcc: Vec<Email>,
    /// The subject line.
    #[serde(default)]
    pub subject: Subject,
    /// The text.
    #[serde(default)]
    pub body: Body,
    /// The text as HTML, if it came so.
    #[serde(default)]
    pub body_html: Option<Html>,
    /// Its `Message-ID`: the same one is recorded once in a mailbox. Without it every call records an email.
    #[serde(default)]
    pub message_id: Option<MessageId>,
    /// The `Message-ID` that it answers (the header `In-Reply-To`).
    #[serde(default)]
    pub in_reply_to: Option<MessageId>,
    /// The conversation so far (the header `References`), the oldest first: to find the thread, where what it answers is
    /// not here. They are not stored; the last 50 are looked at.
    #[serde(default)]
    pub references: Vec<MessageId>,
    /// The mailbox that it lies in, if it lies in one.
    #[serde(default)]
    pub mailbox_id: Option<Uuid>,
    /// The member who sent it, or whom it is for.
    #[serde(default)]
    pub user_id: Option<Uuid>,
}

impl NewEmail {
    /// A message of which no more is known.
    #[must_use]
    pub fn new(direction: Direction, at: DateTime<Utc>, from: Email) -> Self {
        Self {
            direction,
            at,
            from,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: Subject::default(),
            body: Body::default(),
            body_html: None,
            message_id: None,
            in_reply_to: None,
            references: Vec::new(),
            mailbox_id: None,
            user_id: None,
        }
    }
}

/// What [`Emails::record`](super::Emails::record) answers.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEmail {
    /// The email as stored.
    pub message: EmailMessage,
    /// It was recorded now; `false`: it had been, and is as it was.
    pub new: bool,
}

pub(super) async fn record(tenant: &Tenant, new: NewEmail) -> Result<RecordedEmail> {
    let at = own_instant(new.at)?;
    let recipients = distinct(&new)?;
    tenant
        .transaction(async |tenant| {
            let scope = tenant.scope();
            if let Some(mailbox_id) = new.mailbox_id {
                keep_mailbox(scope, mailbox_id).await?;
            }
            let id = tenant.db().new_id_at(at.to_utc());
            let row = emails::ActiveModel {
                id: Set(id),
                thread_id: Set(Some(thread(scope, &new).await?.unwrap_or(id))),
                ..row(&new, at)
            };
            let Some(email) = insert_if_absent::<emails::Entity, _>(scope, row.clone()).await?
            else {
                return there_already(scope, &new, row).await;
            };
            let recipients =
                recipients
                    .into_iter()
                    .map(|(kind, address)| email_recipients::ActiveModel {
                        email_id: Set(id),
                        kind: Set(kind.to_owned()),
                        address: Set(address.into()),
                        ..Default::default()
                    });
            insert_all::<email_recipients::Entity, _>(scope, recipients.collect()).await?;
            let event = Event::on::<emails::Entity>(scope, "email.record", id);
            scope.db.record(event.made::<emails::Entity>(&email))?;
            Ok(RecordedEmail {
                message: complete(scope, email).await?,
                new: true,
            })
        })
        .await
}

/// The email that was in the way; where there is none, the reason why it cannot be made.
async fn there_already(
    scope: &InTenant,
    new: &NewEmail,
    row: emails::ActiveModel,
) -> Result<RecordedEmail> {
    if let Some(message_id) = &new.message_id
        && let Some(email) = by_message_id(scope, new.mailbox_id, message_id).await?
    {
        return Ok(RecordedEmail {
            message: complete(scope, email).await?,
            new: false,
        });
    }
    match insert::<emails::Entity, _>(scope, row).await {
        // It was deleted between the two statements: to be told so and try again is better than an email without
        // recipients.
        Ok(_) | Err(Error::Conflict { .. }) => Err(Error::conflict("message_id")),
        Err(error) => Err(error),
    }
}

/// The live email with the id in the mailbox, or among those that lie in none.
pub(super) async fn by_message_id(
    scope: &InTenant,
    mailbox_id: Option<Uuid>,
    message_id: &MessageId,
) -> Result<Option<EmailRow>> {
    Find::<emails::Entity, _>::new(scope.clone())
        .filter(in_mailbox(mailbox_id))
        .filter(emails::Column::MessageId.eq(message_id.as_str()))
        .one()
        .await
}

/// The mailbox and its domain are live, and the mailbox is not deleted before the transaction ends: whoever deletes the
/// domain deletes its mailboxes, and waits here.
pub(super) async fn keep_mailbox(scope: &InTenant, id: Uuid) -> Result<()> {
    Find::<mailboxes::Entity, _>::new(scope.clone())
        .filter(mailboxes::Column::Id.eq(id))
        .has::<domains::Entity>(Condition::all())
        .kept()
        .one()
        .await?
        .map(drop)
        .ok_or(Error::NotFound)
}

/// The thread of the live message in the same mailbox that this one answers, or of the last that it refers to.
async fn thread(scope: &InTenant, new: &NewEmail) -> Result<Option<Uuid>> {
    let skipped = new.references.len().saturating_sub(MOST_REFERENCES);
    let mut answered: Vec<_> = new.references[skipped..].iter().collect();
    answered.extend(&new.in_reply_to);
    if answered.is_empty() {
        return Ok(None);
    }
    let ids = answered.iter().map(|id| id.as_str());
    let found = Find::<emails::Entity, _>::new(scope.clone())
        .filter(in_mailbox(new.mailbox_id))
        .filter(emails::Column::MessageId.is_in(ids))
        .all_as::<Answered>()
        .await?;
    let place = |email: &Answered| {
        let id = email.message_id.as_deref();
        answered
            .iter()
            .rposition(|answered| Some(answered.as_str()) == id)
    };
    let last = found.into_iter().max_by_key(place);
    Ok(last.map(|email| email.thread_id.unwrap_or(email.id)))
}

#[derive(sea_orm::DerivePartialModel)]
#[sea_orm(entity = "emails::Entity")]
struct Answered {
    id: Uuid,
    message_id: Option<String>,
    thread_id: Option<Uuid>,
}

fn in_mailbox(id: Option<Uuid>) -> Condition {
    let column = emails::Column::MailboxId;
    Condition::all().add(match id {
        Some(id) => column.eq(id),
        None => column.is_null(),
    })
}

fn own_instant(at: DateTime<Utc>) -> Result<DateTime<FixedOffset>> {
    let at = instant("at", at)?;
    if at.year() < 1970 {
        return Err(Error::invalid("at", "is before 1970"));
    }
    Ok(at)
}

/// Each address once in each of the three.
fn distinct(new: &NewEmail) -> Result<BTreeSet<(&'static str, Email)>> {
    let all: BTreeSet<_> = [(TO, &new.to), (CC, &new.cc), (BCC, &new.bcc)]
        .into_iter()
        .flat_map(|(kind, addresses)| addresses.iter().map(move |address| (kind, address.clone())))
        .collect();
    if all.len() > MOST_RECIPIENTS {
        return Err(Error::invalid(
            "recipients",
            format!("are {}: at most {MOST_RECIPIENTS} are stored", all.len()),
        ));
    }
    Ok(all)
}

fn row(new: &NewEmail, at: DateTime<FixedOffset>) -> emails::ActiveModel {
    let when = |direction| (new.direction == direction).then_some(at);
    emails::ActiveModel {
        mailbox_id: Set(new.mailbox_id),
        user_id: Set(new.user_id),
        from_address: Set(new.from.clone().into()),
        subject: Set(new.subject.clone().into()),
        body: Set(new.body.clone().into()),
        body_html: Set(new.body_html.clone().map(Into::into)),
        message_id: Set(new.message_id.clone().map(Into::into)),
        in_reply_to: Set(new.in_reply_to.clone().map(Into::into)),
        sent_at: Set(when(Direction::Sent)),
        received_at: Set(when(Direction::Received)),
        ..Default::default()
    }
}
