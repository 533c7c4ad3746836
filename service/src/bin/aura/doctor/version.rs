//! Which database it is.

use sea_orm::DbErr;
use service::{Db, Error};

use super::report::Report;
use super::{ask, has_roles};
use crate::failure::Failure;

/// The versions of `PostgreSQL` that the tests run on.
const FIRST: u32 = 14;
const LAST: u32 = 18;
/// `SQLite` has strict tables from this version on.
const SQLITE: (u32, u32) = (3, 37);

pub(super) async fn look(db: &Db, report: &mut Report) -> Result<(), Failure> {
    const CHECK: &str = "version";
    let server = has_roles(db);
    let sql = if server {
        "SELECT current_setting('server_version') AS version"
    } else {
        "SELECT sqlite_version() AS version"
    };
    let version = version(db, sql).await.map_err(Error::from)?;
    let name = if server { "PostgreSQL" } else { "SQLite" };
    let said = format!("{name} {version}");
    // `18.1 (Debian 18.1-1)`, `19beta2`, `3.51.3`
    let numbers = version.split(|letter: char| !letter.is_ascii_digit());
    let mut numbers = numbers.map(|number| number.parse().unwrap_or(0));
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if server && major < FIRST {
        report.failed(CHECK, said, format!("{FIRST} is the oldest that works"))
    } else if server && major > LAST {
        report.warning(CHECK, said, format!("tried on {FIRST} to {LAST}"))
    } else if !server && (major, minor) < SQLITE {
        let (major, minor) = SQLITE;
        report.failed(
            CHECK,
            said,
            format!("{major}.{minor} is the oldest that works"),
        )
    } else {
        report.ok(CHECK, said)
    }
}

async fn version(db: &Db, sql: &str) -> Result<String, DbErr> {
    match ask(db, sql).await? {
        Some(row) => row.try_get("", "version"),
        None => Ok(String::new()),
    }
}
