//! Brings connections back into order: after work that was dropped half-way, and after work that may have left traces.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::lease::Held;
use super::link::Link;
use super::status::count;

/// How long the server may take to be done with what nobody waits for any more. Longer, and a new connection is sooner
/// at hand.
const DONE_WITHIN: Duration = Duration::from_millis(250);

/// How long a reset may take.
const RESET_WITHIN: Duration = Duration::from_secs(2);

pub(super) async fn salvage(mut held: Held) {
    let link: &mut Link = &mut held.object;
    let core = Arc::clone(link.core());
    let dropped = link.marks.busy || link.marks.transaction;
    // What it is known to have outlived, once it is in order.
    let epoch = core.epoch.load(Ordering::Acquire);
    let fit = !link.marks.broken && in_order(link, core.address.in_memory()).await;
    let fit = fit && (!link.marks.tainted || timeout(RESET_WITHIN, link.reset()).await == Ok(true));
    link.used = Instant::now();
    if !fit {
        count(&core.gauges.lost);
        link.part();
    } else if dropped {
        link.epoch = epoch;
        count(&core.gauges.salvaged);
    }
}

async fn in_order(link: &mut Link, in_memory: bool) -> bool {
    if in_memory {
        // The data would go with the connection.
        return link.mend().await;
    }
    timeout(DONE_WITHIN, link.mend()).await == Ok(true)
}
