//! Deleting by a mark, and bringing back exactly what one deletion took.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, IntoCondition, LockType, PostgresQueryBuilder, Query, UpdateStatement,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, IdenStatic, Iterable, PrimaryKeyToColumn};
use uuid::Uuid;

use super::find::Find;
use super::nodes::is_spread;
use super::wall::{Life, table, wall};
use super::write::returning;
use super::{Scope, Scoped, Sees};
use crate::audit::{Event, Telling, recorded, tell};
use crate::db::Db;
use crate::error::{Error, Result};

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
    let condition = condition.into_condition();
    let owned = E::application_column();
    let Some(tenant) = owned.filter(|_| is_spread(scope, E::default().table_name(), true)) else {
        return match marking::<E>(scope, deletion, condition) {
            Some(statement) => Ok(scope.db().own().execute(&statement).await?.rows_affected()),
            None => Ok(0),
        };
    };
    // One application after the other: what lies on several nodes cannot be locked by one statement.
    let mut marked = 0;
    for application_id in applications_of::<E, S>(scope, tenant, &condition).await? {
        let within = Condition::all()
            .add(condition.clone())
            .add(tenant.eq(application_id));
        if let Some(mut statement) = marking::<E>(scope, deletion, within) {
            statement.and_where(Expr::col((table::<E>(), tenant)).eq(application_id));
            marked += scope.db().own().execute(&statement).await?.rows_affected();
        }
    }
    Ok(marked)
}

/// The applications that own live rows of the scope that meet the condition.
async fn applications_of<E, S>(
    scope: &S,
    tenant: E::Column,
    condition: &Condition,
) -> Result<Vec<Uuid>>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let mut select = Query::select();
    let live = wall::<E>(scope, Life::Live).add(condition.clone());
    select
        .distinct()
        .column((table::<E>(), tenant))
        .from(table::<E>())
        .cond_where(live);
    let rows = scope.db().own().query_all(&select).await?;
    let ids: Result<_, _> = rows.iter().map(|row| row.try_get_by_index(0)).collect();
    Ok(ids?)
}

/// As [`mark`], of one row, with the event of it: in the same statement where that can be, else in the same transaction.
/// `false`: there was none, and there is no event.
pub(crate) async fn mark_recorded<E, S>(
    scope: &S,
    deletion: Deletion,
    condition: impl IntoCondition,
    event: Event,
) -> Result<bool>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let Some(mut statement) = marking::<E>(scope, deletion, condition.into_condition()) else {
        return Ok(false);
    };
    if !scope.db().tells_along() {
        return recorded(scope, async |scope| {
            let rows = scope.db().own().execute(&statement).await?.rows_affected();
            if rows > 0 {
                scope.db().record(event)?;
            }
            Ok(rows > 0)
        })
        .await;
    }
    statement.returning(returning::<E>());
    let (update, values) = statement.build(PostgresQueryBuilder);
    let statement = Telling {
        with: &format!("WITH gone AS ({update})"),
        of: "gone",
        rest: "SELECT 1 FROM gone",
    };
    let gone = tell(scope.db(), statement, values.0, vec![event]).await?;
    Ok(!gone.is_empty())
}

/// `None`: rows of `E` are not deleted by a mark.
fn marking<E: Scoped>(
    scope: &impl Scope,
    deletion: Deletion,
    condition: Condition,
) -> Option<UpdateStatement> {
    let (deleted_at, deletion_id) = E::deletion_columns()?;
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
                .add(locked::<E>(scope, condition)),
        );
    touch::<E>(&mut statement, scope.db());
    Some(statement)
}

/// The live rows that meet the condition, locked as removing them would: a row that is just being made under one of
/// them is waited for, and none is made under them any more. An UPDATE alone takes a weaker lock, which lets both pass.
fn locked<E: Scoped>(scope: &impl Scope, condition: Condition) -> Expr {
    let key = || E::PrimaryKey::iter().map(|key| Alias::new(key.into_column().as_str()));
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the query is walled here"
    )]
    let mut select = Query::select();
    select
        .columns(key())
        .from(table::<E>())
        .cond_where(
            Condition::all()
                .add(wall::<E>(scope, Life::Live))
                .add(condition),
        )
        .lock(LockType::Update);
    Expr::tuple(key().map(|column| Expr::col((table::<E>(), column)))).in_subquery(select)
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
    let condition = Condition::all()
        .add(Expr::col(batch).eq(deletion_id))
        .add(condition.into_condition());
    let statement = back::<E>(scope, deleted_at, batch, condition);
    Ok(scope.db().own().execute(&statement).await?.rows_affected())
}

/// As [`unmark`], of all that the deletion took.
///
/// # Errors
///
/// [`Error::Conflict`] where one stands under a row that is not live.
pub(crate) async fn unmark_all<E, S>(scope: &S, deletion_id: Uuid) -> Result<()>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    unmark::<E, S>(scope, deletion_id, Condition::all()).await?;
    let Some((_, batch)) = E::deletion_columns() else {
        return Ok(());
    };
    let left = Find::<E, S>::new(scope.clone())
        .only_deleted()
        .filter(batch.eq(deletion_id))
        .exists()
        .await?;
    if left {
        return Err(Error::conflict("deletion_id"));
    }
    Ok(())
}

/// Makes a deleted row that meets the condition live again as if it were new: whoever was gone and comes back begins
/// afresh. `false`: there is none, or it stands under a row that is not live.
pub(crate) async fn revive<E, S>(scope: &S, condition: impl IntoCondition) -> Result<bool>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let Some((deleted_at, batch)) = E::deletion_columns() else {
        return Ok(false);
    };
    let mut statement = back::<E>(scope, deleted_at, batch, condition.into_condition());
    if let Some(column) = E::column_named("created_at") {
        let now = scope.db().clock().now().fixed_offset();
        statement.value(column, Expr::value(now));
    }
    Ok(scope.db().own().execute(&statement).await?.rows_affected() == 1)
}

/// Takes the mark off the deleted rows of the scope that meet the condition and stand under live parents.
fn back<E: Scoped>(
    scope: &impl Scope,
    deleted_at: E::Column,
    batch: E::Column,
    condition: Condition,
) -> UpdateStatement {
    let mut parents = Condition::all();
    for parent in E::parents().iter().filter(|parent| parent.owns()) {
        parents = parents.add(parent.is_live_for(scope, &table::<E>()));
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
                .add(condition)
                .add(parents),
        );
    touch::<E>(&mut statement, scope.db());
    statement
}

fn touch<E: Scoped>(statement: &mut UpdateStatement, db: &Db) {
    if let Some(column) = E::column_named("updated_at") {
        statement.value(column, Expr::value(db.clock().now().fixed_offset()));
    }
}
