//! `aura doctor`: whether database, schema, roles and this machine are as they should be.

mod connection;
mod machine;
mod report;
mod roles;
mod schema;

use std::process::ExitCode;

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, QueryResult, Statement};
use service::Db;

use crate::context::Global;
use crate::failure::Failure;
use crate::output::Output;
use connection::Connected;
use report::Report;

/// One line for each thing that is looked at: ok, warning, failed or skipped, and what to do. Nothing is changed. Exit code 1
/// where something failed; a warning alone is none.
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
        let Connected { direct, db } = connection::look(global, &mut report).await?;
        if let Some(db) = &db {
            connection::version(db, &mut report).await?;
        }
        schema::look(direct.as_ref(), self.no_drift, &mut report).await?;
        if let Some(db) = &db {
            roles::floor(db, &mut report).await?;
            roles::login(db, &mut report).await?;
        }
        roles::wall(global, db.as_ref(), &mut report).await?;
        if let Some(db) = &db {
            machine::clock(db, &mut report).await?;
        }
        machine::hashing(global, &mut report)?;
        if let Some(db) = db {
            // Nothing was asked of it that could still be under way.
            let _ = db.close().await;
        }
        if let Some(direct) = direct {
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
