//! Purging what was deleted, in batches.

use std::time::{Duration, Instant};

use service::Result;

use super::{BATCH, Bench, Step};

impl Bench {
    /// What a batch of deleted emails takes on average.
    pub(crate) async fn purge(&mut self) -> Result<()> {
        let db = self.tenant.db();
        // Each batch is told about once for each application.
        let (mut took, mut removed) = (Duration::ZERO, 0);
        let mut start = Instant::now();
        let now = db.clock().now();
        db.lifecycle()
            .purge(now, BATCH, |progress| {
                if progress.table == "emails" {
                    removed = progress.removed;
                    took += start.elapsed();
                }
                start = Instant::now();
            })
            .await?;
        let batches = u32::try_from(removed.div_ceil(BATCH).max(1)).unwrap_or(u32::MAX);
        self.steps.push(Step {
            name: "purging, a batch of 500 emails",
            median: took / batches,
            nodes: vec![format!("{removed} emails")],
            ok: true,
        });
        Ok(())
    }
}
