//! Rows that were deleted: a few at a time, each few in a transaction of its own.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, FixedOffset};
use sea_orm::{DbBackend, DbErr, RuntimeErr, Value};
use uuid::Uuid;

use super::Run;
use super::tables::{Doomed, Link, Then};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::lifecycle::sql::{Sql, keys, names};
use crate::scope::Across;

type Instant = DateTime<FixedOffset>;

/// Keys in one statement: `SQLite` takes 32,766 parameters, and a key has up to four.
const MOST_KEYS: u64 = 5000;

/// The application, nil where none owns the row, and the rest of the key.
type Key = (Uuid, Uuid);

/// Purges what was deleted before the instant and is referred to by nothing that stays.
pub(super) async fn purge(run: &mut Run<'_>, doomed: &Doomed, before: Instant) -> Result<()> {
    let mut from = None;
    // Those of the instant `from` that stay: they are found again each time.
    let mut stay: HashSet<Key> = HashSet::new();
    loop {
        let limit = run.batch + stay.len() as u64;
        let found = oldest(run.db, doomed, from, before, limit).await?;
        let Some((_, last)) = found.last().copied() else {
            return Ok(());
        };
        let mut some: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        let fresh = found.iter().filter(|(key, _)| !stay.contains(key));
        for ((application_id, id), _) in fresh {
            some.entry(*application_id).or_default().push(*id);
        }
        if some.is_empty() {
            return Ok(());
        }
        if from != Some(last) {
            stay.clear();
        }
        from = Some(last);
        for (application_id, ids) in some {
            let kept = of_one(run, doomed, application_id, ids, before).await?;
            run.kept(doomed.table, kept.len() as u64);
            let of_last = found.iter().filter(|(_, at)| *at == last);
            let of_last: HashSet<_> = of_last.map(|(key, _)| *key).collect();
            let kept = kept.into_iter().map(|id| (application_id, id));
            stay.extend(kept.filter(|key| of_last.contains(key)));
        }
    }
}

/// No lock: each is looked at again under one.
async fn oldest(
    db: &Db,
    doomed: &Doomed,
    from: Option<Instant>,
    before: Instant,
    limit: u64,
) -> Result<Vec<(Key, Instant)>> {
    let application = if doomed.tenant {
        "application_id, "
    } else {
        ""
    };
    let mut sql = Sql::new(&format!(
        "SELECT {application}{} AS id, deleted_at FROM {} WHERE deleted_at IS NOT NULL AND deleted_at < ",
        doomed.id, doomed.table
    ))
    .bind(before);
    if let Some(from) = from {
        sql = sql.text(" AND deleted_at >= ").bind(from);
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sql.text(" ORDER BY deleted_at LIMIT ").bind(limit);
    let rows = rows.all(db).await?;
    rows.iter()
        .map(|row| {
            let application_id = if doomed.tenant {
                row.try_get("", "application_id")?
            } else {
                Uuid::nil()
            };
            let key = (application_id, row.try_get("", "id")?);
            Ok((key, row.try_get("", "deleted_at")?))
        })
        .collect()
}

/// What became of some rows.
enum Done {
    /// These are gone.
    Removed(Vec<Uuid>),
    /// So much hangs on them that it takes another transaction.
    Again,
}

/// Those of one application; returns those that stay.
async fn of_one(
    run: &mut Run<'_>,
    doomed: &Doomed,
    application_id: Uuid,
    ids: Vec<Uuid>,
    before: Instant,
) -> Result<Vec<Uuid>> {
    let mut kept = Vec::new();
    let mut left = vec![ids];
    while let Some(mut ids) = left.pop() {
        let (batch, id) = (run.batch, run.id);
        let some = Few {
            doomed,
            application_id,
            ids: &ids,
            before,
            batch,
            run: id,
        };
        let done = run.db.transaction(async |db| some.purge(db).await).await;
        match done {
            Ok((Done::Removed(removed), links)) => {
                links
                    .into_iter()
                    .for_each(|(table, rows)| run.removed(table, rows));
                run.removed(doomed.table, removed.len() as u64);
                let removed: HashSet<_> = removed.into_iter().collect();
                ids.retain(|id| !removed.contains(id));
                kept.append(&mut ids);
            }
            Ok((Done::Again, links)) => {
                links
                    .into_iter()
                    .for_each(|(table, rows)| run.removed(table, rows));
                left.push(ids);
            }
            // A table of the application's own refers to one of them. Which one, halving tells.
            Err(error) if is_referred_to(&error) => {
                if ids.len() == 1 {
                    kept.append(&mut ids);
                } else {
                    let half = ids.split_off(ids.len() / 2);
                    left.push(half);
                    left.push(ids);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

/// Some rows of one application.
struct Few<'a> {
    doomed: &'a Doomed,
    application_id: Uuid,
    ids: &'a [Uuid],
    before: Instant,
    batch: u64,
    run: Uuid,
}

type Removed = Vec<(&'static str, u64)>;

impl Few<'_> {
    async fn purge(&self, db: &Db) -> Result<(Done, Removed)> {
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
        let sql = self.unless_referred_to(sql, |then| then == Then::Keep);
        let rows = skip_locked(sql, db).all(db).await?;
        rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
    }

    /// What somebody holds that refers to one of them has been passed over: that one stays too.
    async fn remove(&self, db: &Db, ids: &[Uuid]) -> Result<Vec<Uuid>> {
        let Doomed { table, id, .. } = self.doomed;
        let sql = self.these(&format!("DELETE FROM {table} WHERE "), ids);
        let sql = self.unless_referred_to(sql, |_| true);
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
        let within = |sql: Sql| match self.doomed.tenant {
            true => sql
                .text("application_id = ")
                .bind(self.application_id)
                .text(" AND "),
            false => sql,
        };
        let (key, table, column) = (names(link.key), link.table, link.column);
        let sql = within(Sql::new(&format!("SELECT {key} FROM {table} WHERE ")))
            .text(&format!("{column} IN "))
            .list(ids.iter().copied())
            .text(&format!("{only} LIMIT "))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        // A distributed engine locks within one application alone.
        let sql = match self.doomed.tenant {
            true => skip_locked(sql, db),
            false => sql,
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
        within(change)
            .text(&format!("({key}) IN "))
            .rows(&rows)
            .execute(db)
            .await
    }

    /// `application_id = … AND id IN (…) AND deleted_at < …`
    fn these(&self, begin: &str, ids: &[Uuid]) -> Sql {
        let mut sql = Sql::new(begin);
        if self.doomed.tenant {
            sql = sql
                .text("application_id = ")
                .bind(self.application_id)
                .text(" AND ");
        }
        sql.text(&format!("{} IN ", self.doomed.id))
            .list(ids.iter().copied())
            .text(" AND deleted_at IS NOT NULL AND deleted_at < ")
            .bind(self.before)
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

/// That another row refers to what was to be removed: by NO ACTION or by RESTRICT.
fn is_referred_to(error: &Error) -> bool {
    match error {
        // What a foreign key refuses means "not found" elsewhere; nothing here looks anything up.
        Error::NotFound => true,
        Error::Database(
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)),
        ) => {
            let code = cause.as_database_error().and_then(|refusal| refusal.code());
            matches!(code.as_deref(), Some("23001" | "1811"))
        }
        _ => false,
    }
}
