//! Whose the mailboxes are.

use entity::{application_memberships, domains, mailboxes};
use sea_orm::Condition;

use super::MailboxFilter;
use crate::error::{Error, Result};
use crate::memberships::{Member, live, page_of};
use crate::scope::{Cursor, InTenant, Page, exists};

pub(super) async fn page(
    scope: &InTenant,
    filter: &MailboxFilter,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<Member>> {
    let related = |fault| Error::invalid("relation", fault);
    let of_live = exists::<mailboxes::Entity, domains::Entity>(scope, Condition::all());
    let some = filter.condition(scope)?.add(of_live.map_err(related)?);
    let holders = exists::<application_memberships::Entity, mailboxes::Entity>(scope, some);
    let holders = live(scope).filter(holders.map_err(related)?);
    page_of(scope, holders, limit, cursor).await
}
