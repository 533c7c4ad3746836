//! Deleting by a mark, and bringing back exactly what one deletion took.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Query};
use sea_orm::{Condition, ConnectionTrait};
use uuid::Uuid;

use super::wall::{Life, table, wall};
use super::{Scoped, Sees};
use crate::db::Db;
use crate::error::Result;

/// One deletion: what it takes bears its id and instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deletion {
    pub(crate) id: Uuid,
    pub(crate) at: DateTime<Utc>,
}

impl Deletion {
    pub(crate) fn new(db: &Db) -> Self {
        Self {
            id: db.new_id(),
            at: db.clock().now(),
        }
    }
}

/// Marks every live row of the scope that meets the condition as taken by `deletion`; returns how many those were.
/// Rows that were deleted before keep their instant and their deletion.
pub(crate) async fn mark<E, S>(
    scope: &S,
    deletion: Deletion,
    condition: impl IntoCondition,
) -> Result<u64>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let Some((deleted_at, deletion_id)) = E::deletion_columns() else {
        return Ok(0);
    };
    let at = deletion.at.fixed_offset();
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: every deletion begins here"
    )]
    let mut statement = Query::update();
    statement
        .table(Alias::new(E::default().table_name()))
        .value(deleted_at, Expr::value(at))
        .value(deletion_id, Expr::value(deletion.id))
        .cond_where(
            Condition::all()
                .add(wall::<E>(scope, Life::Live))
                .add(condition.into_condition()),
        );
    touch::<E>(&mut statement, scope.db());
    Ok(scope.db().execute(&statement).await?.rows_affected())
}

/// Brings back the rows of the scope that `deletion_id` took and that stand under live parents; returns how many those
/// were. Whoever needs all of them compares with how many there were.
pub(crate) async fn unmark<E, S>(
    scope: &S,
    deletion_id: Uuid,
    condition: impl IntoCondition,
) -> Result<u64>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let Some((deleted_at, batch)) = E::deletion_columns() else {
        return Ok(0);
    };
    let mut parents = Condition::all();
    for parent in E::parents() {
        parents = parents.add(parent.is_live_for(&table::<E>()));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: every restoring begins here"
    )]
    let mut statement = Query::update();
    statement
        .table(Alias::new(E::default().table_name()))
        .value(deleted_at, Expr::value(Option::<DateTime<Utc>>::None))
        .value(batch, Expr::value(Option::<Uuid>::None))
        .cond_where(
            Condition::all()
                .add(wall::<E>(scope, Life::Deleted))
                .add(Expr::col(batch).eq(deletion_id))
                .add(condition.into_condition())
                .add(parents),
        );
    touch::<E>(&mut statement, scope.db());
    Ok(scope.db().execute(&statement).await?.rows_affected())
}

/// Deletes for good every row of the scope that meets the condition: for entities without a mark.
pub(crate) async fn remove<E, S>(scope: &S, condition: impl IntoCondition) -> Result<u64>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: every removal begins here"
    )]
    let mut statement = Query::delete();
    statement
        .from_table(Alias::new(E::default().table_name()))
        .cond_where(
            Condition::all()
                .add(wall::<E>(scope, Life::Live))
                .add(condition.into_condition()),
        );
    Ok(scope.db().execute(&statement).await?.rows_affected())
}

fn touch<E: Scoped>(statement: &mut sea_orm::sea_query::UpdateStatement, db: &Db) {
    if let Some(column) = E::column_named("updated_at") {
        statement.value(column, Expr::value(db.clock().now().fixed_offset()));
    }
}
