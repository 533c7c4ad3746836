//! Deleting for good.

#[cfg(test)]
mod tests;

use sea_orm::sea_query::{
    Alias, CommonTableExpression, DeleteStatement, Expr, ExprTrait, IntoCondition, LockBehavior,
    LockType, Order, Query, WithClause,
};
use sea_orm::{Condition, ConnectionTrait, IdenStatic, Iterable, PrimaryKeyToColumn};

use super::nodes::is_spread;
use super::wall::{Life, table, wall};
use super::{Scope, Scoped, Sees};
use crate::error::{Error, Result};

/// Most rows that are deleted for good in one statement: others do not wait long for what it locks.
const MAX_BATCH: u64 = 10_000;

/// Deletes for good every row of the scope that meets the condition: for entities without a mark.
pub(crate) async fn remove<E, S>(scope: &S, condition: impl IntoCondition) -> Result<u64>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let statement = statement::<E>(scope, Life::Live, condition.into_condition());
    Ok(scope.db().own().execute(&statement).await?.rows_affected())
}

/// Deletes for good at most `limit` rows of the scope that meet the condition, live ones or those that bear a mark as
/// `life` says, those with the least `order` first, and returns how many those were. Rows that somebody else holds are
/// passed over: nobody waits, and so none waits in a circle. (Where they lie on several nodes they are waited for.)
///
/// # Errors
///
/// [`Error::Invalid`] of `batch` where `limit` is not 1 to 10,000; [`Error::Database`].
pub(crate) async fn remove_some<E, S>(
    scope: &S,
    life: Life,
    condition: Condition,
    order: E::Column,
    limit: u64,
) -> Result<u64>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    if !(1..=MAX_BATCH).contains(&limit) {
        return Err(Error::invalid("batch", format!("is not 1 to {MAX_BATCH}")));
    }
    let key = || E::PrimaryKey::iter().map(|key| Alias::new(key.into_column().as_str()));
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let (mut some, mut chosen) = (Query::select(), Query::select());
    some.columns(key())
        .from(table::<E>())
        .cond_where(Condition::all().add(wall::<E>(scope, life)).add(condition))
        .order_by(Alias::new(order.as_str()), Order::Asc)
        .limit(limit);
    let owned = E::application_column().is_some();
    if !is_spread(scope, E::default().table_name(), owned) {
        some.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    // By a name of its own it is asked once. Inside the condition, PostgreSQL may ask it for each row, and what is deleted
    // meanwhile makes room for more.
    let name = Alias::new("chosen");
    let mut once = CommonTableExpression::new();
    once.table_name(name.clone())
        .columns(key())
        .query(some)
        .materialized(true);
    chosen.columns(key()).from(name);
    let these = Expr::tuple(key().map(|column| Expr::col((table::<E>(), column))));
    let these = Condition::all().add(these.in_subquery(chosen));
    let mut statement = statement::<E>(scope, life, these);
    statement.with_cte(WithClause::new().cte(once).to_owned());
    Ok(scope.db().own().execute(&statement).await?.rows_affected())
}

fn statement<E: Scoped>(scope: &impl Scope, life: Life, condition: Condition) -> DeleteStatement {
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: every removal begins here"
    )]
    let mut statement = Query::delete();
    statement
        .from_table(Alias::new(E::default().table_name()))
        .cond_where(Condition::all().add(wall::<E>(scope, life)).add(condition));
    statement
}
