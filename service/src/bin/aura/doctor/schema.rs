//! Whether the schema is the one that this program knows.

use migration::Migrator;
use migration::check::{Drift, check};
use migration::error::Error as Refusal;
use migration::migrate::{Problem, Status, status};
use sea_orm::DatabaseConnection;

use super::report::Report;
use crate::failure::Failure;

const UP: &str = "run `cargo run -p migration -- up`";

pub(super) async fn look(
    direct: &Result<DatabaseConnection, &'static str>,
    no_drift: bool,
    report: &mut Report,
) -> Result<(), Failure> {
    let direct = match direct {
        Ok(direct) => direct,
        Err(reason) => {
            report.skipped("schema", *reason)?;
            return report.skipped("drift", *reason);
        }
    };
    let applied = match status::<Migrator>(direct).await {
        Ok(status) => {
            said(&status, report)?;
            status.applied() > 0
        }
        Err(Refusal::PermissionDenied { what, .. }) => {
            let said = format!("not looked at: {what}");
            report.warning(
                "schema",
                said,
                "look as the owner, or let this login read `seaql_migrations` and `_aura_migrations`",
            )?;
            return report.skipped("drift", "takes a login that may read the schema's history");
        }
        Err(error) => {
            report.failed("schema", error.to_string(), "")?;
            false
        }
    };
    if no_drift {
        return report.skipped("drift", "--no-drift");
    }
    if !applied {
        return report.skipped("drift", "there is no schema to compare");
    }
    match check::<Migrator>(direct, &[]).await {
        Ok(drift) => differs(&drift, report),
        Err(Refusal::NoScratch { login, .. }) => report.warning(
            "drift",
            format!("not looked at: `{login}` may not make a schema to compare with"),
            "look as the owner, or leave it out with --no-drift",
        ),
        Err(Refusal::PermissionDenied { what, .. }) => report.warning(
            "drift",
            format!("not looked at: {what}"),
            "look as the owner, or leave it out with --no-drift",
        ),
        Err(error) => report.failed("drift", error.to_string(), ""),
    }
}

fn said(status: &Status, report: &mut Report) -> Result<(), Failure> {
    let applied = status.applied();
    let problems = status.problems();
    let newer = |problem: &Problem| matches!(problem, Problem::Newer { .. });
    let unchecked = match status.unchecked.len() {
        0 => String::new(),
        count => format!(", {count} without a checksum to compare"),
    };
    if let Some(wrong) = problems.iter().find(|problem| !newer(problem)) {
        return report.failed(
            "schema",
            wrong.to_string(),
            "`cargo run -p migration -- status` shows all",
        );
    }
    if applied == 0 && status.pending() > 0 {
        return report.failed("schema", "there is none yet", UP);
    }
    if status.pending() > 0 {
        let said = format!("{applied} migrations applied, {} pending", status.pending());
        return report.failed("schema", said, UP);
    }
    if problems.iter().any(newer) {
        let said = format!("{} migrations more than this program knows", problems.len());
        return report.warning("schema", said, "upgrade this program");
    }
    report.ok(
        "schema",
        format!("{applied} migrations applied, none pending{unchecked}"),
    )
}

fn differs(drift: &Drift, report: &mut Report) -> Result<(), Failure> {
    if drift.is_empty() {
        return report.ok("drift", "the schema is as its migrations make it");
    }
    let said = format!(
        "{} differ from what the migrations make",
        drift.objects().join(", ")
    );
    let advice = "`cargo run -p migration -- check` shows how";
    // What was added may be somebody's index; what is missing may be a rule that nothing else keeps.
    if drift
        .differences
        .iter()
        .any(|object| !object.missing.is_empty())
    {
        report.failed("drift", said, advice)
    } else {
        report.warning("drift", said, advice)
    }
}
