//! How many jobs run at once off the async runtime, and how many callers wait.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::error::{Error, Result};

/// Lets a number of jobs run at once, a number of callers wait, in order, and turns away the rest.
pub(super) struct Gate {
    /// One for each caller that is let in.
    places: Arc<Semaphore>,
    /// One for each job that runs.
    turns: Arc<Semaphore>,
}

/// What a job holds while it runs. The turn goes first: a caller that is let in then has a place to wait.
struct Held {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Gate {
    /// `concurrency` jobs at once, and `queue` callers that wait.
    pub(super) fn new(concurrency: usize, queue: usize) -> Self {
        let places = concurrency
            .saturating_add(queue)
            .min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            turns: Arc::new(Semaphore::new(concurrency.min(places))),
        }
    }

    /// Runs `job` on a thread where it may block, in its turn. A job that has begun is finished even where nobody waits for
    /// it any more, and counts until then.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`], at once, where as many wait as may, and where the job did not come to an end.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Error::Busy)?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy)?;
        let held = Held {
            _turn: turn,
            _place: place,
        };
        spawn_blocking(move || {
            let result = job();
            drop(held);
            result
        })
        .await
        .map_err(|error| {
            // It says that a job panicked or was cancelled, not with what.
            tracing::error!(
                cancelled = error.is_cancelled(),
                "hashing of a password did not come to an end"
            );
            Error::Busy
        })
    }
}
