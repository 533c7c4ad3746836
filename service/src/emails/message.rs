//! Emails as they are read.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use entity::{email_recipients, emails};
use sea_orm::{ColumnTrait, Condition, DerivePartialModel, Order};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::EmailRow;
use crate::error::Result;
use crate::scope::{Find, InTenant};

pub(super) const TO: &str = "to";
pub(super) const CC: &str = "cc";
pub(super) const BCC: &str = "bcc";

/// Whom a message is addressed to: addresses in canonical form, in alphabetical order.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Recipients {
    /// Those whom it is for.
    pub to: Vec<String>,
    /// Those who get a copy, as all can see.
    pub cc: Vec<String>,
    /// Those who get a copy of which the others do not know.
    pub bcc: Vec<String>,
}

/// An email with its recipients.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct EmailMessage {
    /// The email as stored.
    #[cfg_attr(feature = "schemars", schemars(with = "crate::schema::Row<EmailRow>"))]
    pub email: EmailRow,
    /// Whom it is addressed to.
    pub recipients: Recipients,
}

/// What a list tells of an email: all but its texts, which can be a megabyte each.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[sea_orm(entity = "emails::Entity")]
pub struct EmailHead {
    /// The email; newer ones have greater ids.
    pub id: Uuid,
    /// The mailbox that it lies in; `None`: in none.
    pub mailbox_id: Option<Uuid>,
    /// The member who sent it, or whom it is for.
    pub user_id: Option<Uuid>,
    /// The thread that it is of: the id of the email that began it.
    pub thread_id: Option<Uuid>,
    /// Who sent it.
    pub from_address: String,
    /// The subject line.
    pub subject: String,
    /// Its `Message-ID`, without angle brackets.
    pub message_id: Option<String>,
    /// The `Message-ID` that it answers.
    pub in_reply_to: Option<String>,
    /// When it was sent; `None`: it was received.
    pub sent_at: Option<DateTime<FixedOffset>>,
    /// When it was received; `None`: it was sent.
    pub received_at: Option<DateTime<FixedOffset>>,
    /// When it was recorded.
    pub created_at: DateTime<FixedOffset>,
    /// When it was last changed.
    pub updated_at: DateTime<FixedOffset>,
}

impl EmailHead {
    /// What it is made of.
    pub(crate) const COLUMNS: [emails::Column; 12] = [
        emails::Column::Id,
        emails::Column::MailboxId,
        emails::Column::UserId,
        emails::Column::ThreadId,
        emails::Column::FromAddress,
        emails::Column::Subject,
        emails::Column::MessageId,
        emails::Column::InReplyTo,
        emails::Column::SentAt,
        emails::Column::ReceivedAt,
        emails::Column::CreatedAt,
        emails::Column::UpdatedAt,
    ];
}

/// What a list tells of an email, with its recipients.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct EmailWithRecipients {
    /// The email.
    pub email: EmailHead,
    /// Whom it is addressed to.
    pub recipients: Recipients,
}

/// Of each live email its recipients; one query for all of them.
pub(super) async fn recipients(
    scope: &InTenant,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Recipients>> {
    let mut of: HashMap<Uuid, Recipients> = HashMap::new();
    let ids: Vec<_> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(of);
    }
    let rows = Find::<email_recipients::Entity, _>::new(scope.clone())
        .filter(email_recipients::Column::EmailId.is_in(ids))
        .has::<emails::Entity>(Condition::all())
        .order_by(email_recipients::Column::Address, Order::Asc)
        .all()
        .await?;
    for row in rows {
        let recipients = of.entry(row.email_id).or_default();
        match row.kind.as_str() {
            CC => recipients.cc.push(row.address),
            BCC => recipients.bcc.push(row.address),
            _ => recipients.to.push(row.address),
        }
    }
    Ok(of)
}

/// The email with its recipients.
pub(super) async fn complete(scope: &InTenant, email: EmailRow) -> Result<EmailMessage> {
    let mut of = recipients(scope, [email.id]).await?;
    Ok(EmailMessage {
        recipients: of.remove(&email.id).unwrap_or_default(),
        email,
    })
}
