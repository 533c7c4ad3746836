//! The command `distribute`.
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::args::Confirmed;
use super::check;
use super::output::{Output, count};
use crate::check::check as compare;
use crate::citus::distribute::{self, Distribution, Plan};
use crate::connect::DatabaseUrl;
use crate::error::Error;
use crate::migrate::{Event, Options};

/// How to distribute.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Distribute {
    /// Say what would be done and what stops it, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Go on although others are connected: they get errors until all is done
    #[arg(long)]
    pub(super) beside_others: bool,

    #[command(flatten)]
    pub(super) confirmed: Confirmed,
}

/// Says what is to be done, or does it and compares the outcome with what the migrations make.
pub(super) async fn run<M: MigratorTrait>(
    db: &DatabaseConnection,
    distribute: &Distribute,
    options: &Options,
    url: &DatabaseUrl,
    output: &mut Output,
) -> Result<(), Error> {
    if distribute.dry_run {
        let plan = distribute::plan::<M>(db).await?;
        show(&plan, distribute.beside_others, url, output);
        return match plan.obstacles.as_slice() {
            [] => Ok(()),
            obstacles => Err(Error::CannotDistribute {
                obstacles: obstacles.to_vec(),
            }),
        };
    }
    let distribution = Distribution {
        beside_others: distribute.beside_others,
    };
    let mut observer = |event: Event<'_>| output.event(event);
    let done = distribute::distribute::<M>(db, options, distribution, &mut observer).await?;
    if done.steps == 0 {
        output.line(&format!("{url}: nothing to do, all tables are distributed"));
    } else {
        let (tables, rows) = (done.tables as u64, done.rows);
        output.line(&format!(
            "{url}: moved {} with {}",
            count(tables, "table"),
            count(rows, "row")
        ));
    }
    check::show(&compare::<M>(db, &[]).await?, output)?;
    output.line(&format!("{url}: as its migrations make it"));
    Ok(())
}

fn show(plan: &Plan, beside_others: bool, url: &DatabaseUrl, output: &mut Output) {
    if let Some(cluster) = &plan.cluster {
        output.line(&format!("{cluster}"));
    }
    if plan.begun {
        output.line("begun by an earlier run; what is left:");
    }
    let width = plan.tables.iter().map(|table| table.name.len()).max();
    let width = width.unwrap_or_default();
    let (mut rows, mut bytes) = (0, 0);
    for table in plan.tables.iter().filter(|table| !table.done) {
        rows += table.rows.unwrap_or(0);
        bytes += table.bytes;
        output.line(&format!(
            "move {:width$}  {:23}  {}, {}",
            table.name,
            table.to,
            count(table.rows.unwrap_or(0), "row"),
            size(table.bytes)
        ));
    }
    if plan.steps.is_empty() {
        if !plan.tables.is_empty() {
            output.line(&format!("{url}: nothing to do, all tables are distributed"));
        }
        return;
    }
    output.line(&format!(
        "{url}: {} with {}, {}; all tables are closed meanwhile, and every one of these steps is done or not: run again, it goes \
         on where it stopped",
        count(plan.steps.len() as u64, "step"),
        count(rows, "row"),
        size(bytes)
    ));
    if !beside_others && !plan.others.is_empty() {
        output.note(&format!(
            "connected just now, and to be stopped before: {}",
            plan.others.join(", ")
        ));
    }
}

/// `12 MB`, in powers of 1024 as the server counts.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut size = bytes.div_ceil(1024);
    let mut unit = 0;
    while size >= 10_240 && unit + 1 < UNITS.len() {
        size = size.div_ceil(1024);
        unit += 1;
    }
    format!("{size} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_short() {
        for (bytes, said) in [
            (0, "0 kB"),
            (1, "1 kB"),
            (8 << 20, "8192 kB"),
            (20 << 30, "20 GB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }
}
