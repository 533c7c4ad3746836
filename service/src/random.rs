//! Randomness, injected: ids and secrets come from here alone.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

/// A cryptographically secure generator (`ChaCha`, seeded by the operating system). Clones share its state.
#[derive(Clone)]
pub struct Random(Arc<Mutex<StdRng>>);

impl Random {
    /// Seeded by the operating system.
    #[must_use]
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where a generator is made"
        )]
        let rng: StdRng = rand::make_rng();
        Self(Arc::new(Mutex::new(rng)))
    }

    /// Gives the same sequence for the same seed. For tests and demonstration data: what it makes can be foretold.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where a generator is made"
        )]
        let rng = StdRng::seed_from_u64(seed);
        Self(Arc::new(Mutex::new(rng)))
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.with(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }

    /// A number below `bound`, each equally likely. `bound` of 0 gives 0.
    #[must_use]
    pub fn below(&self, bound: usize) -> usize {
        if bound == 0 {
            return 0;
        }
        self.with(|rng| rng.random_range(0..bound))
    }

    fn with<T>(&self, f: impl FnOnce(&mut StdRng) -> T) -> T {
        // A panic elsewhere cannot leave the generator in a state that matters.
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Random {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}
