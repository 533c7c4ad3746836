//! Purging what was deleted, in batches.

use std::time::{Duration, Instant};

use service::Result;

use super::{BATCH, Bench, Step};

impl Bench {
    /// What a batch of deleted emails takes.
    pub(crate) async fn purge(&mut self) -> Result<()> {
        let db = self.tenant.db();
        let mut times: Vec<Duration> = Vec::new();
        let mut start = Instant::now();
        let mut removed = 0;
        let now = db.clock().now();
        db.lifecycle()
            .purge(now, BATCH, |progress| {
                if progress.table == "emails" && progress.removed > removed {
                    removed = progress.removed;
                    times.push(start.elapsed());
                }
                start = Instant::now();
            })
            .await?;
        times.sort();
        self.steps.push(Step {
            name: "purging, a batch of 500 emails",
            median: times.get(times.len() / 2).copied().unwrap_or_default(),
            nodes: vec![format!("{removed} emails in {} batches", times.len())],
            ok: true,
        });
        Ok(())
    }
}
