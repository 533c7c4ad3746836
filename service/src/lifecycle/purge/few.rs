//! A few rows of one application, with what refers to them: what one transaction purges.

use chrono::{DateTime, FixedOffset};
use sea_orm::{DbBackend, Value};
use uuid::Uuid;

use super::tables::{Doomed, Link, Then};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::sql::{Sql, keys, names};
use crate::scope::Across;
use crate::scope::nodes::is_everywhere;

pub(super) type Instant = DateTime<FixedOffset>;

/// Keys in one statement: `SQLite` takes 32,766 parameters, and a key has up to four.
const MOST_KEYS: u64 = 5000;

/// What became of some rows.
pub(super) enum Done {
    /// These are gone.
    Removed(Vec<Uuid>),
    /// So much hangs on them that it takes another transaction.
    Again,
}

/// Some rows of one application.
pub(super) struct Few<'a> {
    pub(super) doomed: &'a Doomed,
    pub(super) application_id: Uuid,
    pub(super) ids: &'a [Uuid],
    pub(super) before: Instant,
    pub(super) batch: u64,
    pub(super) run: Uuid,
}

/// Of which table how many rows went besides.
pub(super) type Removed = Vec<(&'static str, u64)>;

impl Few<'_> {
    pub(super) async fn purge(&self, db: &Db) -> Result<(Done, Removed)> {
        let ids = self.locked(db).await?;
        let mut removed = Removed::new();
        let mut changed = 0;
        if ids.is_empty() {
            return Ok((Done::Removed(ids), removed));
        }
        for link in self.doomed.links {
            for (then, only) in steps(link.then) {
                loop {
                    let limit = MOST_KEYS.min(self.batch - changed);
                    let rows = self.unlink(db, link, then, only, &ids, limit).await?;
                    changed += rows;
                    if then == Then::Remove && rows > 0 {
                        removed.push((link.table, rows));
                    }
                    if changed >= self.batch {
                        self.record(db, 0)?;
                        return Ok((Done::Again, removed));
                    }
                    if rows < limit {
                        break;
                    }
                }
            }
        }
        let gone = self.remove(db, &ids).await?;
        if changed > 0 || !gone.is_empty() {
            self.record(db, gone.len())?;
        }
        Ok((Done::Removed(gone), removed))
    }

    /// Those that are deleted still, that nothing refers to for which they stay, and that nobody else holds: nobody waits.
    async fn locked(&self, db: &Db) -> Result<Vec<Uuid>> {
        let Doomed { table, id, .. } = self.doomed;
        let sql = self.these(&format!("SELECT {id} AS id FROM {table} WHERE "), self.ids);
        let keeps = |then| then == Then::Keep;
        if self.everywhere(db) {
            let rows = skip_locked(sql, db).all(db).await?;
            let ids = rows.iter().map(|row| Ok(row.try_get("", "id")?));
            let ids = ids.collect::<Result<Vec<Uuid>>>()?;
            return self.not_referred_to(db, &ids, keeps).await;
        }
        let sql = self.unless_referred_to(sql, keeps);
        let rows = skip_locked(sql, db).all(db).await?;
        rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
    }

    /// Whether it lies on every node of a cluster: a statement that changes or locks it can then ask nothing of what does not.
    fn everywhere(&self, db: &Db) -> bool {
        db.is_on_citus() && is_everywhere(self.doomed.table, self.doomed.tenant)
    }

    /// Those that nothing refers to.
    async fn not_referred_to(
        &self,
        db: &Db,
        ids: &[Uuid],
        by: impl Fn(Then) -> bool,
    ) -> Result<Vec<Uuid>> {
        let mut left = ids.to_vec();
        for link in self.doomed.links {
            if left.is_empty() || !by(link.then) {
                continue;
            }
            let (table, column) = (link.table, link.column);
            let select = format!("SELECT DISTINCT {column} AS id FROM {table} WHERE ");
            let sql = self.within(Sql::new(&select));
            let sql = sql
                .text(&format!("{column} IN "))
                .list(left.iter().copied());
            for row in sql.all(db).await? {
                let id: Uuid = row.try_get("", "id")?;
                left.retain(|left| *left != id);
            }
        }
        Ok(left)
    }

    fn within(&self, sql: Sql) -> Sql {
        if self.doomed.tenant {
            sql.text("application_id = ")
                .bind(self.application_id)
                .text(" AND ")
        } else {
            sql
        }
    }

    /// What somebody holds that refers to one of them has been passed over: that one stays too.
    async fn remove(&self, db: &Db, ids: &[Uuid]) -> Result<Vec<Uuid>> {
        let Doomed { table, id, .. } = self.doomed;
        let delete = format!("DELETE FROM {table} WHERE ");
        let sql = if self.everywhere(db) {
            let left = self.not_referred_to(db, ids, |_| true).await?;
            if left.is_empty() {
                return Ok(left);
            }
            self.these(&delete, &left)
        } else {
            self.unless_referred_to(self.these(&delete, ids), |_| true)
        };
        let rows = sql.text(&format!(" RETURNING {id} AS id")).all(db).await?;
        rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
    }

    fn unless_referred_to(&self, mut sql: Sql, by: impl Fn(Then) -> bool) -> Sql {
        let Doomed {
            table, id, links, ..
        } = self.doomed;
        let same = if self.doomed.tenant {
            format!("l.application_id = {table}.application_id AND ")
        } else {
            String::new()
        };
        for link in links.iter().filter(|link| by(link.then)) {
            sql = sql.text(&format!(
                " AND NOT EXISTS (SELECT 1 FROM {} l WHERE {same}l.{} = {table}.{id})",
                link.table, link.column
            ));
        }
        sql
    }

    /// At most `limit` of the rows that refer to these are removed or name nobody from now on.
    async fn unlink(
        &self,
        db: &Db,
        link: &Link,
        then: Then,
        only: &str,
        ids: &[Uuid],
        limit: u64,
    ) -> Result<u64> {
        let (key, table, column) = (names(link.key), link.table, link.column);
        let sql = self
            .within(Sql::new(&format!("SELECT {key} FROM {table} WHERE ")))
            .text(&format!("{column} IN "))
            .list(ids.iter().copied())
            .text(&format!("{only} LIMIT "))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        // A distributed engine locks within one application alone.
        let sql = if self.doomed.tenant {
            skip_locked(sql, db)
        } else {
            sql
        };
        let rows = keys(link.key, &sql.all(db).await?)?;
        if rows.is_empty() {
            return Ok(0);
        }
        let change = if then == Then::Remove {
            Sql::new(&format!("DELETE FROM {table} WHERE "))
        } else {
            let now = Value::from(db.clock().now().fixed_offset());
            Sql::new(&format!(
                "UPDATE {table} SET {column} = NULL, updated_at = "
            ))
            .bind(now)
            .text(" WHERE ")
        };
        self.within(change)
            .text(&format!("({key}) IN "))
            .rows(&rows)
            .execute(db)
            .await
    }

    /// `application_id = … AND id IN (…)`, and deleted before.
    fn these(&self, begin: &str, ids: &[Uuid]) -> Sql {
        let mut sql = Sql::new(begin);
        if self.doomed.tenant {
            sql = sql
                .text("application_id = ")
                .bind(self.application_id)
                .text(" AND ");
        }
        // Not as a plain comparison: PostgreSQL would go through all that was deleted, by that index, and look for the ids
        // there.
        sql.text(&format!("{} IN ", self.doomed.id))
            .list(ids.iter().copied())
            .text(" AND CASE WHEN deleted_at < ")
            .bind(self.before)
            .text(" THEN 1 END = 1")
    }

    fn record(&self, db: &Db, removed: usize) -> Result<()> {
        let event = (self.doomed.event)(&Across { db: db.clone() }, self.run)
            .within(self.application_id)
            .with("removed", removed)
            .with("deleted_before", self.before.to_rfc3339());
        db.record(event)
    }
}

/// What is done about a link, and to which of its rows.
fn steps(then: Then) -> Vec<(Then, &'static str)> {
    const PENDING: &str = " AND accepted_at IS NULL AND revoked_at IS NULL";
    match then {
        Then::Keep => Vec::new(),
        Then::RemovePending => vec![(Then::Remove, PENDING), (Then::Clear, "")],
        then => vec![(then, "")],
    }
}

fn skip_locked(sql: Sql, db: &Db) -> Sql {
    match db.backend() {
        // Its transaction is the lock.
        DbBackend::Sqlite => sql,
        _ => sql.text(" FOR UPDATE SKIP LOCKED"),
    }
}
