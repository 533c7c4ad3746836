//! Events as parts of the statement that they tell of: one round trip for both, where no transaction is open.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use super::event::Event;
use super::write;
use crate::db::Db;
use crate::error::Result;

/// A statement of `PostgreSQL` that changes something, in the parts between which its events have their place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling<'a> {
    /// `WITH made AS (INSERT …)`, …: what is done.
    pub(crate) with: &'a str,
    /// The part that gives one row if it was done, and none if it was not: `made`.
    pub(crate) of: &'a str,
    /// `SELECT … FROM made`: what is returned.
    pub(crate) rest: &'a str,
}

impl Db {
    /// Whether an event can be part of the statement that it tells of: not in an open transaction, which writes its events when
    /// it commits, not on `SQLite`, where a statement changes one table, and not on Citus, which hands what one part gives to the
    /// next to all nodes, also to one that is down and has nothing to do with it.
    pub(crate) fn tells_along(&self) -> bool {
        self.audits()
            && !self.in_transaction()
            && self.backend() == DbBackend::Postgres
            && !self.is_on_citus()
    }
}

/// Sends the statement; the events of what it does are written with it, by it or by the open transaction. Each is of
/// another chain than the others.
///
/// The ends of their chains are locked after all else, and in the order that everybody keeps. Where nothing is done, no event
/// is written and no chain is locked.
pub(crate) async fn tell(
    db: &Db,
    statement: Telling<'_>,
    mut values: Vec<Value>,
    mut events: Vec<Event>,
) -> Result<Vec<QueryResult>> {
    let mut sql = statement.with.to_owned();
    let along = db.tells_along();
    if along {
        events.sort_by_key(Event::chain);
        for (number, event) in events.drain(..).enumerate() {
            write::append(db, event, (number, statement.of), &mut sql, &mut values);
        }
    }
    sql.push(' ');
    sql.push_str(statement.rest);
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: ready-made SQL with its walls in it"
    )]
    let rows = db.own().query_all_raw(statement).await?;
    if !rows.is_empty() {
        for event in events {
            db.record(event)?;
        }
    }
    Ok(rows)
}
