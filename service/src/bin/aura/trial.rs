//! Doing something and taking it back, to see what it would do.

use service::{Db, Error, Result};

enum Undone<T> {
    Done(T),
    Failed(Error),
}

impl<T> From<Error> for Undone<T> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What `work` returns, none of which stays done.
pub(crate) async fn tried<T>(db: &Db, work: impl AsyncFnOnce(&Db) -> Result<T>) -> Result<T> {
    let undone = db
        .transaction(async |db| -> Result<(), Undone<T>> {
            let done = work(db).await?;
            Err(Undone::Done(done))
        })
        .await;
    match undone {
        Err(Undone::Done(done)) => Ok(done),
        Err(Undone::Failed(error)) => Err(error),
        // The work above never ends so.
        Ok(()) => Err(Error::NotFound),
    }
}
