//! Ready-made SQL that grows with what it is about. Every statement of this module names its walls itself, and is of a
//! bounded number of rows.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::db::Db;
use crate::error::Result;

/// A statement and its values.
#[derive(Clone, Debug, Default)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self::default().text(text)
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// A parameter.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        // Writing to a string cannot fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// `($1, $2)`
    pub(super) fn list<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.text.push('(');
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            self = self.bind(value);
        }
        self.text(")")
    }

    /// `(VALUES ($1, $2), ($3, $4))`: rows to compare a row value with.
    pub(super) fn rows(mut self, rows: &[Vec<Value>]) -> Self {
        self.text.push_str("(VALUES ");
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            self = self.list(row.iter().cloned());
        }
        self.text(")")
    }

    pub(super) async fn execute(self, db: &Db) -> Result<u64> {
        let statement = self.statement(db);
        #[expect(
            clippy::disallowed_methods,
            reason = "ready-made SQL with its walls in it"
        )]
        let done = db.own().execute_raw(statement).await?;
        Ok(done.rows_affected())
    }

    pub(super) async fn all(self, db: &Db) -> Result<Vec<QueryResult>> {
        let statement = self.statement(db);
        #[expect(
            clippy::disallowed_methods,
            reason = "ready-made SQL with its walls in it"
        )]
        let rows = db.own().query_all_raw(statement).await?;
        Ok(rows)
    }

    fn statement(self, db: &Db) -> Statement {
        Statement::from_sql_and_values(db.backend(), self.text, self.values)
    }
}

/// A column of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Col {
    Id(&'static str),
    Text(&'static str),
}

impl Col {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id(name) | Self::Text(name) => name,
        }
    }

    pub(super) fn value(self, row: &QueryResult) -> Result<Value> {
        Ok(match self {
            Self::Id(name) => Value::from(row.try_get::<uuid::Uuid>("", name)?),
            Self::Text(name) => Value::from(row.try_get::<String>("", name)?),
        })
    }
}

/// What sorts before every key.
pub(super) fn lowest(key: &[Col]) -> Vec<Value> {
    let low = |column: &Col| match column {
        Col::Id(_) => Value::from(uuid::Uuid::nil()),
        Col::Text(_) => Value::from(""),
    };
    key.iter().map(low).collect()
}

/// What sorts after every key. A range with two ends is read by the index, even where what they are is not known.
pub(super) fn highest(key: &[Col]) -> Vec<Value> {
    let high = |column: &Col| match column {
        Col::Id(_) => Value::from(uuid::Uuid::max()),
        // An id comes first.
        Col::Text(_) => Value::from(""),
    };
    key.iter().map(high).collect()
}

/// `application_id, id`
pub(super) fn names(key: &[Col]) -> String {
    let names: Vec<_> = key.iter().map(|column| column.name()).collect();
    names.join(", ")
}

/// The key of each row.
pub(super) fn keys(key: &[Col], rows: &[QueryResult]) -> Result<Vec<Vec<Value>>> {
    rows.iter()
        .map(|row| key.iter().map(|column| column.value(row)).collect())
        .collect()
}
