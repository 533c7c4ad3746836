//! Which mailboxes are meant.

use entity::{application_memberships, domains, mailboxes, users};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use uuid::Uuid;

use crate::domains::DomainFilter;
use crate::error::{Error, Result};
use crate::scope::{InTenant, exists, matches};
use crate::value::Pattern;

/// Which mailboxes are meant: those that meet all that is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MailboxFilter {
    /// What the address looks like, in its stored form (lower case, the domain in ASCII). That of a catch-all begins
    /// with `*@`.
    pub address: Option<Pattern>,
    /// Of this domain.
    pub domain_id: Option<Uuid>,
    /// Of a live domain that meets this.
    pub domain: Option<DomainFilter>,
    /// A live member whose mailboxes they are.
    pub user_id: Option<Uuid>,
}

impl MailboxFilter {
    pub(super) fn condition(&self, scope: &InTenant) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(pattern) = &self.address {
            let address = Expr::col((mailboxes::Entity, mailboxes::Column::Email));
            all = all.add(matches(scope, address, pattern));
        }
        if let Some(domain_id) = self.domain_id {
            all = all.add(mailboxes::Column::DomainId.eq(domain_id));
        }
        let related = |fault| Error::invalid("relation", fault);
        if let Some(domain) = &self.domain {
            let domain = domain.condition(scope);
            let of = exists::<mailboxes::Entity, domains::Entity>(scope, domain);
            all = all.add(of.map_err(related)?);
        }
        if let Some(user_id) = self.user_id {
            let member = || {
                let user = exists::<application_memberships::Entity, users::Entity>(
                    scope,
                    Condition::all(),
                )?;
                let member = Condition::all().add(user);
                exists::<mailboxes::Entity, application_memberships::Entity>(scope, member)
            };
            all = all
                .add(mailboxes::Column::UserId.eq(user_id))
                .add(member().map_err(related)?);
        }
        Ok(all)
    }
}
