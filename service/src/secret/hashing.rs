//! What a password hash costs, and how many are made at once.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use crate::error::{Error, Result};

/// The cost of a password hash (`Argon2id`, RFC 9106), and how many are made at once.
///
/// The default is the one that OWASP's Password Storage Cheat Sheet recommends: 19 MiB, 2 passes, 1 lane. Less than what
/// that page allows is refused. Hashes made at another cost verify, and are replaced at sign-in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hashing {
    /// Memory of one hash, in KiB, up to 1 GiB.
    pub memory_kib: u32,
    /// Passes over that memory, up to 64. Fewer take more memory: 1 from 46 MiB on, 2 from 19, 3 from 12, 4 from 9, 5 from 7.
    pub passes: u32,
    /// Lanes, 1 to 16. They are worked through one after the other.
    pub lanes: u32,
    /// Most hashes made at once; each takes a thread and the memory. Default: one per core.
    pub concurrency: usize,
    /// Most callers that wait for their turn; whoever comes then gets [`Error::Busy`].
    pub queue: usize,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
            concurrency: available_parallelism().map_or(1, NonZeroUsize::get),
            queue: 256,
        }
    }
}

/// Memory and passes that resist guessing alike (OWASP Password Storage Cheat Sheet).
const FLOOR: [(u32, u32); 5] = [
    (47_104, 1),
    (19_456, 2),
    (12_288, 3),
    (9_216, 4),
    (7_168, 5),
];

impl Hashing {
    pub(crate) fn check(&self) -> Result<()> {
        let refused = |setting, reason: &str| {
            Err(Error::Config {
                setting,
                reason: reason.to_owned(),
            })
        };
        let enough = FLOOR
            .iter()
            .any(|(memory, passes)| self.memory_kib >= *memory && self.passes >= *passes);
        if !enough || self.memory_kib > 1 << 20 {
            return refused(
                "PASSWORD_HASHING_MEMORY",
                "must be 19456 KiB at 2 passes (7168 at 5 is the least, 1048576 the most)",
            );
        }
        if self.passes > 64 {
            return refused("PASSWORD_HASHING_PASSES", "is more than 64");
        }
        if !(1..=16).contains(&self.lanes) {
            return refused("PASSWORD_HASHING_LANES", "must be 1 to 16");
        }
        if !(1..=1024).contains(&self.concurrency) {
            return refused("PASSWORD_HASHING_CONCURRENCY", "must be 1 to 1024");
        }
        if self.queue > 1_000_000 {
            return refused("PASSWORD_HASHING_QUEUE", "is more than 1000000");
        }
        Ok(())
    }
}
