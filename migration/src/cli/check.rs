//! `check`: whether a database is as its migrations make it.
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::output::Output;
use crate::check::{self, Drift};
use crate::connect::DatabaseUrl;
use crate::error::Error;

/// What to leave alone.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Check {
    /// An object to leave alone, * for any letters: a name, or what it is and its name ("function f*"); repeatable
    #[arg(long, value_name = "NAME")]
    pub(super) ignore: Vec<String>,
}

/// Compares, and prints what differs.
pub(super) async fn run<M: MigratorTrait>(
    db: &DatabaseConnection,
    check: &Check,
    url: &DatabaseUrl,
    output: &mut Output,
) -> Result<(), Error> {
    let drift = check::check::<M>(db, &check.ignore).await?;
    show(&drift, output)?;
    output.line(&format!("{url}: as its migrations make it"));
    Ok(())
}

/// Prints what differs, if anything does.
pub(super) fn show(drift: &Drift, output: &mut Output) -> Result<(), Error> {
    if drift.is_empty() {
        return Ok(());
    }
    output.line(drift.to_string().trim_end());
    Err(Error::Drifted {
        objects: drift.objects(),
    })
}
