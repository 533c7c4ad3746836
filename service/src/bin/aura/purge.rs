//! `aura purge`.

use service::lifecycle::Purged;

use crate::confirm::Confirm;
use crate::context::Context;
use crate::failure::Failure;
use crate::instant::{Moment, shown};
use crate::output::{print, print_json};
use crate::table::Table;
use crate::trial::tried;

/// Rows of one transaction, at most.
const MOST: u64 = 10_000;

/// Remove for good what was deleted or has ended long enough ago
///
/// How long things are kept is what `RETENTION_DELETED_ROWS` and its like say: 30 days for deleted rows, and events of the
/// audit for ever.
#[derive(clap::Args)]
pub(crate) struct Purge {
    /// What was deleted or ended before this, of whatever kind, in place of the retention: a day (2026-11-21), an instant,
    /// or how long ago (90d). Events of the audit stay
    #[arg(long, value_name = "TIME")]
    before: Option<Moment>,
    /// Count what would go: it is removed in one transaction, which is taken back. Those rows are locked meanwhile
    #[arg(long)]
    dry_run: bool,
    /// Rows that one transaction removes at most
    #[arg(long, value_name = "ROWS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=MOST))]
    batch: u64,
    #[command(flatten)]
    confirm: Confirm,
}

impl Purge {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let db = &context.db;
        let before = match self.before {
            Some(moment) => Some(
                moment
                    .instant(db.clock())
                    .ok_or_else(|| Failure::Invalid("--before is before all time".to_owned()))?,
            ),
            None => None,
        };
        // In one transaction smaller parts spare nobody.
        let batch = if self.dry_run { MOST } else { self.batch };
        let work = async |db: &service::Db| match before {
            Some(before) => db.lifecycle().purge(before, batch, |_| {}).await,
            None => db.lifecycle().apply_retention(batch, |_| {}).await,
        };
        let purged = if self.dry_run {
            let purged = tried(db, work).await?;
            eprintln!("a dry run: nothing was removed");
            purged
        } else {
            let what = match before {
                Some(before) => format!("was deleted or ended before {}", shown(before)),
                None => "was deleted or ended longer ago than the retention (RETENTION_…) says"
                    .to_owned(),
            };
            self.confirm.ask(&format!(
                "removes for good what {what} (--dry-run counts it)"
            ))?;
            work(db).await?
        };
        if context.output.json {
            return print_json(&purged);
        }
        show(&purged, context)
    }
}

fn show(purged: &Purged, context: &Context) -> Result<(), Failure> {
    let of = |counts: &std::collections::BTreeMap<&str, u64>, table: &str| {
        counts.get(table).copied().unwrap_or_default().to_string()
    };
    let mut tables: Vec<_> = purged.removed.keys().chain(purged.kept.keys()).collect();
    tables.sort_unstable();
    tables.dedup();
    let rows = tables.into_iter().map(|table| {
        vec![
            (*table).to_owned(),
            of(&purged.removed, table),
            of(&purged.kept, table),
        ]
    });
    let mut rows: Vec<_> = rows.collect();
    let kept: u64 = purged.kept.values().sum();
    rows.push(vec![
        "all".to_owned(),
        purged.total().to_string(),
        kept.to_string(),
    ]);
    let mut table = Table::new(&["table", "removed", "kept"]);
    print(&table.part(rows, context.output))?;
    if kept > 0 {
        eprintln!(
            "kept: something refers to them that stays, or somebody held them at that moment"
        );
    }
    Ok(())
}
