//! Whether the database lets us in: as the service connects, and as the migrator does.

use std::time::Instant;

use migration::connect::{ConnectOptions, DatabaseUrl, Purpose, connect};
use migration::error::Error as Refusal;
use sea_orm::DatabaseConnection;
use service::{Config, Db, EMBEDDED_URL, Result as ServiceResult};

use super::report::Report;
use super::{ask, machine, pooler};
use crate::context::Global;
use crate::failure::{Failure, NO_SCHEMA};

/// What could be opened.
pub(super) struct Connected {
    /// As the migrator has it, past any pooler; or why there is none.
    pub(super) direct: Result<DatabaseConnection, &'static str>,
    /// As the service has it.
    pub(super) db: Option<Db>,
}

const NOTHING: Connected = Connected {
    direct: Err("there is no connection"),
    db: None,
};

pub(super) async fn look(global: &Global, report: &mut Report) -> Result<Connected, Failure> {
    let setting = |name| global.setting(name);
    // Without the wall, whose login is looked at later, on its own.
    let config = match global.config() {
        Ok(config) => config,
        Err(error) => {
            report.failed("connection", error.to_string(), "")?;
            return Ok(NOTHING);
        }
    };
    let (direct, pooler) = (setting("DATABASE_URL"), setting("DATABASE_URL_POOLER"));
    let beside = pooler.clone().filter(|_| direct.is_some());
    let url = direct.or(pooler);
    let url = url.unwrap_or_else(|| EMBEDDED_URL.to_owned());
    let schema = setting("DATABASE_SCHEMA");
    let mut met = None;
    let direct = match open(&url, schema.clone()).await {
        Ok(direct) => Ok(direct),
        // The service may know how to work through it.
        Err(Refusal::TransactionPooler { reason, .. }) => {
            met = Some(reason);
            Err(
                "takes a direct connection: one in DATABASE_URL, and the pooler in DATABASE_URL_POOLER",
            )
        }
        Err(error) if beside.is_some() => {
            let said = format!("DATABASE_URL does not let the migrator in: {error}");
            report.failed("migrator", said, "")?;
            Err("takes the connection of the migrator")
        }
        Err(error) => {
            report.failed("connection", error.to_string(), "")?;
            return Ok(NOTHING);
        }
    };
    if let Some(pooler) = beside {
        met = pooler_at(&pooler, schema).await;
    }
    // Connecting as the service changes it.
    let journal = machine::journal_mode(direct.as_ref().ok()).await;
    let place = config.database()?;
    let (db, first, then) = match reach(config).await {
        Ok(reached) => reached,
        Err(error) => {
            report.failed("connection", error.to_string().replace('\n', " "), "")?;
            if met.is_some() {
                pooler::look(global, met, report)?;
            }
            return Ok(Connected { direct, db: None });
        }
    };
    let said =
        format!("{place}: first answer after {first:.1} ms, a round trip takes {then:.1} ms");
    report.ok("connection", said)?;
    if super::has_roles(&db) {
        pooler::look(global, met, report)?;
    } else {
        machine::journal(journal, report)?;
    }
    Ok(Connected {
        direct,
        db: Some(db),
    })
}

/// As the service connects; with the milliseconds to the first answer, and to the next.
async fn reach(config: Config) -> ServiceResult<(Db, f64, f64)> {
    let begun = Instant::now();
    let db = Db::connect(config).await?;
    let first = begun.elapsed();
    // The first prepares it.
    ask(&db, "SELECT 1").await?;
    let begun = Instant::now();
    ask(&db, "SELECT 1").await?;
    let then = begun.elapsed();
    Ok((db, first.as_secs_f64() * 1e3, then.as_secs_f64() * 1e3))
}

/// How a transaction pooler there gives itself away to the migrator; `None`: there is none.
async fn pooler_at(url: &str, schema: Option<String>) -> Option<&'static str> {
    match open(url, schema).await {
        Err(Refusal::TransactionPooler { reason, .. }) => Some(reason),
        Ok(direct) => {
            let _ = direct.close().await;
            None
        }
        // The service will say so itself.
        Err(_) => None,
    }
}

/// As the migrator connects to look at something: nothing is made.
async fn open(url: &str, schema: Option<String>) -> Result<DatabaseConnection, Refusal> {
    let url: DatabaseUrl = url.parse()?;
    if url.is_still_to_be_made() {
        return Err(Refusal::File {
            path: url.file().map(ToOwned::to_owned).unwrap_or_default(),
            reason: format!("there is no such file: {NO_SCHEMA}"),
        });
    }
    let options = ConnectOptions {
        schema,
        purpose: Purpose::Inspect,
        ..ConnectOptions::default()
    };
    connect(&url, &options).await
}
