//! The plans of a statement on `PostgreSQL`.

use sea_orm::{ConnectionTrait, Statement, Value};
use serde_json::Value as Json;
use service::{Db, Error};

use super::nodes::{self, Problem};
use crate::access::cell::{Undo, done};

/// A driver's statement keeps the plans for its parameters five times, and chooses then.
const EXECUTIONS: usize = 7;

/// What is wrong with any of the plans: the table, and what it is with the plan.
pub(super) async fn problems(db: &Db, statement: &Statement) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let undone = db
        .transaction(async |db| -> Result<(), Undo<Vec<(&'static str, Json)>>> {
            Err(Undo::Done(plans(db, statement).await?))
        })
        .await;
    for (kind, plan) in done(undone) {
        for Problem { table, what } in nodes::problems(&plan) {
            if found.iter().all(|(at, _)| *at != table) {
                let plan = nodes::outline(&plan);
                found.push((table, format!("{what} ({kind})\n{plan}")));
            }
        }
    }
    found
}

async fn plans(db: &Db, statement: &Statement) -> Result<Vec<(&'static str, Json)>, Error> {
    let mut plans = Vec::new();
    let values = statement
        .values
        .as_ref()
        .map_or(&[][..], |values| &values.0);
    let types: Vec<_> = values.iter().map(type_of).collect();
    let types = if types.is_empty() {
        String::new()
    } else {
        format!("({})", types.join(", "))
    };
    let prepare = format!("PREPARE explained{types} AS {}", statement.sql);
    db.execute_unprepared(&prepare).await?;
    for execution in 1..=EXECUTIONS {
        let plan = explain(db, "", &execute(statement)).await?;
        match execution {
            1 => plans.push(("with these parameters", plan)),
            EXECUTIONS => plans.push(("after five executions", plan)),
            _ => {}
        }
    }
    // A limit that is not known counts as a tenth of the rows: nothing that is ever sent is planned so.
    if !statement.sql.contains("LIMIT $") {
        db.execute_unprepared("SET LOCAL plan_cache_mode = force_generic_plan")
            .await?;
        plans.push((
            "for any parameters",
            explain(db, "", &execute(statement)).await?,
        ));
        db.execute_unprepared("SET LOCAL plan_cache_mode = auto")
            .await?;
    }
    db.execute_unprepared("DEALLOCATE explained").await?;
    // As it runs, to see how many rows are read for nothing. What is refused is not run to its end.
    let run = db
        .transaction(async |db| -> Result<(), Undo<Json>> {
            let plan = explain(db, "ANALYZE, TIMING OFF, ", &statement.to_string()).await?;
            Err(Undo::Done(plan))
        })
        .await;
    if let Err(Undo::Done(plan)) = run {
        plans.push(("as it ran", plan));
    }
    Ok(plans)
}

/// `EXECUTE` with the parameters in their places.
fn execute(statement: &Statement) -> String {
    let count = statement.values.as_ref().map_or(0, |values| values.0.len());
    if count == 0 {
        return "EXECUTE explained".to_owned();
    }
    let places: Vec<_> = (1..=count).map(|place| format!("${place}")).collect();
    let execute = Statement {
        sql: format!("EXECUTE explained({})", places.join(", ")),
        values: statement.values.clone(),
        db_backend: statement.db_backend,
    };
    execute.to_string()
}

async fn explain(db: &Db, options: &str, sql: &str) -> Result<Json, Error> {
    let explain = Statement::from_string(
        db.backend(),
        format!("EXPLAIN ({options}FORMAT JSON) {sql}"),
    );
    let row = db.query_one_raw(explain).await?;
    let plan: Json = row.expect("a plan").try_get_by_index(0)?;
    Ok(plan[0]["Plan"].clone())
}

/// The type that the driver tells the server.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Uuid(_) => "uuid",
        Value::String(_) => "text",
        Value::ChronoDateTimeWithTimeZone(_) | Value::ChronoDateTimeUtc(_) => "timestamptz",
        Value::BigInt(_) | Value::BigUnsigned(_) => "bigint",
        Value::Int(_) => "integer",
        Value::Json(_) => "jsonb",
        Value::Bytes(_) => "bytea",
        Value::Bool(_) => "boolean",
        other => panic!("a parameter of a new kind: {other:?}"),
    }
}
