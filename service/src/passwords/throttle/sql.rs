//! Ready-made SQL: what counts does so in the statement itself.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};
use uuid::Uuid;

use super::Counted;
use crate::db::Db;
use crate::error::Result;

/// A row that an attempt was counted in.
pub(super) struct Reserved {
    pub(super) id: Uuid,
    pub(super) failures: u64,
    pub(super) expires_at: DateTime<Utc>,
}

/// Trust keeps the row for longer than the attempts are remembered: those are forgotten at `$2`, counted from the last.
const COUNT: &str = "\
    ON CONFLICT (id) DO UPDATE SET \
    failures = CASE WHEN sign_in_throttles.expires_at <= $1 \
    OR (sign_in_throttles.kind = 'account_source' AND sign_in_throttles.updated_at <= $2) \
    THEN 1 ELSE sign_in_throttles.failures + 1 END, \
    blocked_until = NULL, \
    expires_at = CASE WHEN sign_in_throttles.trusted_until > excluded.expires_at \
    THEN sign_in_throttles.trusted_until ELSE excluded.expires_at END, \
    updated_at = excluded.updated_at \
    WHERE sign_in_throttles.blocked_until IS NULL OR sign_in_throttles.blocked_until <= $1 \
    RETURNING id, failures, expires_at";

/// What others did since stays: their block, their expiry.
const TAKE_BACK: &str = "\
    UPDATE sign_in_throttles SET \
    failures = failures - 1, \
    blocked_until = CASE WHEN failures <= $2 OR blocked_until = $3 THEN NULL ELSE blocked_until END, \
    expires_at = CASE WHEN expires_at = $4 THEN $5 ELSE expires_at END, \
    updated_at = $6 \
    WHERE id = $1 AND failures > 0";

/// Counts the attempt in each of the rows that does not hold it up; those that do are missing in the answer, and locked all
/// the same. In the order given, so that two attempts never wait for each other.
pub(super) async fn reserve(
    db: &Db,
    rows: &[Counted],
    now: DateTime<Utc>,
    forgotten: DateTime<Utc>,
) -> Result<Vec<Reserved>> {
    let mut sql = String::from(
        "INSERT INTO sign_in_throttles (id, kind, failures, expires_at, created_at, updated_at) VALUES ",
    );
    let mut values: Vec<Value> = vec![now.fixed_offset().into(), forgotten.fixed_offset().into()];
    for row in rows {
        let at = values.len();
        let comma = if at > 2 { ", " } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(
            sql,
            "{comma}(${}, ${}, 1, ${}, $1, $1)",
            at + 1,
            at + 2,
            at + 3
        );
        values.push(row.id.into());
        values.push(row.kind.as_str().into());
        values.push(row.expires_at.fixed_offset().into());
    }
    sql.push(' ');
    sql.push_str(COUNT);
    #[expect(
        clippy::disallowed_methods,
        reason = "ready-made SQL: no row has an owner, and none is deleted by a mark"
    )]
    let reserved = db
        .own()
        .query_all_raw(Statement::from_sql_and_values(db.backend(), sql, values))
        .await?;
    reserved
        .iter()
        .map(|row| {
            let failures: i64 = row.try_get("", "failures")?;
            let expires_at: DateTime<chrono::FixedOffset> = row.try_get("", "expires_at")?;
            Ok(Reserved {
                id: row.try_get("", "id")?,
                failures: failures.unsigned_abs(),
                expires_at: expires_at.to_utc(),
            })
        })
        .collect()
}

/// Undoes what counting the attempt did to the row.
pub(super) async fn take_back(db: &Db, row: &Counted) -> Result<()> {
    let values = [
        row.id.into(),
        i64::from(row.limit.free).into(),
        row.blocked_until.map(|at| at.fixed_offset()).into(),
        row.expires_at.fixed_offset().into(),
        row.former_expires_at.fixed_offset().into(),
        db.clock().now().fixed_offset().into(),
    ];
    #[expect(
        clippy::disallowed_methods,
        reason = "ready-made SQL: no row has an owner, and none is deleted by a mark"
    )]
    db.own()
        .execute_raw(Statement::from_sql_and_values(
            db.backend(),
            TAKE_BACK,
            values,
        ))
        .await?;
    Ok(())
}
