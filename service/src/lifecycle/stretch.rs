//! Going through a table in the order of its key, a stretch at a time: for what no index finds.

use sea_orm::Value;

use super::sql::{Col, Sql, highest, keys, lowest, names};
use crate::db::Db;
use crate::error::Result;

/// Keys of a stretch. Only those of rows that are looked for leave the database.
const LENGTH: i64 = 5000;

/// The stretches of a table that are still to come.
pub(super) struct Stretches {
    table: &'static str,
    key: &'static [Col],
    after: Option<Vec<Value>>,
}

/// The keys after the one and up to the other.
pub(super) struct Stretch {
    after: Vec<Value>,
    last: Vec<Value>,
}

impl Stretches {
    pub(super) fn new(table: &'static str, key: &'static [Col]) -> Self {
        Self {
            table,
            key,
            after: Some(lowest(key)),
        }
    }

    /// The next one; `None`: there is none.
    pub(super) async fn next(&mut self, db: &Db) -> Result<Option<Stretch>> {
        let Some(after) = self.after.take() else {
            return Ok(None);
        };
        let columns = names(self.key);
        let end = Sql::new(&format!(
            "SELECT {columns} FROM {} WHERE ({columns}) > ",
            self.table
        ))
        .list(after.iter().cloned())
        .text(&format!(
            " ORDER BY {columns} LIMIT 1 OFFSET {}",
            LENGTH - 1
        ));
        self.after = keys(self.key, &end.all(db).await?)?.pop();
        let last = self.after.clone().unwrap_or_else(|| highest(self.key));
        Ok(Some(Stretch { after, last }))
    }
}

impl Stretch {
    /// `(key) > (…) AND (key) <= (…)`
    pub(super) fn within(&self, sql: Sql, key: &str) -> Sql {
        sql.text(&format!("({key}) > "))
            .list(self.after.iter().cloned())
            .text(&format!(" AND ({key}) <= "))
            .list(self.last.iter().cloned())
    }
}
