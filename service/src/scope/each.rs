//! Some of what belongs to each of many rows: one query, which reads no more of each than it gives.

use sea_orm::sea_query::{Alias, DynIden, Expr, ExprTrait, Func, IntoIden, JoinType, Order, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, FromQueryResult, Iden, Related};
use uuid::Uuid;

use super::join::one_step;
use super::wall::{Life, table, wall, wall_of};
use super::{Readable, Scoped, Sees};
use crate::error::{Error, Result};

/// Which of the related rows, by their ids: with the service's ids those that were made first or last.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    First,
    Last,
}

/// Of each live row of `E` among `ids` at most `most` of its live related rows of `R`, as `P`s of these columns: those at
/// the end that is meant come first.
///
/// The id of the row at the limit is looked up for each row of `E`, and all on this side of it is read: by an index of
/// the relation and the id. A window function would number all related rows to give the first few.
pub(crate) async fn of_each<E, R, P, S>(
    scope: &S,
    ids: &[Uuid],
    columns: &[R::Column],
    end: End,
    most: u64,
) -> Result<Vec<P>>
where
    E: Scoped + Related<R>,
    R: Readable,
    P: FromQueryResult,
    S: Sees<E::Ownership> + Sees<R::Ownership>,
{
    if ids.is_empty() || most == 0 {
        return Ok(Vec::new());
    }
    let relation = one_step::<E, R>().map_err(|fault| Error::invalid("relation", fault))?;
    let (one, many) = (table::<E>(), table::<R>());
    let limit: DynIden = Alias::new("at_the_limit").into_iden();
    let id = |table: &DynIden| Expr::col((table.clone(), Alias::new("id")));
    let related = |many: &DynIden| {
        let pairs = relation.from_col.iter().zip(relation.to_col.iter());
        pairs.fold(Condition::all(), |all, (from, to)| {
            let from = (one.clone(), Alias::new(from.to_string()));
            all.add(Expr::col((many.clone(), Alias::new(to.to_string()))).equals(from))
        })
    };
    let (order, beyond) = match end {
        End::First => (Order::Asc, Uuid::max()),
        End::Last => (Order::Desc, Uuid::nil()),
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let (mut at_the_limit, mut select) = (Query::select(), Query::select());
    at_the_limit
        .expr(id(&limit))
        .from_as(many.clone(), limit.clone())
        .cond_where(Condition::all().add(related(&limit)).add(wall_of::<R>(
            scope.application_id(),
            Life::Live,
            &limit,
        )))
        .order_by((limit, Alias::new("id")), order.clone())
        .limit(1)
        .offset(most - 1);
    // Those that have fewer give all.
    let at_the_limit = Func::coalesce([at_the_limit.into(), Expr::val(beyond)]);
    let within = match end {
        End::First => id(&many).lte(at_the_limit),
        End::Last => id(&many).gte(at_the_limit),
    };
    for column in columns {
        let name = Alias::new(Iden::to_string(column));
        select.expr_as(
            column.select_as(Expr::col((many.clone(), name.clone()))),
            name,
        );
    }
    select
        .from(one.clone())
        .join(JoinType::InnerJoin, many.clone(), related(&many))
        .cond_where(
            Condition::all()
                .add(wall::<E>(scope, Life::Live))
                .add(wall::<R>(scope, Life::Live))
                .add(id(&one).is_in(ids.iter().copied()))
                .add(within),
        )
        .order_by((many, Alias::new("id")), order);
    let rows = scope.db().own().query_all(&select).await?;
    rows.iter()
        .map(|row| P::from_query_result(row, "").map_err(Error::from))
        .collect()
}
