//! Whether the database lets us in, through what, and which one it is.

use std::time::Instant;

use migration::connect::{ConnectOptions, DatabaseUrl, Purpose, connect};
use migration::error::Error as Refusal;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use service::{Config, Db, EMBEDDED_URL, Error};

use super::report::Report;
use super::{ask, has_roles};
use crate::context::Global;
use crate::failure::{Failure, NO_SCHEMA};

/// The versions of `PostgreSQL` that the tests run on.
const TRIED: std::ops::RangeInclusive<i32> = 14..=18;
/// Strict tables are from 3.37 on.
const SQLITE: (u32, u32) = (3, 37);

/// What could be opened.
pub(super) struct Connected {
    /// As the migrator has it, past any pooler.
    pub(super) direct: Option<DatabaseConnection>,
    /// As the service has it.
    pub(super) db: Option<Db>,
}

const NOTHING: Connected = Connected {
    direct: None,
    db: None,
};

pub(super) async fn look(global: &Global, report: &mut Report) -> Result<Connected, Failure> {
    // The wall's login is looked at later, on its own.
    let setting = |name: &str| match name {
        "DATABASE_URL_RUNTIME" => None,
        other => global.setting(other),
    };
    let config = match Config::from_vars(setting) {
        Ok(config) => config,
        Err(error) => {
            report.failed("connection", error.to_string(), "")?;
            return Ok(NOTHING);
        }
    };
    let (direct, pooler) = (setting("DATABASE_URL"), setting("DATABASE_URL_POOLER"));
    let has_own_pooler = direct.is_some() && pooler.is_some();
    let url = direct.or_else(|| pooler.clone());
    let url = url.unwrap_or_else(|| EMBEDDED_URL.to_owned());
    let opened = open(&url, setting("DATABASE_SCHEMA")).await;
    let direct = match opened {
        Ok(direct) => Ok(direct),
        // The service may know how to work through it.
        Err(Refusal::TransactionPooler { reason, .. }) => Err(reason),
        Err(error) if has_own_pooler => {
            report.warning(
                "migrator",
                format!("DATABASE_URL does not let the migrator in: {error}"),
                "the service works on DATABASE_URL_POOLER",
            )?;
            Err("")
        }
        Err(error) => {
            report.failed("connection", error.to_string(), "")?;
            return Ok(NOTHING);
        }
    };
    journal(direct.as_ref().ok(), report).await?;
    let place = config.database().unwrap_or_default();
    let begun = Instant::now();
    let db = match Db::connect(config).await {
        Ok(db) => db,
        Err(error) => {
            report.failed("connection", refused(&error), "")?;
            let direct = direct.ok();
            return Ok(Connected { direct, db: None });
        }
    };
    let first = begun.elapsed();
    let begun = Instant::now();
    ask(&db, "SELECT 1").await.map_err(Error::from)?;
    report.ok(
        "connection",
        format!(
            "{place}: first answer after {:.1} ms, then a round trip takes {:.1} ms",
            first.as_secs_f64() * 1000.0,
            begun.elapsed().as_secs_f64() * 1000.0
        ),
    )?;
    if has_roles(&db) {
        let met = direct.as_ref().err().copied();
        pooler_mode(global, met, has_own_pooler, report)?;
    }
    let direct = direct.ok();
    Ok(Connected {
        direct,
        db: Some(db),
    })
}

/// As the migrator connects to look at something: nothing is made.
async fn open(url: &str, schema: Option<String>) -> Result<DatabaseConnection, Refusal> {
    let url: DatabaseUrl = url.parse()?;
    if url.is_still_to_be_made() {
        return Err(Refusal::File {
            path: url.file().map(ToOwned::to_owned).unwrap_or_default(),
            reason: format!("there is no such file; {NO_SCHEMA}"),
        });
    }
    let options = ConnectOptions {
        schema,
        purpose: Purpose::Inspect,
        ..ConnectOptions::default()
    };
    connect(&url, &options).await
}

fn refused(error: &Error) -> String {
    error.to_string().replace('\n', " ")
}

/// Before the service connects, which changes it.
async fn journal(direct: Option<&DatabaseConnection>, report: &mut Report) -> Result<(), Failure> {
    let Some(direct) = direct.filter(|db| db.get_database_backend() == DbBackend::Sqlite) else {
        return Ok(());
    };
    let pragma = Statement::from_string(DbBackend::Sqlite, "PRAGMA journal_mode");
    #[expect(
        clippy::disallowed_methods,
        reason = "about the file itself: no row of anybody is read"
    )]
    let row = direct.query_one_raw(pragma).await.map_err(Error::from)?;
    let mode: Option<String> = match row {
        Some(row) => row.try_get_by_index(0).map_err(Error::from)?,
        None => None,
    };
    match mode.as_deref() {
        Some("wal") => report.ok("journal", "a write-ahead log: nobody who reads waits for who writes"),
        other => report.warning(
            "journal",
            format!("the mode is {}: who reads waits for who writes", other.unwrap_or("unknown")),
            "the service turns it to WAL when it connects, unless the file or its folder cannot be written",
        ),
    }
}

/// `met` is how a transaction pooler gave itself away; `None`: there is none.
fn pooler_mode(
    global: &Global,
    met: Option<&'static str>,
    has_own_pooler: bool,
    report: &mut Report,
) -> Result<(), Failure> {
    let said = global.setting("DATABASE_POOLED");
    let by_address = met.is_some_and(|reason| reason.contains("URL") || reason.contains("port"));
    let pooled = said.as_deref() == Some("true") || (said.is_none() && by_address);
    if has_own_pooler {
        return report.ok(
            "pooler",
            "the service goes through DATABASE_URL_POOLER, the migrator past it",
        );
    }
    match (met, pooled) {
        (None, false) => report.ok("pooler", "none between: statements are prepared once, and kept"),
        (None, true) => report.warning(
            "pooler",
            "the connection keeps its session, and DATABASE_POOLED is true",
            "leave that out: every statement takes four round trips for it",
        ),
        (Some(reason), true) => report.ok(
            "pooler",
            format!("a transaction pooler ({reason}), and the service works as one needs it"),
        ),
        (Some(reason), false) => report.warning(
            "pooler",
            format!("a transaction pooler ({reason}), which the service does not know of"),
            "unless it keeps track of prepared statements (PgBouncer from 1.21 on, max_prepared_statements), add pooled=true to \
             the URL",
        ),
    }
}

/// Whether it is a version that is supported.
pub(super) async fn version(db: &Db, report: &mut Report) -> Result<(), Failure> {
    if has_roles(db) {
        let sql = "SELECT current_setting('server_version') AS version, \
             current_setting('server_version_num')::int / 10000 AS major";
        let Some(row) = ask(db, sql).await.map_err(Error::from)? else {
            return report.skipped("version", "the server does not say");
        };
        let version: String = row.try_get("", "version").map_err(Error::from)?;
        let major: i32 = row.try_get("", "major").map_err(Error::from)?;
        let said = format!("PostgreSQL {version}");
        let (first, last) = TRIED.into_inner();
        return if major < first {
            report.failed("version", said, format!("{first} is the oldest that works"))
        } else if major > last {
            report.warning("version", said, format!("tried on {first} to {last}"))
        } else {
            report.ok("version", said)
        };
    }
    let Some(row) = ask(db, "SELECT sqlite_version() AS version")
        .await
        .map_err(Error::from)?
    else {
        return report.skipped("version", "SQLite does not say");
    };
    let version: String = row.try_get("", "version").map_err(Error::from)?;
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let said = format!("SQLite {version}");
    if found < SQLITE {
        let (major, minor) = SQLITE;
        report.failed(
            "version",
            said,
            format!("{major}.{minor} is the oldest that works"),
        )
    } else {
        report.ok("version", said)
    }
}
