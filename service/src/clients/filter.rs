//! Which clients are listed, and in which order.

use chrono::{DateTime, Utc};
use entity::{application_memberships, client_users, clients, users};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, Condition, DbBackend};
use serde::Deserialize;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::scope::{InTenant, Scope, exists};
use crate::value::instant;

/// Of the text that is looked for, in characters: no name is longer.
const MAX_TEXT: usize = 200;

/// Which clients are meant: those that meet all that is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ClientFilter {
    /// Somewhere in the name or the e-mail address, in capitals or not; at most 200 characters, and blank text finds
    /// all. What is a capital is the database's matter: `SQLite` knows those of ASCII, `PostgreSQL` those of its
    /// locale.
    pub text: Option<String>,
    /// A live member who looks after them.
    pub assigned_to: Option<Uuid>,
    /// Made at this instant or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Made before this instant.
    pub created_until: Option<DateTime<Utc>>,
}

/// The order in which clients are listed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClientOrder {
    /// By id: the order in which they were made.
    #[default]
    Id,
    /// By name, as the database sorts text, and by id where names are equal.
    Name,
}

impl ClientFilter {
    pub(super) fn condition(&self, scope: &InTenant) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(text) = self.needle()? {
            all = all.add(contains(scope, clients::Column::Name, text).or(contains(
                scope,
                clients::Column::Email,
                text,
            )));
        }
        if let Some(user_id) = self.assigned_to {
            all = all.add(assigned_to(scope, user_id)?);
        }
        if let Some(from) = self.created_from {
            all = all.add(clients::Column::CreatedAt.gte(instant("created_from", from)?));
        }
        if let Some(until) = self.created_until {
            all = all.add(clients::Column::CreatedAt.lt(instant("created_until", until)?));
        }
        Ok(all)
    }

    fn needle(&self) -> Result<Option<&str>> {
        let Some(text) = self.text.as_deref().map(str::trim) else {
            return Ok(None);
        };
        if text.chars().nth(MAX_TEXT).is_some() {
            return Err(Error::invalid(
                "text",
                format!("is longer than {MAX_TEXT} characters"),
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::invalid("text", "has a control character"));
        }
        Ok((!text.is_empty()).then_some(text))
    }
}

/// By position and not by LIKE: nothing in the text has a meaning of its own.
fn contains(scope: &InTenant, column: clients::Column, text: &str) -> Expr {
    let position = match scope.db().backend() {
        DbBackend::Sqlite => "instr",
        _ => "strpos",
    };
    Expr::expr(
        Func::cust(Alias::new(position))
            .arg(Func::lower(Expr::col((clients::Entity, column))))
            .arg(Func::lower(Expr::val(text))),
    )
    .gt(0)
}

fn assigned_to(scope: &InTenant, user_id: Uuid) -> Result<Expr> {
    let conditions = || {
        let user =
            exists::<application_memberships::Entity, users::Entity>(scope, Condition::all())?;
        let member = exists::<client_users::Entity, application_memberships::Entity>(
            scope,
            Condition::all().add(user),
        )?;
        let this = Condition::all()
            .add(client_users::Column::UserId.eq(user_id))
            .add(member);
        exists::<clients::Entity, client_users::Entity>(scope, this)
    };
    conditions().map_err(|fault| Error::invalid("relation", fault))
}
