//! This machine: its clock, how long it takes over a password, how the file is written.

use std::time::Instant;

use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use service::secret::Hashing;
use service::{Db, Error};

use super::report::Report;
use super::{ask, has_roles};
use crate::context::Global;
use crate::failure::Failure;

/// From so many seconds on clocks are said to differ.
const NOTICED: f64 = 1.0;
/// From so many seconds on tokens and sessions end at the wrong time.
const HARMFUL: f64 = 30.0;

/// What the service stores comes from this machine's clock, what raw SQL writes from the database's.
pub(super) async fn clock(db: &Db, report: &mut Report) -> Result<(), Failure> {
    if !has_roles(db) {
        return report.ok("clock", "SQLite has this machine's");
    }
    let before = db.clock().now();
    let row = ask(db, "SELECT clock_timestamp() AS now").await;
    let after = db.clock().now();
    let Some(row) = row.map_err(Error::from)? else {
        return report.skipped("clock", "the server does not say");
    };
    let theirs: DateTime<Utc> = row.try_get("", "now").map_err(Error::from)?;
    // It was asked somewhere on the way there and back.
    let ours = before + (after - before) / 2;
    let difference = (theirs - ours).as_seconds_f64();
    let said = format!("the database's is {difference:+.3} s against this machine's");
    let advice = "keep both by NTP: what ends at an instant ends early or late";
    if difference.abs() > HARMFUL {
        report.failed("clock", said, advice)
    } else if difference.abs() > NOTICED {
        report.warning("clock", said, advice)
    } else {
        report.ok("clock", said)
    }
}

/// As the service hashes a password, at the cost that is set.
pub(super) fn hashing(global: &Global, report: &mut Report) -> Result<(), Failure> {
    let default = Hashing::default();
    let set = |name, default| {
        let set = global.setting(name);
        set.and_then(|value| value.trim().parse().ok())
            .unwrap_or(default)
    };
    let memory: u32 = set("PASSWORD_HASHING_MEMORY", default.memory_kib);
    let passes: u32 = set("PASSWORD_HASHING_PASSES", default.passes);
    let mut hash = [0; 32];
    let hashed = Params::new(memory, passes, default.lanes, Some(hash.len())).and_then(|params| {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let begun = Instant::now();
        argon2.hash_password_into(b"not anybody's password", &[0; 16], &mut hash)?;
        Ok(begun.elapsed())
    });
    match hashed {
        Ok(time) => report.ok(
            "passwords",
            format!(
                "a hash takes {} ms and {} MiB ({passes} passes)",
                time.as_millis(),
                memory / 1024
            ),
        ),
        Err(error) => report.failed("passwords", format!("no hash can be made: {error}"), ""),
    }
}

/// How the file is written, as it was left; `None` on a server.
pub(super) async fn journal_mode(
    direct: Option<&DatabaseConnection>,
) -> Result<Option<String>, DbErr> {
    let Some(direct) = direct.filter(|db| db.get_database_backend() == DbBackend::Sqlite) else {
        return Ok(None);
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "about the file itself: no row of anybody is read"
    )]
    let row = direct
        .query_one_raw(Statement::from_string(
            DbBackend::Sqlite,
            "PRAGMA journal_mode",
        ))
        .await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

pub(super) fn journal(
    mode: Result<Option<String>, DbErr>,
    report: &mut Report,
) -> Result<(), Failure> {
    const CHECK: &str = "journal";
    let mode = match mode {
        Ok(mode) => mode.unwrap_or_default(),
        Err(error) => {
            return report.failed(CHECK, Failure::from(Error::from(error)).to_string(), "");
        }
    };
    if mode == "wal" {
        return report.ok(
            CHECK,
            "a write-ahead log: who reads does not wait for who writes",
        );
    }
    report.warning(
        CHECK,
        format!("the mode was {mode}: who reads waited for who writes"),
        "it is WAL from now on, as the service makes it, if the file and its folder can be written",
    )
}
