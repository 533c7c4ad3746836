//! Closes connections that were idle for too long, or are too old.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::WeakPool;

use super::Core;
use super::link::Link;
use super::manager::Manager;

/// How often it looks: often enough for the times it keeps, seldom enough to cost nothing.
const LOOKS_EVERY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(10));

/// Ends when the pool is gone.
pub(super) async fn reap(pool: WeakPool<Manager>, core: Arc<Core>) {
    let shorter = core.idle_timeout.min(core.max_lifetime);
    let every = (shorter / 4).clamp(LOOKS_EVERY.0, LOOKS_EVERY.1);
    loop {
        tokio::time::sleep(every).await;
        let Some(pool) = pool.upgrade() else { return };
        if pool.is_closed() {
            return;
        }
        // Dropped, they are closed.
        let keeps = |link: &Link| !link.marks.broken && !core.is_old(link) && !core.is_idle(link);
        drop(pool.retain(|link, _| keeps(link)).removed);
        core.keep_spares(keeps);
    }
}
