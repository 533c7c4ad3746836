//! Domains with their mailboxes, with their latest mail.

use std::collections::HashMap;

use entity::{domains, emails, mailboxes};
use sea_orm::Iterable;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Domain;
use crate::emails::EmailHead;
use crate::error::{Error, Result};
use crate::mailboxes::Mailbox;
use crate::scope::{End, InTenant, of_each};

/// Most mailboxes that are given in all, and most mail of each.
const MAX_MAILBOXES: u64 = 1000;
const MAX_EMAILS: u64 = 20;

/// How much of what lies under each domain is given.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MailDepth {
    /// Most mailboxes of each domain: those that were made first. Times the `limit` of the list it is at most 1,000.
    pub mailboxes: u64,
    /// Most emails of each mailbox: the latest. At most 20.
    pub emails: u64,
}

impl Default for MailDepth {
    /// 10 mailboxes with 3 emails each.
    fn default() -> Self {
        Self {
            mailboxes: 10,
            emails: 3,
        }
    }
}

impl MailDepth {
    pub(super) fn check(self, limit: u64) -> Result<()> {
        if limit.saturating_mul(self.mailboxes) > MAX_MAILBOXES {
            return Err(Error::invalid(
                "depth",
                format!("is more than {MAX_MAILBOXES} mailboxes in all: `limit` times `mailboxes`"),
            ));
        }
        if self.emails > MAX_EMAILS {
            return Err(Error::invalid(
                "depth",
                format!("is more than {MAX_EMAILS} emails of each mailbox"),
            ));
        }
        Ok(())
    }
}

/// A domain with its mailboxes, those that were made first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct DomainMail {
    /// The domain.
    #[cfg_attr(feature = "schemars", schemars(with = "crate::schema::Row<Domain>"))]
    pub domain: Domain,
    /// Its live mailboxes, the one that was made first comes first.
    pub mailboxes: Vec<MailboxMail>,
}

/// A mailbox with its latest mail.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct MailboxMail {
    /// The mailbox.
    #[cfg_attr(feature = "schemars", schemars(with = "crate::schema::Row<Mailbox>"))]
    pub mailbox: Mailbox,
    /// Its live emails, the latest first.
    pub emails: Vec<EmailHead>,
}

/// One query for each level.
pub(super) async fn complete(
    scope: &InTenant,
    domains: Vec<Domain>,
    depth: MailDepth,
) -> Result<Vec<DomainMail>> {
    let ids: Vec<_> = domains.iter().map(|domain| domain.id).collect();
    let columns: Vec<_> = mailboxes::Column::iter().collect();
    let mailboxes = of_each::<domains::Entity, mailboxes::Entity, Mailbox, _>(
        scope,
        &ids,
        &columns,
        End::First,
        depth.mailboxes,
    )
    .await?;
    let ids: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.id).collect();
    let emails = of_each::<mailboxes::Entity, emails::Entity, EmailHead, _>(
        scope,
        &ids,
        &EmailHead::COLUMNS,
        End::Last,
        depth.emails,
    )
    .await?;
    let mut of_mailboxes: HashMap<Uuid, Vec<_>> = HashMap::new();
    for email in emails {
        if let Some(mailbox_id) = email.mailbox_id {
            of_mailboxes.entry(mailbox_id).or_default().push(email);
        }
    }
    let mut of_domains: HashMap<Uuid, Vec<_>> = HashMap::new();
    for mailbox in mailboxes {
        let emails = of_mailboxes.remove(&mailbox.id).unwrap_or_default();
        let mailboxes = of_domains.entry(mailbox.domain_id).or_default();
        mailboxes.push(MailboxMail { mailbox, emails });
    }
    let complete = domains.into_iter().map(|domain| DomainMail {
        mailboxes: of_domains.remove(&domain.id).unwrap_or_default(),
        domain,
    });
    Ok(complete.collect())
}
