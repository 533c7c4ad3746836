//! Which members added domains.

use entity::{application_memberships, domains, users};
use sea_orm::Condition;

use super::DomainFilter;
use crate::error::{Error, Result};
use crate::memberships::{Member, page_of};
use crate::scope::{Cursor, Find, InTenant, Page, exists};

pub(super) async fn page(
    scope: &InTenant,
    filter: &DomainFilter,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<Member>> {
    // Who added a domain is a user, who may be a member or not.
    let some = exists::<users::Entity, domains::Entity>(scope, filter.condition(scope))
        .map_err(|fault| Error::invalid("relation", fault))?;
    let members = Find::<application_memberships::Entity, _>::new(scope.clone())
        .has::<users::Entity>(Condition::all().add(some));
    page_of(scope, members, limit, cursor).await
}
