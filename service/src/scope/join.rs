//! Relations within the walls: both sides are live and of the same tenant.

use sea_orm::sea_query::{
    Alias, ConditionType, DynIden, Expr, ExprTrait, IntoCondition, JoinType, LockType, Order, Query,
};
use sea_orm::{
    Condition, IdenStatic, Identity, Iterable, PrimaryKeyToColumn, QueryFilter, QueryOrder,
    QuerySelect, Related, RelationDef, SelectTwo,
};
use uuid::Uuid;

use super::find::Find;
use super::nodes::may_be_kept;
use super::wall::{Life, table, wall, wall_of};
use super::{Readable, Scope, Scoped, Sees};
use crate::error::{Error, Result};

pub(super) const MANY_TO_MANY: &str = "goes through a table of its own: name that table, `has::<…>` or `load_many::<…>` one step at a time";

/// Both sides would go by one name, and the walls of the one would be taken for those of the other.
const TO_ITSELF: &str = "leads to the table that it begins at: load the rows in two steps";

pub(super) fn one_step<E: Scoped + Related<R>, R: Readable>() -> Result<RelationDef, &'static str> {
    // What stands between the two has walls of its own, and nothing here knows its type.
    match E::via() {
        Some(_) => Err(MANY_TO_MANY),
        None if E::default().table_name() == R::default().table_name() => Err(TO_ITSELF),
        None => Ok(E::to()),
    }
}

/// `EXISTS (a live row of R that belongs to the row of E and meets the condition)`
pub(crate) fn exists<E, R>(scope: &impl Scope, condition: Condition) -> Result<Expr, &'static str>
where
    E: Scoped + Related<R>,
    R: Readable,
{
    let relation = one_step::<E, R>()?;
    let (from, to) = (table::<E>(), table::<R>());
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let mut select = Query::select();
    select.from(to.clone());
    for (index, (mine, theirs)) in relation
        .from_col
        .iter()
        .zip(relation.to_col.iter())
        .enumerate()
    {
        let theirs = (to.clone(), Alias::new(theirs.to_string()));
        if index == 0 {
            select.column(theirs.clone());
        }
        select.and_where(Expr::col((from.clone(), Alias::new(mine.to_string()))).equals(theirs));
    }
    select.cond_where(
        Condition::all()
            .add(wall::<R>(scope, Life::Live))
            .add(condition),
    );
    Ok(Expr::exists(select))
}

/// `(what the row of E refers to) IN (live rows of R that meet the condition)`
///
/// The same rows as by [`exists`], for a condition that an index finds few rows of `R` by: those are looked up first.
/// `SQLite` tries `EXISTS` on each row of `E`.
pub(crate) fn among<E, R>(scope: &impl Scope, condition: Condition) -> Result<Expr, &'static str>
where
    E: Scoped + Related<R>,
    R: Readable,
{
    let relation = one_step::<E, R>()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let mut select = Query::select();
    select
        .columns(columns(&table::<R>(), &relation.to_col))
        .from(table::<R>())
        .cond_where(
            Condition::all()
                .add(wall::<R>(scope, Life::Live))
                .add(condition),
        );
    let mine = columns(&table::<E>(), &relation.from_col);
    Ok(Expr::tuple(mine.into_iter().map(Expr::col)).in_subquery(select))
}

/// `(what the row of E refers to) IN (rows of R that the deletion took)`
///
/// For what goes with rows that are marked already. They are locked by then: none is made under them meanwhile.
pub(crate) fn among_taken<E, R>(scope: &impl Scope, deletion_id: Uuid) -> Result<Expr>
where
    E: Scoped + Related<R>,
    R: Readable,
{
    let relation = one_step::<E, R>().map_err(|fault| Error::invalid("relation", fault))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let mut select = Query::select();
    select
        .columns(columns(&table::<R>(), &relation.to_col))
        .from(table::<R>())
        .cond_where(wall::<R>(scope, Life::Deleted));
    if let Some((_, batch)) = R::deletion_columns() {
        select.and_where(Expr::col((table::<R>(), batch)).eq(deletion_id));
    }
    let mine = columns(&table::<E>(), &relation.from_col);
    Ok(Expr::tuple(mine.into_iter().map(Expr::col)).in_subquery(select))
}

/// `EXISTS (a live row of R that meets the condition)`, and nobody changes or deletes it before the transaction ends.
///
/// What a row stands under is only kept from being deleted while the row is made; this keeps it as it is.
pub(crate) fn held<R: Readable>(scope: &impl Scope, condition: impl IntoCondition) -> Expr {
    locked::<R>(scope, Life::Live, condition, LockType::Share)
}

/// `EXISTS (a row of R that meets the condition, live or not)`, and it is not removed before the transaction ends.
///
/// For what a row names and does not stand under. The foreign key locks it too, but at the end of the statement: after the
/// chain of an event that is part of it, which is to be locked last.
pub(crate) fn named<R: Scoped>(scope: &impl Scope, condition: impl IntoCondition) -> Expr {
    locked::<R>(scope, Life::Any, condition, LockType::KeyShare)
}

fn locked<R: Scoped>(
    scope: &impl Scope,
    life: Life,
    condition: impl IntoCondition,
    lock: LockType,
) -> Expr {
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let mut select = Query::select();
    select
        .columns(R::PrimaryKey::iter().map(|key| Alias::new(key.into_column().as_str())))
        .from(table::<R>())
        .cond_where(
            Condition::all()
                .add(wall::<R>(scope, life))
                .add(condition.into_condition()),
        );
    let owned = R::application_column().is_some();
    if may_be_kept(scope.db(), R::default().table_name(), owned) {
        select.lock(lock);
    }
    Expr::exists(select)
}

fn columns(table: &DynIden, names: &Identity) -> Vec<(DynIden, Alias)> {
    names
        .iter()
        .map(|name| (table.clone(), Alias::new(name.to_string())))
        .collect()
}

/// A query for rows of `E`, each with its live related row of `R` or `None`. Made by [`Find::also`].
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is sent"]
pub struct FindAlso<E: Scoped, R: Readable, S: Scope> {
    scope: S,
    walls: Condition,
    caller: Condition,
    select: SelectTwo<E, R>,
    fault: Option<&'static str>,
}

/// A query for rows of `E`, each with its live related row of `R`. Made by [`Find::both`].
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is sent"]
pub struct FindBoth<E: Scoped, R: Readable, S: Scope>(FindAlso<E, R, S>);

impl<E, R, S> FindAlso<E, R, S>
where
    E: Scoped + Related<R>,
    R: Readable,
    S: Sees<E::Ownership> + Sees<R::Ownership>,
{
    pub(super) fn new(find: Find<E, S>) -> Self {
        Self::join(find, JoinType::LeftJoin)
    }

    fn join(find: Find<E, S>, kind: JoinType) -> Self {
        let Find {
            scope,
            life,
            caller,
            select,
            // Locked rows are read alone.
            lock: _,
            mut fault,
        } = find;
        let walls = wall::<E>(&scope, life);
        let mut select = select.select_also(R::default());
        match one_step::<E, R>() {
            Ok(mut relation) => {
                let application_id = scope.application_id();
                // Whatever the entity says about joining, the wall of the other side is ANDed.
                relation.condition_type = ConditionType::All;
                let relation = relation
                    .on_condition(move |_, right| wall_of::<R>(application_id, Life::Live, &right));
                select = select.join(kind, relation);
            }
            Err(why) => fault = Some(why),
        }
        Self {
            scope,
            walls,
            caller,
            select,
            fault,
        }
    }

    /// Only rows that meet the condition too; columns of both sides can stand in it.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.caller = self.caller.add(condition.into_condition());
        self
    }

    /// Sorted by a column of either side, after the columns said before.
    pub fn order_by(mut self, column: impl sea_orm::IntoSimpleExpr, order: Order) -> Self {
        self.select = self.select.order_by(column, order);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.select = self.select.limit(rows);
        self
    }

    /// The first row. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn one(self) -> Result<Option<(E::Model, Option<R::Model>)>> {
        let db = self.scope.db().clone();
        Ok(self.limit(1).walled()?.one(&db.own()).await?)
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn all(self) -> Result<Vec<(E::Model, Option<R::Model>)>> {
        let db = self.scope.db().clone();
        Ok(self.walled()?.all(&db.own()).await?)
    }

    fn walled(self) -> Result<SelectTwo<E, R>> {
        if let Some(fault) = self.fault {
            return Err(Error::invalid("relation", fault));
        }
        Ok(self
            .select
            .filter(Condition::all().add(self.walls).add(self.caller)))
    }
}

impl<E, R, S> FindBoth<E, R, S>
where
    E: Scoped + Related<R>,
    R: Readable,
    S: Sees<E::Ownership> + Sees<R::Ownership>,
{
    pub(super) fn new(find: Find<E, S>) -> Self {
        Self(FindAlso::join(find, JoinType::InnerJoin))
    }

    /// Only rows that meet the condition too; columns of both sides can stand in it.
    pub fn filter(self, condition: impl IntoCondition) -> Self {
        Self(self.0.filter(condition))
    }

    /// Sorted by a column of either side, after the columns said before.
    pub fn order_by(self, column: impl sea_orm::IntoSimpleExpr, order: Order) -> Self {
        Self(self.0.order_by(column, order))
    }

    /// At most so many rows.
    pub fn limit(self, rows: u64) -> Self {
        Self(self.0.limit(rows))
    }

    /// The first row. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn one(self) -> Result<Option<(E::Model, R::Model)>> {
        let row = self.0.one().await?;
        Ok(row.and_then(|(one, other)| other.map(|other| (one, other))))
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a relation that cannot be followed in one step; [`Error::Database`].
    pub async fn all(self) -> Result<Vec<(E::Model, R::Model)>> {
        let rows = self.0.all().await?;
        Ok(rows
            .into_iter()
            .filter_map(|(one, other)| other.map(|other| (one, other)))
            .collect())
    }
}
