//! The command `roles`.

use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend};

use super::output::Output;
use crate::error::Error;
use crate::isolation::{self, Report, State};

/// Makes what is missing as far as this login may, and shows how the roles stand; with `sql` it only prints what an
/// administrator has to run.
pub(super) async fn run(
    db: &DatabaseConnection,
    sql: bool,
    output: &mut Output,
) -> Result<(), Error> {
    if sql {
        crate::migrate::refuse_strangers(db, true).await?;
        statements(&isolation::report(db).await?, output);
        return Ok(());
    }
    crate::migrate::isolate(db).await?;
    let report = isolation::report(db).await?;
    let width = report.roles.iter().map(|role| role.name.len()).max();
    let width = width.unwrap_or_default();
    for role in &report.roles {
        let state = match role.state {
            State::There => "there",
            State::Missing => "missing",
            State::Unfit => {
                "another's: it can log in, or nothing holds it; choose another --role-prefix"
            }
        };
        let members = match role.members.as_slice() {
            [] => String::new(),
            members => format!("; members: {}", members.join(", ")),
        };
        output.line(&format!(
            "{:8} {:width$}  {state}{members}",
            role.role.suffix(),
            role.name
        ));
    }
    if report.statements.is_empty() {
        output.line("nothing is missing");
    } else {
        output.line("for an administrator to run, in this database; then run `roles` once more:");
        statements(&report, output);
    }
    Ok(())
}

/// One line where something is missing that the migrations could not make.
pub(super) async fn hint(db: &DatabaseConnection, output: &mut Output) -> Result<(), Error> {
    if db.get_database_backend() == DbBackend::Postgres
        && isolation::is_applied(db).await?
        && !isolation::report(db).await?.statements.is_empty()
    {
        output.line("roles or rights are missing: `roles` makes those that it may and shows what an administrator has to run");
    }
    Ok(())
}

fn statements(report: &Report, output: &mut Output) {
    for statement in &report.statements {
        output.line(&format!("{statement};"));
    }
}
