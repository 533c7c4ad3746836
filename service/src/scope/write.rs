//! Making rows: in their tenant, under live parents.

use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, InsertStatement, IntoCondition, IntoIden, OnConflict,
    PostgresQueryBuilder, Query, SelectStatement, TableRef,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, DynIden, Iden,
    IdenStatic, Iterable, PrimaryKeyToColumn, QueryResult, Value,
};

use super::find::read_all;
use super::{Scope, Scoped, Sees};
use crate::audit::{Event, Telling, recorded, tell};
use crate::db::Db;
use crate::error::{Error, Result};

/// Columns and values to store.
pub(super) type Values<C> = Vec<(C, Value)>;

/// Makes a row and returns it as stored; `id` and the instants are made where they are not set.
///
/// One statement: the row is made if the rows that it stands under are live, and they cannot be deleted before the
/// transaction ends.
pub(crate) async fn insert<E, S>(scope: &S, row: E::ActiveModel) -> Result<E::Model>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let values = complete::<E>(scope, &row)?;
    let statement = statement::<E>(scope, &values, Condition::all())?;
    let made = make::<E>(scope, &statement, &values).await?;
    stored::<E>(made)
}

/// As [`insert`], if the condition holds too, with the event of it: in the same statement where that can be, else in the same
/// transaction.
pub(crate) async fn insert_recorded<E, S>(
    scope: &S,
    row: E::ActiveModel,
    condition: impl IntoCondition,
    event: Event,
) -> Result<E::Model>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let values = complete::<E>(scope, &row)?;
    let statement = statement::<E>(scope, &values, condition.into_condition())?;
    if !scope.db().tells_along() || again::<E>(scope, &values).is_some() {
        return recorded(scope, async |scope| {
            let made = make::<E>(scope, &statement, &values).await?;
            let made = stored::<E>(made)?;
            scope.db().record(event)?;
            Ok(made)
        })
        .await;
    }
    let (insert, values) = statement.build(PostgresQueryBuilder);
    let statement = Telling {
        with: &format!("WITH made AS ({insert})"),
        of: "made",
        rest: "SELECT * FROM made",
    };
    let mut made = tell(scope.db(), statement, values.0, vec![event]).await?;
    stored::<E>(made.pop())
}

/// As [`insert`], if the condition holds too; `None`: it does not, or what the row stands under is not live.
pub(crate) async fn insert_while<E, S>(
    scope: &S,
    row: E::ActiveModel,
    condition: impl IntoCondition,
) -> Result<Option<E::Model>>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let values = complete::<E>(scope, &row)?;
    let statement = statement::<E>(scope, &values, condition.into_condition())?;
    let made = make::<E>(scope, &statement, &values).await?;
    Ok(made.map(|row| E::read(&row)).transpose()?)
}

/// As [`insert`], but `None` where a row with the key is there already, or what the row stands under is not live.
/// Unlike a refusal, that leaves a transaction on `PostgreSQL` fit for use.
pub(crate) async fn insert_if_absent<E, S>(
    scope: &S,
    row: E::ActiveModel,
) -> Result<Option<E::Model>>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let values = complete::<E>(scope, &row)?;
    let mut statement = statement::<E>(scope, &values, Condition::all())?;
    statement.on_conflict(OnConflict::new().do_nothing().to_owned());
    let made = make::<E>(scope, &statement, &values).await?;
    Ok(made.map(|row| E::read(&row)).transpose()?)
}

/// Makes a row, or changes the live one that agrees with it in `key`: a rule of uniqueness among live rows. A deleted
/// row in its place stays deleted. The columns that are set, other than the key, are those that change.
pub(super) async fn upsert<E, S>(
    scope: &S,
    row: E::ActiveModel,
    key: &[E::Column],
) -> Result<E::Model>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let given: Vec<_> = E::Column::iter()
        .filter(|column| matches!(row.get(*column), ActiveValue::Set(_)))
        .collect();
    let values = complete::<E>(scope, &row)?;
    let mut statement = statement::<E>(scope, &values, Condition::all())?;
    let fixed = |column: &E::Column| {
        let name = column.as_str();
        name == "created_at"
            || name == "updated_at"
            || key.iter().any(|key| key.as_str() == name)
            || E::PrimaryKey::iter().any(|key| key.into_column().as_str() == name)
            || E::application_column().is_some_and(|tenant| tenant.as_str() == name)
            || E::deletion_columns()
                .is_some_and(|(at, batch)| at.as_str() == name || batch.as_str() == name)
    };
    let first = key.first().ok_or_else(|| {
        Error::invalid("key", "is empty: name the columns of a rule of uniqueness")
    })?;
    let mut changed: Vec<_> = given
        .into_iter()
        .filter(|column| !fixed(column))
        .chain(E::column_named("updated_at"))
        .collect();
    if changed.is_empty() {
        // The row is returned only if something is set: what it has already.
        changed.push(*first);
    }
    let target = E::application_column()
        .filter(|tenant| key.iter().all(|key| key.as_str() != tenant.as_str()))
        .into_iter()
        .chain(key.iter().copied());
    let mut conflict = OnConflict::columns(target);
    conflict.update_columns(changed);
    if let Some((deleted_at, _)) = E::deletion_columns() {
        conflict.target_and_where(Expr::col(Alias::new(Iden::to_string(&deleted_at))).is_null());
    }
    statement.on_conflict(conflict);
    let made = make::<E>(scope, &statement, &values).await?;
    stored::<E>(made)
}

/// Makes many rows in one statement; the caller has seen to it that what they stand under is live and locked.
pub(crate) async fn insert_all<E, S>(scope: &S, rows: Vec<E::ActiveModel>) -> Result<()>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    if let Some(statement) = many::<E>(scope, rows)? {
        scope.db().own().execute(&statement).await?;
    }
    Ok(())
}

/// As [`insert_all`], of those alone that no rule of uniqueness stands against, each other included; returns them as
/// stored.
///
/// That is found by the indexes of the rules and not by looking first: a look is planned once, for the table as it is
/// then, and is slow on one that grows in the same transaction.
pub(crate) async fn insert_new<E, S>(scope: &S, rows: Vec<E::ActiveModel>) -> Result<Vec<E::Model>>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    let Some(mut statement) = many::<E>(scope, rows)? else {
        return Ok(Vec::new());
    };
    statement.on_conflict(OnConflict::new().do_nothing().to_owned());
    statement.returning(returning::<E>());
    let made = scope.db().own().query_all(&statement).await?;
    read_all::<E>(&made)
}

/// `None`: there are no rows.
fn many<E: Scoped>(
    scope: &impl Scope,
    rows: Vec<E::ActiveModel>,
) -> Result<Option<InsertStatement>> {
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Ok(None);
    };
    let first = complete::<E>(scope, &first)?;
    let columns: Vec<_> = first.iter().map(|(column, _)| *column).collect();
    let mut statement = into::<E>(columns.iter().copied());
    let mut push = |values: Values<E::Column>| {
        statement
            .values(
                values
                    .into_iter()
                    .map(|(column, value)| column.save_as(Expr::value(value))),
            )
            .map(|_| ())
            .map_err(|_| Error::invalid("rows", "set different columns"))
    };
    push(first)?;
    for row in rows {
        push(complete::<E>(scope, &row)?)?;
    }
    Ok(Some(statement))
}

/// What is set, with the tenant, an id and the instants; a tenant other than the scope's is refused.
fn complete<E: Scoped>(scope: &impl Scope, row: &E::ActiveModel) -> Result<Values<E::Column>> {
    let tenant = E::application_column().zip(scope.application_id());
    let now = scope.db().clock().now().fixed_offset();
    let mut values = Vec::new();
    for column in E::Column::iter() {
        let set = match row.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
            ActiveValue::NotSet => None,
        };
        let value = match (column.as_str(), set) {
            (name, set) if tenant.is_some_and(|(tenant, _)| tenant.as_str() == name) => {
                let own = tenant.map(|(_, id)| Value::from(id));
                if set.is_some() && set != own {
                    return Err(foreign_tenant());
                }
                own
            }
            ("deleted_at" | "deletion_id", _) if E::deletion_columns().is_some() => None,
            (_, Some(value)) => Some(value),
            ("id", None) => Some(scope.db().new_id().into()),
            ("created_at" | "updated_at", None) => Some(now.into()),
            _ => None,
        };
        if let Some(value) = value {
            values.push((column, value));
        }
    }
    Ok(values)
}

pub(super) fn foreign_tenant() -> Error {
    Error::invalid(
        "application_id",
        "cannot be set to another application: rows stay where they were made",
    )
}

/// `INSERT INTO … SELECT values WHERE each parent is live AND (condition) RETURNING …`
fn statement<E: Scoped>(
    scope: &impl Scope,
    values: &Values<E::Column>,
    condition: Condition,
) -> Result<InsertStatement> {
    let mut statement = into::<E>(values.iter().map(|(column, _)| *column));
    if scope.db().is_on_citus() {
        // Where the row goes to every node Citus says to each of them RETURNING by a name that the row does not have there,
        // unless it has one of the statement's own.
        let name = Alias::new(E::default().table_name());
        statement.into_table(TableRef::Table(name.clone().into(), Some(name.into_iden())));
    }
    let mut live = Condition::all();
    for parent in E::parents() {
        if let Some(condition) = parent.is_live(scope, |name| value_of(values, name)) {
            live = live.add(condition);
        }
    }
    live = live.add(condition);
    let exprs = values
        .iter()
        .map(|(column, value)| column.save_as(Expr::value(value.clone())));
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the values of a row, no table is read"
    )]
    let mut select = Query::select();
    // The condition is never left out: without one SQLite takes `ON CONFLICT` for a join.
    select.exprs(exprs).cond_where(live.add(Expr::val(1).eq(1)));
    statement
        .select_from(select)
        .map_err(|_| Error::invalid("row", "has columns without values"))?;
    statement.returning(returning::<E>());
    Ok(statement)
}

/// `None` where it is NULL or not set.
fn value_of<C: IdenStatic>(values: &Values<C>, name: &str) -> Option<Expr> {
    let value = values.iter().find(|(column, _)| column.as_str() == name);
    value.and_then(|(_, value)| (*value != value.as_null()).then(|| value.clone().into()))
}

/// What is asked after the row was made, of the parents that the statement could not lock: one row, or none where one of them
/// is not live any more. `None`: it could lock all.
fn again<E: Scoped>(scope: &impl Scope, values: &Values<E::Column>) -> Option<SelectStatement> {
    if !scope.db().is_on_citus() {
        return None;
    }
    let mut live = Condition::all();
    for parent in E::parents() {
        if let Some(condition) = parent.is_live_still(scope, |name| value_of(values, name)) {
            live = live.add(condition);
        }
    }
    if live.is_empty() {
        return None;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: the parents that the row was just made under"
    )]
    let mut select = Query::select();
    select.expr(Expr::val(1)).cond_where(live);
    Some(select)
}

/// Sends the statement that makes the row.
///
/// # Errors
///
/// [`Error::NotFound`] where a parent was deleted meanwhile: what is around it is undone.
async fn make<E: Scoped>(
    scope: &impl Scope,
    statement: &InsertStatement,
    values: &Values<E::Column>,
) -> Result<Option<QueryResult>> {
    let db = scope.db();
    let Some(again) = again::<E>(scope, values) else {
        return Ok(db.own().query_one(statement).await?);
    };
    if db.in_transaction() {
        return looked_at_again(db, statement, &again).await;
    }
    db.transaction(async |db| looked_at_again(db, statement, &again).await)
        .await
}

async fn looked_at_again(
    db: &Db,
    statement: &InsertStatement,
    again: &SelectStatement,
) -> Result<Option<QueryResult>> {
    let made = db.own().query_one(statement).await?;
    if made.is_some() && db.own().query_one(again).await?.is_none() {
        return Err(Error::NotFound);
    }
    Ok(made)
}

fn into<E: Scoped>(columns: impl IntoIterator<Item = E::Column>) -> InsertStatement {
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: every insert begins here"
    )]
    let mut statement = Query::insert();
    statement
        .into_table(Alias::new(E::default().table_name()))
        .columns(columns);
    statement
}

pub(super) fn returning<E: Scoped>() -> sea_orm::sea_query::ReturningClause {
    #[expect(clippy::disallowed_methods, reason = "the door: a list of columns")]
    let returning = Query::returning();
    returning.columns(
        E::Column::iter().map(|column| -> DynIden { Alias::new(column.as_str()).into_iden() }),
    )
}

/// No row: something that it stands under is not there, or not for this tenant.
fn stored<E: Scoped>(row: Option<QueryResult>) -> Result<E::Model> {
    let row = row.ok_or(Error::NotFound)?;
    Ok(E::read(&row)?)
}
