//! Ready-made queries: text that is made once, of the typed query itself.
//!
//! To build a query takes longer than to send it. What is asked all the time is built once, with its walls, and its text
//! kept; from then on values alone are bound. The typed query stays beside it: with debug assertions, as in all tests,
//! it is built every time, and has to be the same.

use std::sync::OnceLock;

use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement, Value};

use super::cursor::{Digested, digest};
use super::find::read_all;
use super::{Find, Scoped, Sees};
use crate::error::Result;

/// The text of one query, for each database.
#[derive(Debug)]
pub(crate) struct Ready {
    postgres: OnceLock<Box<str>>,
    sqlite: OnceLock<Box<str>>,
}

/// The texts of a list: its first page, those that follow, and what tells it from other lists.
#[derive(Debug)]
pub(crate) struct ReadyPages {
    digest: OnceLock<Digested>,
    pub(super) first: Ready,
    pub(super) next: Ready,
}

impl ReadyPages {
    pub(crate) const fn new() -> Self {
        Self {
            digest: OnceLock::new(),
            first: Ready::new(),
            next: Ready::new(),
        }
    }

    /// Of the query `typed` with these values, which is the list without the order, the size and the place of a page.
    ///
    /// # Errors
    ///
    /// As `typed`.
    pub(super) fn digest(
        &self,
        values: &[Value],
        order: &str,
        typed: impl FnOnce() -> Result<Statement>,
    ) -> Result<Digested> {
        match self.digest.get() {
            Some(digest) if cfg!(not(debug_assertions)) => Ok(*digest),
            _ => {
                let typed = typed()?;
                debug_assert_eq!(bound(&typed), values, "the values of {}", typed.sql);
                let made = digest(&typed.sql, order);
                let kept = *self.digest.get_or_init(|| made);
                debug_assert_eq!(kept, made, "one list has two texts: {}", typed.sql);
                Ok(kept)
            }
        }
    }
}

fn bound(statement: &Statement) -> &[Value] {
    statement.values.as_ref().map_or(&[], |values| &values.0)
}

impl Ready {
    pub(crate) const fn new() -> Self {
        Self {
            postgres: OnceLock::new(),
            sqlite: OnceLock::new(),
        }
    }

    /// The query with these values, in the order of its text.
    ///
    /// # Errors
    ///
    /// As `typed`.
    pub(super) fn statement(
        &self,
        backend: DbBackend,
        values: Vec<Value>,
        typed: impl FnOnce() -> Result<Statement>,
    ) -> Result<Statement> {
        let kept = match backend {
            DbBackend::Sqlite => &self.sqlite,
            _ => &self.postgres,
        };
        let sql = match kept.get() {
            Some(sql) if cfg!(not(debug_assertions)) => sql,
            _ => {
                let typed = typed()?;
                debug_assert_eq!(bound(&typed), values, "the values of {}", typed.sql);
                let sql = kept.get_or_init(|| typed.sql.as_str().into());
                debug_assert_eq!(**sql, *typed.sql, "one query has two texts");
                sql
            }
        };
        Ok(Statement::from_sql_and_values(backend, &**sql, values))
    }
}

impl<E: Scoped, S: Sees<E::Ownership>> Find<E, S> {
    /// As [`one`](Find::one) of what `typed` makes of a query for all live rows; `values` are those of its conditions.
    ///
    /// # Errors
    ///
    /// As [`one`](Find::one).
    pub(crate) async fn ready_one(
        scope: S,
        ready: &'static Ready,
        values: impl IntoIterator<Item = Value>,
        typed: impl FnOnce(Self) -> Self,
    ) -> Result<Option<E::Model>> {
        let values = walled_values::<E>(&scope, values.into_iter().chain([1_u64.into()]));
        let db = scope.db().clone();
        let backend = db.backend();
        let statement = ready.statement(backend, values, || {
            Ok(typed(Self::new(scope)).limit(1).walled()?.build(backend))
        })?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the door: the text of a walled query"
        )]
        let row = db.own().query_one_raw(statement).await?;
        Ok(row.map(|row| E::read(&row)).transpose()?)
    }

    /// The rows of a ready-made query.
    pub(super) async fn ready_all(scope: &S, statement: Statement) -> Result<Vec<E::Model>> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the door: the text of a walled query"
        )]
        let rows = scope.db().own().query_all_raw(statement).await?;
        read_all::<E>(&rows)
    }
}

/// The walls come first.
pub(super) fn walled_values<E: Scoped>(
    scope: &impl super::Scope,
    values: impl IntoIterator<Item = Value>,
) -> Vec<Value> {
    let application_id = match E::application_column() {
        Some(_) => scope.application_id().map(Value::from),
        None => None,
    };
    application_id.into_iter().chain(values).collect()
}
