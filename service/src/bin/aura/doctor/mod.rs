//! `aura doctor`: whether database, schema, roles and this machine are as they should be.

mod cluster;
mod connection;
mod machine;
mod pooler;
mod report;
mod roles;
mod schema;
mod version;

use std::process::ExitCode;

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, QueryResult, Statement};
use service::Db;

use crate::context::Global;
use crate::failure::Failure;
use crate::output::Output;
use connection::Connected;
use report::Report;

/// Look whether database, schema, roles and this machine are as they should be
///
/// One line for each thing that is looked at: ok, warning, failed or skipped, and what to do. Nothing is changed. Exit code 1
/// where something failed; a warning alone does not make it so.
#[derive(clap::Args)]
pub(crate) struct Doctor {
    /// Do not compare the schema with what its migrations make. On `PostgreSQL` that takes a login that may make a schema, a
    /// direct connection, and about a second
    #[arg(long)]
    no_drift: bool,
    /// A warning makes the exit code 1 too
    #[arg(long)]
    strict: bool,
}

impl Doctor {
    pub(crate) async fn run(self, global: &Global) -> Result<ExitCode, Failure> {
        let mut report = Report::new(Output::new(global.json));
        let report = &mut report;
        let Connected { direct, db } = connection::look(global, report).await?;
        if let Some(db) = &db {
            let looked = version::look(db, report).await;
            report.or_failed("version", looked)?;
            let looked = cluster::look(db, report).await;
            report.or_failed("cluster", looked)?;
        }
        schema::look(&direct, self.no_drift, report).await?;
        if let Some(db) = &db {
            let looked = roles::floor(db, report).await;
            report.or_failed("isolation", looked)?;
            let looked = roles::login(db, report).await;
            report.or_failed("login", looked)?;
            roles::wall(global, db, report).await?;
            let looked = machine::clock(db, report).await;
            report.or_failed("clock", looked)?;
        }
        machine::hashing(global, report)?;
        // Nothing was asked that could still be under way.
        if let Some(db) = db {
            let _ = db.close().await;
        }
        if let Ok(direct) = direct {
            let _ = direct.close().await;
        }
        report.end(self.strict)
    }
}

/// The first row of the answer.
async fn ask(db: &Db, sql: &str) -> Result<Option<QueryResult>, DbErr> {
    #[expect(
        clippy::disallowed_methods,
        reason = "about the database itself: no row of anybody is read"
    )]
    db.query_one_raw(Statement::from_string(db.backend(), sql))
        .await
}

/// Whether it is a database that has roles, and row-level security.
fn has_roles(db: &Db) -> bool {
    db.backend() == DbBackend::Postgres
}
