//! Rows as they come, for results that are not to be held in memory whole.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::future::BoxFuture;
use sea_orm::{DbBackend, DbErr, QueryResult, Statement, StreamTrait};
use tokio::sync::{OwnedMutexGuard, mpsc};

use super::floor::Settings;
use super::open::{Line, ended};
use super::opening::Opening;
use super::own::By;
use super::pool::{Ask, Lease};
use super::{Db, On};

/// How many rows are read ahead.
const AHEAD: usize = 32;

/// The rows of one statement. It holds its connection until the last one is read or it is dropped; inside a transaction
/// nothing else can be asked meanwhile, and who waits for that is refused when the time to wait is over.
///
/// It reads. Where the statement needs a transaction of its own (behind a pooler; of a tenant, with `DATABASE_ISOLATION` set to
/// `database`) the server refuses one that writes, `INSERT … RETURNING` for example: that belongs in a transaction, or is
/// read whole.
pub struct RowStream {
    /// Reads rows and sends them here; driven by whoever waits for the next one. `None` when it is done.
    reading: Option<BoxFuture<'static, Result<(), DbErr>>>,
    rows: mpsc::Receiver<QueryResult>,
}

impl RowStream {
    fn new<F>(read: impl FnOnce(mpsc::Sender<QueryResult>) -> F) -> Self
    where
        F: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        let (sender, rows) = mpsc::channel(AHEAD);
        Self {
            reading: Some(Box::pin(read(sender))),
            rows,
        }
    }
}

impl Stream for RowStream {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Poll::Ready(Some(row)) = this.rows.poll_recv(context) {
            return Poll::Ready(Some(Ok(row)));
        }
        if let Some(reading) = &mut this.reading
            && let Poll::Ready(done) = reading.as_mut().poll(context)
        {
            this.reading = None;
            if let Err(error) = done {
                return Poll::Ready(Some(Err(error)));
            }
        }
        this.rows.poll_recv(context).map(|row| row.map(Ok))
    }
}

impl fmt::Debug for RowStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").finish_non_exhaustive()
    }
}

/// A transaction's connection while its rows are read.
struct Reading {
    line: Arc<Line>,
    guard: OwnedMutexGuard<Option<Lease>>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.line.set_streaming(false);
    }
}

impl StreamTrait for Db {
    type Stream<'a> = RowStream;

    fn get_database_backend(&self) -> DbBackend {
        self.shared.backend
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<RowStream, DbErr>> + 'a + Send>> {
        self.observe_statement(&statement);
        Box::pin(async move {
            self.check(By::Caller, &statement.sql)?;
            match &self.on {
                On::Pool => {
                    let pool = &self.shared.pool;
                    let settings = if self.is_to_be_shut() {
                        self.settings().await?
                    } else {
                        None
                    };
                    let mut lease = pool.lease_for(Ask::All(&statement)).await?;
                    if settings.is_some() || Ask::All(&statement).leaves_traces() {
                        lease.taint();
                    }
                    let begins = pool.is_pooled() || settings.is_some();
                    if begins {
                        // Whoever takes the last row need not ask for more: nobody would commit what was written.
                        let opening = Opening {
                            read_only: true,
                            locals: settings.iter().flat_map(Settings::locals).collect(),
                            ..Opening::default()
                        };
                        lease.begin(&opening).await?;
                    }
                    Ok(RowStream::new(|sender| async move {
                        lease.stream(&statement, sender).await?;
                        if begins {
                            lease.end("COMMIT").await?;
                        }
                        Ok(())
                    }))
                }
                On::Transaction(_) if self.is_to_be_shut() => Err(DbErr::Custom(
                    "rows of a tenant are read as they come in a transaction of the tenant: begin one".into(),
                )),
                On::Transaction(open) => {
                    let mut guard = open.turn().await?;
                    let line = Arc::clone(&open.line);
                    if let Some(lease) = guard.as_mut()
                        && line.taints(By::Caller, &Ask::All(&statement))
                    {
                        lease.taint();
                    }
                    line.set_streaming(true);
                    let mut reading = Reading { line, guard };
                    Ok(RowStream::new(|sender| async move {
                        let lease = reading.guard.as_mut().ok_or_else(ended)?;
                        reading.line.stream(lease, &statement, sender).await
                    }))
                }
            }
        })
    }
}
