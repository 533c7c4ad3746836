//! Which domains are meant.

use entity::domains;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;

use crate::scope::{InTenant, matches};
use crate::value::Pattern;

/// Which domains are meant: those that meet all that is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DomainFilter {
    /// What the name looks like, in its stored form (ASCII, lower case).
    pub name: Option<Pattern>,
    /// Those that are verified, or those that are not.
    pub verified: Option<bool>,
}

impl DomainFilter {
    pub(crate) fn condition(&self, scope: &InTenant) -> Condition {
        let mut all = Condition::all();
        if let Some(pattern) = &self.name {
            let name = Expr::col((domains::Entity, domains::Column::Name));
            all = all.add(matches(scope, name, pattern));
        }
        match self.verified {
            Some(true) => all.add(domains::Column::VerifiedAt.is_not_null()),
            Some(false) => all.add(domains::Column::VerifiedAt.is_null()),
            None => all,
        }
    }
}
