//! Rows in bulk: one statement for thousands.
//!
//! `PostgreSQL` refuses COPY on tables with row-level security, which all of ours have, for everybody whom it binds; an
//! INSERT of arrays that the server unfolds comes next to it. `SQLite` takes a list of rows.

use std::fmt::Write as _;

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use service::{Db, Result};
use uuid::Uuid;

/// How many rows a statement has at most.
const ROWS: usize = 5000;
/// How many parameters one of `SQLite` has at most: fewer than it takes, since a long list is slower to prepare.
const PARAMETERS: usize = 8000;

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Holds {
    Id,
    Text,
    Instant,
    Json,
}

/// Rows of one table.
pub(super) struct Rows {
    table: &'static str,
    columns: &'static [(&'static str, Holds)],
    /// Row after row.
    cells: Vec<Value>,
}

impl Rows {
    pub(super) fn of(table: &'static str, columns: &'static [(&'static str, Holds)]) -> Self {
        Self {
            table,
            columns,
            cells: Vec::new(),
        }
    }

    /// One more; a value for each of the columns.
    pub(super) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "{}", self.table);
        self.cells.extend(row);
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len() / self.columns.len()
    }

    /// Writes all of them.
    pub(super) async fn write(mut self, db: &Db) -> Result<()> {
        let width = self.columns.len();
        let (rows, sql): (_, fn(&Self, usize) -> String) = match db.backend() {
            DbBackend::Sqlite => (PARAMETERS / width, Self::listed),
            _ => (ROWS, Self::unfolded),
        };
        while !self.cells.is_empty() {
            let rest = self.cells.split_off(self.cells.len().min(rows * width));
            let cells = std::mem::replace(&mut self.cells, rest);
            let sql = sql(&self, cells.len() / width);
            let values = match db.backend() {
                DbBackend::Sqlite => cells,
                _ => self.arrays(cells),
            };
            let statement = Statement::from_sql_and_values(db.backend(), sql, values);
            #[expect(
                clippy::disallowed_methods,
                reason = "made-up rows of all applications, each with its application in it"
            )]
            db.execute_raw(statement).await?;
        }
        Ok(())
    }

    fn listed(&self, rows: usize) -> String {
        let row = format!("({}?)", "?, ".repeat(self.columns.len() - 1));
        let rest = format!(", {row}").repeat(rows - 1);
        format!("{} VALUES {row}{rest}", self.head())
    }

    fn unfolded(&self, _rows: usize) -> String {
        let mut sql = format!("{} SELECT ", self.head());
        for (at, (name, holds)) in self.columns.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let _ = match holds {
                Holds::Id => write!(sql, "{comma}nullif(\"{name}\", '{}')", Uuid::nil()),
                Holds::Text => write!(sql, "{comma}nullif(\"{name}\", '')"),
                Holds::Instant => write!(sql, "{comma}nullif(\"{name}\", 'epoch')"),
                Holds::Json => write!(sql, "{comma}\"{name}\"::jsonb"),
            };
        }
        sql.push_str(" FROM unnest(");
        for at in 0..self.columns.len() {
            let comma = if at == 0 { "" } else { ", " };
            let _ = write!(sql, "{comma}${}", at + 1);
        }
        sql + ") AS rows (" + &self.names() + ")"
    }

    fn head(&self) -> String {
        format!("INSERT INTO \"{}\" ({})", self.table, self.names())
    }

    fn names(&self) -> String {
        let names: Vec<_> = self
            .columns
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        names.join(", ")
    }

    /// An array for each column. The driver's have no NULL: what stands for it is turned back by the statement.
    fn arrays(&self, cells: Vec<Value>) -> Vec<Value> {
        let width = self.columns.len();
        let mut columns = vec![Vec::with_capacity(cells.len() / width); width];
        for (at, cell) in cells.into_iter().enumerate() {
            columns[at % width].push(match cell {
                Value::Uuid(None) => Uuid::nil().into(),
                Value::String(None) => String::new().into(),
                Value::ChronoDateTimeUtc(None) => chrono::DateTime::UNIX_EPOCH.into(),
                cell => cell,
            });
        }
        let holds = self.columns.iter().map(|(_, holds)| match holds {
            Holds::Id => ArrayType::Uuid,
            Holds::Text | Holds::Json => ArrayType::String,
            Holds::Instant => ArrayType::ChronoDateTimeUtc,
        });
        holds
            .zip(columns)
            .map(|(holds, column)| Value::Array(holds, Some(Box::new(column))))
            .collect()
    }
}
