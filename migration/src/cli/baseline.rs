//! `baseline`: adopts a database that has the schema already.
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::output::{Output, count};
use crate::connect::DatabaseUrl;
use crate::error::Error;
use crate::migrate::{self, Options};

/// Up to where, and what to leave alone.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Baseline {
    /// The last migration that the database has, by its name or a part of it; all when not given
    #[arg(long, value_name = "NAME")]
    to: Option<String>,

    #[command(flatten)]
    check: super::check::Check,
}

/// Compares, and records when nothing differs.
pub(super) async fn run<M: MigratorTrait>(
    db: &DatabaseConnection,
    baseline: &Baseline,
    options: &Options,
    url: &DatabaseUrl,
    output: &mut Output,
) -> Result<(), Error> {
    let mut observer = |event: migrate::Event<'_>| output.event(event);
    let to = baseline.to.as_deref();
    let ignore = &baseline.check.ignore;
    let (drift, recorded) = migrate::baseline::<M>(db, to, ignore, options, &mut observer).await?;
    super::check::show(&drift, output)?;
    let recorded = count(u64::try_from(recorded).unwrap_or(u64::MAX), "migration");
    output.line(&format!(
        "{url}: as its migrations make it; recorded {recorded}"
    ));
    Ok(())
}
