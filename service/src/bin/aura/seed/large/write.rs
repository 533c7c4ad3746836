//! Rows in bulk: one statement for thousands.
//!
//! `PostgreSQL` refuses COPY on tables with row-level security, which all of ours have, for everybody whom it binds; an
//! INSERT of arrays that the server unfolds comes next to it. `SQLite` takes a list of rows.

use std::fmt::Write as _;

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use service::{Db, Result};
use uuid::Uuid;

use super::columns::Columns;

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
    columns: Columns,
    /// Column after column.
    cells: Vec<Vec<Value>>,
}

impl Rows {
    pub(super) fn of(table: &'static str, columns: Columns) -> Self {
        Self {
            table,
            columns,
            cells: columns.iter().map(|_| Vec::new()).collect(),
        }
    }

    /// One more; a value for each of the columns.
    pub(super) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "{}", self.table);
        for (cells, cell) in self.cells.iter_mut().zip(row) {
            cells.push(cell);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.cells.first().map_or(0, Vec::len)
    }

    /// Writes all of them.
    pub(super) async fn write(mut self, db: &Db) -> Result<()> {
        let most = match db.backend() {
            DbBackend::Sqlite => PARAMETERS / self.columns.len(),
            _ => ROWS,
        };
        while self.len() > 0 {
            let (sql, values) = match (db.backend(), self.take(most)) {
                (DbBackend::Sqlite, cells) => (self.listed(cells[0].len()), across(cells)),
                (_, cells) => {
                    let mut sql = self.unfolded();
                    if db.is_on_citus() {
                        // Without an answer Citus makes it a COPY to the nodes, which they refuse in their turn.
                        sql.push_str(" RETURNING 1");
                    }
                    (sql, self.arrays(cells))
                }
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

    /// The first rows, so many at most.
    fn take(&mut self, most: usize) -> Vec<Vec<Value>> {
        let first = |cells: &mut Vec<Value>| {
            let rest = cells.split_off(cells.len().min(most));
            std::mem::replace(cells, rest)
        };
        self.cells.iter_mut().map(first).collect()
    }

    fn listed(&self, rows: usize) -> String {
        let row = format!("({}?)", "?, ".repeat(self.columns.len() - 1));
        let rest = format!(", {row}").repeat(rows - 1);
        format!("{} VALUES {row}{rest}", self.head())
    }

    fn unfolded(&self) -> String {
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
    fn arrays(&self, cells: Vec<Vec<Value>>) -> Vec<Value> {
        let there = |cell| match cell {
            Value::Uuid(None) => Uuid::nil().into(),
            Value::String(None) => String::new().into(),
            Value::ChronoDateTimeUtc(None) => chrono::DateTime::UNIX_EPOCH.into(),
            cell => cell,
        };
        let holds = self.columns.iter().map(|(_, holds)| match holds {
            Holds::Id => ArrayType::Uuid,
            Holds::Text | Holds::Json => ArrayType::String,
            Holds::Instant => ArrayType::ChronoDateTimeUtc,
        });
        holds
            .zip(cells)
            .map(|(holds, cells)| {
                let cells = cells.into_iter().map(there).collect();
                Value::Array(holds, Some(Box::new(cells)))
            })
            .collect()
    }
}

/// Row after row.
fn across(columns: Vec<Vec<Value>>) -> Vec<Value> {
    let rows = columns.first().map_or(0, Vec::len);
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let mut cells = Vec::with_capacity(rows * columns.len());
    for _ in 0..rows {
        cells.extend(columns.iter_mut().filter_map(Iterator::next));
    }
    cells
}

/// Makes the open transaction fit for writing much.
///
/// Its end does not wait for the disk: what a crash of the server then takes are the last pieces, each whole, and they are
/// found missing when the seed is run again. The last transaction of all waits, and with it all before it are safe.
///
/// Foreign keys are looked up by index from the first row on. A connection plans that once, while tables are small, and where
/// one was analysed then it goes on reading the whole of it for each row until its statistics change.
pub(super) async fn prepare(db: &Db) -> Result<()> {
    if db.backend() == DbBackend::Sqlite {
        return Ok(());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "settings of this transaction alone"
    )]
    db.execute_unprepared("SET LOCAL synchronous_commit = off; SET LOCAL enable_seqscan = off")
        .await?;
    Ok(())
}
