//! Rows that were deleted: a few at a time, each few in a transaction of its own.

use std::collections::{BTreeMap, HashSet};

use sea_orm::{DbErr, RuntimeErr};
use uuid::Uuid;

use super::Run;
use super::few::{Done, Few, Instant};
use super::tables::Doomed;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::lifecycle::sql::Sql;

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
                for (table, rows) in links {
                    run.removed(table, rows);
                }
                run.removed(doomed.table, removed.len() as u64);
                let removed: HashSet<_> = removed.into_iter().collect();
                ids.retain(|id| !removed.contains(id));
                kept.append(&mut ids);
            }
            Ok((Done::Again, links)) => {
                for (table, rows) in links {
                    run.removed(table, rows);
                }
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

/// That another row refers to what was to be removed: by NO ACTION or by RESTRICT.
fn is_referred_to(error: &Error) -> bool {
    match error {
        // What a foreign key refuses means "not found" elsewhere; nothing here looks anything up.
        Error::NotFound => true,
        Error::Database(
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)),
        ) => {
            let refusal = cause.as_database_error();
            refusal
                .is_some_and(|refusal| matches!(refusal.code().as_deref(), Some("23001" | "1811")))
        }
        _ => false,
    }
}
