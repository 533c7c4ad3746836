//! Reading: the one place where a select begins.

use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoCondition, LockType, Order, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Related, Select, TryGetable,
};

use super::join::{self, FindAlso, FindBoth};
use super::turn::wait_for_turn;
use super::wall::{Life, wall};
use super::{Readable, Scope, Scoped, Sees};
use crate::db::Db;
use crate::error::{Error, Result};

/// A query for rows of `E` within a scope. It is sent by [`one`](Find::one), [`all`](Find::all), [`count`](Find::count),
/// [`exists`](Find::exists) or [`page`](Find::page), and carries its walls whatever was said before.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is sent"]
pub struct Find<E: Scoped, S: Scope> {
    pub(super) scope: S,
    pub(super) life: Life,
    pub(super) caller: Condition,
    pub(super) select: Select<E>,
    /// How the rows are locked.
    pub(super) lock: Option<LockType>,
    /// What made the query impossible, told when it is sent.
    pub(super) fault: Option<&'static str>,
}

impl<E: Scoped, S: Sees<E::Ownership>> Find<E, S> {
    pub(crate) fn new(scope: S) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the door: every select begins here"
        )]
        let select = E::find();
        Self {
            scope,
            life: Life::Live,
            caller: Condition::all(),
            select,
            lock: None,
            fault: None,
        }
    }

    /// Only rows that meet the condition too.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.caller = self.caller.add(condition.into_condition());
        self
    }

    /// Sorted by the column, after the columns said before.
    pub fn order_by(mut self, column: E::Column, order: Order) -> Self {
        self.select = self.select.order_by(column, order);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.select = self.select.limit(rows);
        self
    }

    /// What it will run on.
    pub(crate) fn db(&self) -> &Db {
        self.scope.db()
    }

    /// The rows are locked until the transaction ends: nobody else changes or deletes them, or makes a row under them.
    /// On `SQLite` the transaction itself is that lock.
    pub(crate) fn locked(mut self) -> Self {
        self.lock = Some(LockType::Update);
        self
    }

    /// Nobody else changes or deletes the rows until the transaction ends; rows are made under them all the same.
    pub(crate) fn guarded(mut self) -> Self {
        self.lock = Some(LockType::NoKeyUpdate);
        self
    }

    /// The rows cannot be deleted until the transaction ends, as if a row were made under each.
    pub(crate) fn kept(mut self) -> Self {
        self.lock = Some(LockType::KeyShare);
        self
    }

    /// Deleted rows too. The tenant's wall stands.
    pub fn with_deleted(mut self) -> Self {
        self.life = Life::Any;
        self
    }

    /// Deleted rows alone. The tenant's wall stands.
    pub fn only_deleted(mut self) -> Self {
        self.life = Life::Deleted;
        self
    }

    /// Only rows with a live related row that meets the condition (`Condition::all()`: any live one).
    pub fn has<R: Readable>(self, condition: impl IntoCondition) -> Self
    where
        E: Related<R>,
        S: Sees<R::Ownership>,
    {
        self.related::<R>(condition.into_condition(), false)
    }

    /// Only rows without a live related row that meets the condition.
    pub fn has_no<R: Readable>(self, condition: impl IntoCondition) -> Self
    where
        E: Related<R>,
        S: Sees<R::Ownership>,
    {
        self.related::<R>(condition.into_condition(), true)
    }

    fn related<R: Readable>(mut self, condition: Condition, not: bool) -> Self
    where
        E: Related<R>,
        S: Sees<R::Ownership>,
    {
        match join::exists::<E, R>(&self.scope, condition) {
            Ok(exists) if not => self.filter(exists.not()),
            Ok(exists) => self.filter(exists),
            Err(fault) => {
                self.fault = Some(fault);
                self
            }
        }
    }

    /// With each row its live related row, or `None`.
    pub fn also<R: Readable>(self) -> FindAlso<E, R, S>
    where
        E: Related<R>,
        S: Sees<R::Ownership>,
    {
        FindAlso::new(self)
    }

    /// With each row its live related row; rows without one are left out.
    pub fn both<R: Readable>(self) -> FindBoth<E, R, S>
    where
        E: Related<R>,
        S: Sees<R::Ownership>,
    {
        FindBoth::new(self)
    }

    /// The first row. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn one(self) -> Result<Option<E::Model>> {
        let db = self.scope.db().clone();
        let this = self.limit(1);
        wait_for_turn(&this).await?;
        let row = db.own().query_one(&this.statement()?).await?;
        Ok(row.map(|row| E::read(&row)).transpose()?)
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn all(self) -> Result<Vec<E::Model>> {
        let db = self.scope.db().clone();
        wait_for_turn(&self).await?;
        read_all::<E>(&db.own().query_all(&self.statement()?).await?)
    }

    /// All rows, each as a `P` that holds the columns it names (`SeaORM`'s `DerivePartialModel`).
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn all_as<P: sea_orm::PartialModelTrait>(self) -> Result<Vec<P>> {
        let db = self.scope.db().clone();
        Ok(self
            .walled()?
            .into_partial_model::<P>()
            .all(&db.own())
            .await?)
    }

    /// How many rows there are; order and limit do not matter.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn count(self) -> Result<u64> {
        let db = self.scope.db().clone();
        let mut select = self.statement()?;
        select.clear_selects().clear_order_by().reset_limit();
        select.expr(Func::count(Expr::col(sea_orm::sea_query::Asterisk)));
        number(db.own().query_one(&select).await?)
    }

    /// How many rows there are for each value of the column, most first.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn count_by<T: TryGetable>(self, column: E::Column) -> Result<Vec<(T, u64)>> {
        let db = self.scope.db().clone();
        let count = || Func::count(Expr::col(sea_orm::sea_query::Asterisk));
        let mut select = self.statement()?;
        select.clear_selects().clear_order_by().reset_limit();
        let value = column.into_expr();
        select
            .expr(value.clone())
            .expr(count())
            .add_group_by([value])
            .order_by_expr(count().into(), Order::Desc);
        let rows = db.own().query_all(&select).await?;
        rows.into_iter()
            .map(|row| {
                let count: i64 = row.try_get_by_index(1)?;
                Ok((row.try_get_by_index(0)?, u64::try_from(count).unwrap_or(0)))
            })
            .collect()
    }

    /// Whether there is any row.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn exists(self) -> Result<bool> {
        let db = self.scope.db().clone();
        let mut select = self.limit(1).statement()?;
        select.clear_order_by();
        Ok(db.own().query_one(&select).await?.is_some())
    }

    /// The select with its walls.
    pub(super) fn walled(self) -> Result<Select<E>> {
        if let Some(fault) = self.fault {
            return Err(Error::invalid("relation", fault));
        }
        let lock = self.lock.filter(|lock| self.may_lock(*lock));
        let walls = wall::<E>(&self.scope, self.life);
        let select = self
            .select
            .filter(Condition::all().add(walls).add(self.caller));
        Ok(match lock {
            Some(lock) => select.lock(lock),
            None => select,
        })
    }

    pub(super) fn statement(self) -> Result<SelectStatement> {
        Ok(self.walled()?.into_query())
    }
}

fn number(row: Option<sea_orm::QueryResult>) -> Result<u64> {
    let count: i64 = match row {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The rows as models.
pub(super) fn read_all<E: Scoped>(rows: &[sea_orm::QueryResult]) -> Result<Vec<E::Model>> {
    Ok(rows.iter().map(E::read).collect::<Result<_, _>>()?)
}
