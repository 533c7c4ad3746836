//! Makes connections for the pool, and says which are too old.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use sea_orm::sqlx::Error as SqlxError;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use super::Core;
use super::link::Link;

/// How long a server that is not up yet is left alone: at first, and at most.
const ASK_AGAIN_AFTER: (Duration, Duration) =
    (Duration::from_millis(10), Duration::from_millis(100));

pub(super) struct Manager {
    pub(super) core: Arc<Core>,
}

impl managed::Manager for Manager {
    type Type = Link;
    type Error = SqlxError;

    /// Connecting goes on in a task of its own, so that it outlives a caller who does not wait for it: what it makes is
    /// then kept as a spare.
    async fn create(&self) -> Result<Link, SqlxError> {
        let core = &self.core;
        let permit = loop {
            let spare_came = core.spare_came.notified();
            if let Some(spare) = core.take_spare() {
                return Ok(spare);
            }
            tokio::select! {
                biased;
                // Never closed.
                permit = Arc::clone(&core.permits).acquire_owned() => {
                    break permit.map_err(|_| SqlxError::PoolClosed)?;
                }
                () = spare_came => {}
            }
        };
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(connect(Arc::clone(core), permit, sender));
        Awaited {
            core,
            receiver: Some(receiver),
        }
        .link()
        .await
    }

    async fn recycle(&self, link: &mut Link, _: &Metrics) -> RecycleResult<SqlxError> {
        if link.is_clean() && !self.core.is_old(link) {
            Ok(())
        } else {
            Err(RecycleError::message("too old"))
        }
    }
}

/// A connection that is being made for somebody.
struct Awaited<'a> {
    core: &'a Arc<Core>,
    receiver: Option<oneshot::Receiver<Result<Link, SqlxError>>>,
}

impl Awaited<'_> {
    async fn link(mut self) -> Result<Link, SqlxError> {
        let Some(receiver) = &mut self.receiver else {
            return Err(SqlxError::PoolClosed);
        };
        let made = receiver.await;
        self.receiver = None;
        // It ended without a word: the runtime is shutting down.
        made.unwrap_or(Err(SqlxError::PoolClosed))
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let Some(mut receiver) = self.receiver.take() else {
            return;
        };
        receiver.close();
        if let Ok(Ok(link)) = receiver.try_recv() {
            self.core.keep(link);
        }
    }
}

async fn connect(
    core: Arc<Core>,
    permit: OwnedSemaphorePermit,
    sender: oneshot::Sender<Result<Link, SqlxError>>,
) {
    let by = Instant::now() + core.connect_timeout;
    let mut wait = ASK_AGAIN_AFTER.0;
    let mut permit = Some(permit);
    loop {
        // What is older than a failure that comes meanwhile is looked at before it is used.
        let epoch = core.epoch.load(Ordering::Acquire);
        let error = match timeout_at(by, core.address.connect()).await {
            Ok(Ok(wire)) => {
                core.refused(None);
                let Some(permit) = permit.take() else { return };
                let link = Link::new(wire, permit, Arc::clone(&core), epoch);
                if let Err(Ok(link)) = sender.send(Ok(link)) {
                    core.keep(link);
                }
                return;
            }
            Ok(Err(error)) => error,
            Err(_) => SqlxError::Io(io::Error::new(
                io::ErrorKind::TimedOut,
                "the server does not answer",
            )),
        };
        if !passes(&error) || sender.is_closed() || Instant::now() >= by {
            // Before the caller is told, who may ask for another one.
            drop(permit.take());
            let _ = sender.send(Err(error));
            return;
        }
        core.refused(Some(&error));
        sleep(wait).await;
        wait = (wait * 2).min(ASK_AGAIN_AFTER.1);
    }
}

/// Whether the server may think better of it: it is not up yet, is starting or ending, or has no room at the moment.
pub(in crate::db) fn passes(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                // The directory of a socket that is made anew.
                | io::ErrorKind::NotFound
        ),
        SqlxError::Database(error) => matches!(
            error.code().as_deref(),
            Some("57P01" | "57P02" | "57P03" | "53300")
        ),
        _ => false,
    }
}
