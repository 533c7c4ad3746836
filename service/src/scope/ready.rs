//! Ready-made queries: text that is made once, of the typed query itself.
//!
//! To build a query takes longer than to send it. What is asked all the time is built once, with its walls, and its text
//! kept; from then on values alone are bound. The typed query stays beside it: with debug assertions, as in all tests,
//! it is built every time, and has to be the same.

use std::sync::OnceLock;

use sea_orm::{
    ConnectionTrait, DbBackend, IdenStatic as _, Iterable as _, QueryResult, QuerySelect as _,
    QueryTrait, Select, Statement, Value,
};
use uuid::Uuid;

use super::cursor::{Digested, digest};
use super::decode::{Decoded, given};
use super::wall::Life;
use super::{Find, Scope, Scoped, Sees};
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
    ) -> Result<Option<E::Model>>
    where
        E::Model: Decoded,
    {
        let values = walled_values::<E>(&scope, values.into_iter().chain([1_u64.into()]));
        let db = scope.db().clone();
        let (backend, owner) = (db.backend(), owner::<E>(&scope));
        let statement = ready.statement(backend, values, || {
            Ok(typed(Self::new(scope)).limit(1).narrow()?.build(backend))
        })?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the door: the text of a walled query"
        )]
        let row = db.own().query_one_raw(statement).await?;
        Ok(row.map(|row| read::<E>(&row, owner)).transpose()?)
    }

    /// The rows of a ready-made query.
    pub(super) async fn ready_all(scope: &S, statement: Statement) -> Result<Vec<E::Model>>
    where
        E::Model: Decoded,
    {
        let owner = owner::<E>(scope);
        #[expect(
            clippy::disallowed_methods,
            reason = "the door: the text of a walled query"
        )]
        let rows = scope.db().own().query_all_raw(statement).await?;
        let rows = rows.iter().map(|row| read::<E>(row, owner));
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The select with its walls, of the columns alone that they do not tell.
    ///
    /// # Errors
    ///
    /// As [`one`](Find::one).
    pub(super) fn narrow(self) -> Result<Select<E>> {
        let owned = owner::<E>(&self.scope).is_some();
        debug_assert_eq!(
            self.life,
            Life::Live,
            "rows that may be deleted say so themselves"
        );
        let columns = E::Column::iter().filter(|column| !given(column.as_str(), owned));
        Ok(self.walled()?.select_only().columns(columns))
    }
}

fn read<E: Scoped<Model: Decoded>>(
    row: &QueryResult,
    owner: Option<Uuid>,
) -> Result<E::Model, sea_orm::DbErr> {
    E::Model::decode_live(row, owner)
}

/// The application that the walls let through, where they let one through alone.
fn owner<E: Scoped>(scope: &impl Scope) -> Option<Uuid> {
    E::application_column().and_then(|_| scope.application_id())
}

/// The walls come first.
pub(super) fn walled_values<E: Scoped>(
    scope: &impl Scope,
    values: impl IntoIterator<Item = Value>,
) -> Vec<Value> {
    let owner = owner::<E>(scope).map(Value::from);
    owner.into_iter().chain(values).collect()
}
