//! Changing rows: those of the tenant that are live, and never whose they are.

use sea_orm::sea_query::{Alias, Expr, IntoCondition, Query, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, IdenStatic, Iterable,
    PrimaryKeyToColumn, Value,
};

use super::find::{Find, read_all};
use super::wall::{Life, table, wall};
use super::write::{Values, foreign_tenant, returning};
use super::{Scope, Scoped, Sees};
use crate::error::{Error, Result};

/// Stores what `patch` sets in every live row of the scope that meets the condition; returns those rows as stored.
pub(crate) async fn update<E, S>(
    scope: &S,
    patch: E::ActiveModel,
    condition: impl IntoCondition,
) -> Result<Vec<E::Model>>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let condition = condition.into_condition();
    let values = changes::<E>(scope, &patch)?;
    if values.is_empty() {
        return Find::<E, S>::new(scope.clone())
            .filter(condition)
            .all()
            .await;
    }
    let mut statement = statement::<E>(scope, values, condition, Life::Live);
    statement.returning(returning::<E>());
    let rows = scope.db().own().query_all(&statement).await?;
    read_all::<E>(&rows)
}

/// As [`update`], and tells only how many rows changed.
pub(crate) async fn set<E, S>(
    scope: &S,
    patch: E::ActiveModel,
    condition: impl IntoCondition,
) -> Result<u64>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let values = changes::<E>(scope, &patch)?;
    let statement = statement::<E>(scope, values, condition.into_condition(), Life::Live);
    Ok(scope.db().own().execute(&statement).await?.rows_affected())
}

/// As [`set`], of deleted rows too: for what must not come back with them.
pub(crate) async fn set_ever<E, S>(
    scope: &S,
    patch: E::ActiveModel,
    condition: impl IntoCondition,
) -> Result<u64>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let values = changes::<E>(scope, &patch)?;
    let statement = statement::<E>(scope, values, condition.into_condition(), Life::Any);
    Ok(scope.db().own().execute(&statement).await?.rows_affected())
}

fn statement<E: Scoped>(
    scope: &impl Scope,
    values: Values<E::Column>,
    condition: Condition,
    life: Life,
) -> UpdateStatement {
    let parents = live_parents::<E>(scope, &values);
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: every update begins here"
    )]
    let mut statement = Query::update();
    statement.table(Alias::new(E::default().table_name()));
    for (column, value) in values {
        statement.value(column, column.save_as(Expr::value(value)));
    }
    if let Some(column) = E::column_named("updated_at") {
        let now = scope.db().clock().now().fixed_offset();
        statement.value(column, Expr::value(now));
    }
    statement.cond_where(
        Condition::all()
            .add(wall::<E>(scope, life))
            .add(condition)
            .add(parents),
    );
    statement
}

/// Those that the row moves under are live.
fn live_parents<E: Scoped>(scope: &impl Scope, values: &Values<E::Column>) -> Condition {
    let is_tenant =
        |name: &str| E::application_column().is_some_and(|tenant| tenant.as_str() == name);
    let value = |name: &str| match scope.application_id() {
        Some(id) if is_tenant(name) => Some(Expr::value(id)),
        _ => match values.iter().find(|(column, _)| column.as_str() == name) {
            Some((_, value)) => (*value != value.as_null()).then(|| value.clone().into()),
            // The other part of a key of which one part changes.
            None => Some(Expr::col((table::<E>(), Alias::new(name)))),
        },
    };
    let mut live = Condition::all();
    for parent in E::parents() {
        let moved = parent.child_columns().any(|name| {
            !is_tenant(name) && values.iter().any(|(column, _)| column.as_str() == name)
        });
        if let (true, Some(condition)) = (moved, parent.is_live(scope, value)) {
            live = live.add(condition);
        }
    }
    live
}

/// What the patch sets; key, tenant and deletion are not the caller's to change.
fn changes<E: Scoped>(scope: &impl Scope, patch: &E::ActiveModel) -> Result<Values<E::Column>> {
    let mut values = Vec::new();
    for column in E::Column::iter() {
        let ActiveValue::Set(value) = patch.get(column) else {
            continue;
        };
        let name = column.as_str();
        if E::application_column().is_some_and(|tenant| tenant.as_str() == name) {
            if scope
                .application_id()
                .is_some_and(|own| Value::from(own) != value)
            {
                return Err(foreign_tenant());
            }
        } else if E::PrimaryKey::iter().any(|key| key.into_column().as_str() == name) {
            return Err(Error::invalid(name, "is the key: it cannot be changed"));
        } else if E::deletion_columns()
            .is_some_and(|(at, batch)| at.as_str() == name || batch.as_str() == name)
        {
            return Err(Error::invalid(
                name,
                "is set by deleting and restoring alone",
            ));
        } else if name != "created_at" && name != "updated_at" {
            values.push((column, value));
        }
    }
    Ok(values)
}
