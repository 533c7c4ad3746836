//! Which members added domains.

use entity::{application_memberships, domains, users};
use sea_orm::Condition;

use super::DomainFilter;
use crate::error::{Error, Result};
use crate::memberships::{Member, page_of};
use crate::scope::{Cursor, InTenant, Page, exists};

pub(super) async fn page(
    scope: &InTenant,
    filter: &DomainFilter,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<Member>> {
    // Who added a domain is a user, who may be a member or not.
    let members = || {
        let some = exists::<users::Entity, domains::Entity>(scope, filter.condition(scope))?;
        let user = Condition::all().add(some);
        exists::<application_memberships::Entity, users::Entity>(scope, user)
    };
    let members = members().map_err(|fault| Error::invalid("relation", fault))?;
    page_of(scope, members, limit, cursor).await
}
