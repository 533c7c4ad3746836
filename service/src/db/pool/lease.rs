//! A connection in somebody's hands.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool::managed::Object;
use futures_util::TryStreamExt as _;
use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, QueryResult, RuntimeErr, Statement};
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, timeout};

use super::ask::{Answer, Ask, exec};
use super::link::{Link, SWEEP};
use super::manager::Manager;
use super::salvage::salvage;
use super::status::count;
use super::wire::Verdict;
use super::{Core, trace};
use crate::db::opening::Opening;

/// How long a connection may take to show that it works.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// How long a connection may have been idle and be trusted all the same.
const DOUBTED_AFTER: Duration = Duration::from_secs(1);

/// A connection that is given back when it is dropped: at once when nothing is left to do on it, else after it has been
/// brought back into order in the background.
pub(in crate::db) struct Lease {
    held: Option<Held>,
    /// What became of the last statement.
    last: Last,
}

/// A connection that counts as in use.
pub(super) struct Held {
    pub(super) object: Object<Manager>,
    core: Arc<Core>,
    /// The turn to write to `SQLite`, kept until nothing is left of what was written.
    pub(super) writer: Option<OwnedMutexGuard<()>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.core.gauges.in_use.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy, Default)]
struct Last {
    verdict: Option<Verdict>,
    /// The answer was there at once.
    eager: bool,
}

impl Lease {
    pub(super) fn new(
        object: Object<Manager>,
        core: Arc<Core>,
        writer: Option<OwnedMutexGuard<()>>,
    ) -> Self {
        core.gauges.in_use.fetch_add(1, Ordering::Relaxed);
        Self {
            held: Some(Held {
                object,
                core,
                writer,
            }),
            last: Last::default(),
        }
    }

    pub(super) fn link(&mut self) -> Result<&mut Link, SqlxError> {
        match &mut self.held {
            Some(held) => Ok(&mut held.object),
            None => Err(SqlxError::PoolClosed),
        }
    }

    /// Whether it works, asked where there is reason to doubt.
    pub(super) async fn works(&mut self) -> bool {
        let Ok(link) = self.link() else { return false };
        let epoch = link.core().epoch.load(Ordering::Acquire);
        if link.epoch == epoch && link.used.elapsed() < DOUBTED_AFTER {
            return true;
        }
        let works = timeout(ANSWERS_WITHIN, link.settle()).await == Ok(true);
        if works {
            link.epoch = epoch;
        } else {
            link.marks.broken = true;
        }
        works
    }

    /// # Errors
    ///
    /// As the statement fails.
    pub(in crate::db) async fn ask(&mut self, ask: Ask<'_>) -> Result<Answer, DbErr> {
        let link = self.link().map_err(exec)?;
        let named = !link.core().address.pooled();
        link.marks.busy = true;
        let watch = trace::begin(ask.operation());
        let mut waited = false;
        let answer = {
            let mut answer =
                std::pin::pin!(watch.inside(link.wire().map_err(exec)?.answer(ask, named)));
            std::future::poll_fn(|context| {
                let polled = answer.as_mut().poll(context);
                waited |= polled.is_pending();
                polled
            })
            .await
        };
        link.marks.busy = false;
        watch.end(answer.as_ref().map(Answer::rows));
        self.last = Last {
            verdict: answer.as_ref().err().map(|error| link.judge(error)),
            eager: !waited,
        };
        answer.map_err(|error| ask.failed(error))
    }

    /// Sends the rows of a statement as they come, until nobody takes them any more.
    ///
    /// # Errors
    ///
    /// As the statement fails.
    pub(in crate::db) async fn stream(
        &mut self,
        statement: &Statement,
        rows: Sender<QueryResult>,
    ) -> Result<(), DbErr> {
        let ask = Ask::All(statement);
        let link = self.link().map_err(exec)?;
        let named = !link.core().address.pooled();
        link.marks.busy = true;
        let watch = trace::begin(ask.operation());
        let mut sent = 0;
        let read = watch.inside(async {
            let mut read = link.wire()?.rows(statement, named)?;
            while let Some(row) = read.try_next().await? {
                if rows.send(row).await.is_err() {
                    // What is left unread is read when the connection is brought into order.
                    return Ok(false);
                }
                sent += 1;
            }
            Ok(true)
        });
        let read: Result<bool, SqlxError> = read.await;
        watch.end(read.as_ref().map(|_| sent));
        if !matches!(read, Ok(false)) {
            link.marks.busy = false;
        }
        self.last = Last {
            verdict: read.as_ref().err().map(|error| link.judge(error)),
            eager: false,
        };
        read.map(drop).map_err(|error| ask.failed(error))
    }

    /// Begins a transaction. One round trip, whatever it opens with.
    ///
    /// # Errors
    ///
    /// Where it cannot begin. The connection is then closed, if it may have begun all the same.
    pub(in crate::db) async fn begin(&mut self, opening: &Opening) -> Result<(), DbErr> {
        let link = self.link().map_err(exec)?;
        let batch = opening.batch(&link.core().address);
        link.marks.transaction = true;
        link.marks.read_only = opening.marks_connection(&link.core().address);
        let begun = self.ask(Ask::Unprepared(&batch)).await.map(drop);
        if begun.is_err() {
            let busy = self.last.verdict == Some(Verdict::Conflict);
            let link = self.link().map_err(exec)?;
            if busy && link.core().is_sqlite() {
                link.marks.transaction = false;
                link.marks.read_only = false;
            } else {
                // BEGIN itself may have succeeded.
                link.marks.broken = true;
            }
        }
        begun
    }

    /// Ends the transaction, with `COMMIT` or `ROLLBACK`.
    pub(in crate::db) async fn end(&mut self, how: &'static str) -> Result<(), DbErr> {
        let link = self.link().map_err(exec)?;
        let sqlite = link.core().is_sqlite();
        let swept = link.marks.tainted && link.core().address.pooled();
        let with_sweep = format!("{how}; {SWEEP}");
        let text = match (link.marks.read_only, how) {
            _ if swept => with_sweep.as_str(),
            (true, "COMMIT") => "COMMIT; PRAGMA query_only = OFF",
            (true, _) => "ROLLBACK; PRAGMA query_only = OFF",
            (false, how) => how,
        };
        let ended = self.ask(Ask::Unprepared(text)).await.map(drop);
        let link = self.link().map_err(exec)?;
        if swept && ended.is_err() {
            // Not all of it was done, and the pooler gives its connection to others.
            link.marks.broken = true;
        }
        // A transaction that PostgreSQL does not commit is over, one that SQLite does not is open.
        if ended.is_ok() || !sqlite {
            link.marks.transaction = false;
            link.marks.read_only = false;
        }
        ended
    }

    /// One statement that is a unit of work by itself. A pooler keeps to one connection only inside a transaction.
    pub(super) async fn unit(&mut self, ask: Ask<'_>) -> Result<Answer, DbErr> {
        if ask.leaves_traces() {
            self.taint();
        }
        let pooled = self.link().map_err(exec)?.core().address.pooled();
        if !pooled {
            return self.ask(ask).await;
        }
        self.begin(&Opening::default()).await?;
        match self.ask(ask).await {
            Ok(answer) => self.end("COMMIT").await.map(|()| answer),
            Err(error) => {
                let last = self.last;
                // Where it cannot be said now, the connection is brought into order later.
                let _ = self.end("ROLLBACK").await;
                self.last = last;
                Err(error)
            }
        }
    }

    /// Reads what a statement whose future was dropped has left unread.
    pub(in crate::db) async fn settle(&mut self) -> Result<(), DbErr> {
        let link = self.link().map_err(exec)?;
        if !link.marks.busy || link.settle().await {
            return Ok(());
        }
        let error = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
        Err(DbErr::Conn(RuntimeErr::SqlxError(
            SqlxError::Io(error).into(),
        )))
    }

    /// Whether the last statement ended in a conflict with another transaction.
    pub(in crate::db) fn conflicted(&self) -> bool {
        self.last.verdict == Some(Verdict::Conflict)
    }

    /// Whether the server ended the connection, saying that it did nothing of the last statement.
    pub(super) fn was_ended(&self) -> bool {
        self.last.verdict == Some(Verdict::Ended)
    }

    /// Whether the connection was lost at the last statement.
    pub(in crate::db) fn was_lost(&self) -> bool {
        matches!(self.last.verdict, Some(Verdict::Ended | Verdict::Broken))
    }

    /// Whether the last answer was there at once.
    pub(in crate::db) fn was_eager(&self) -> bool {
        self.last.eager
    }

    /// The turn to write, of a connection that was of no use.
    pub(super) fn give_up_writer(&mut self) -> Option<OwnedMutexGuard<()>> {
        self.held.as_mut()?.writer.take()
    }

    /// Has the connection reset before anybody else gets it.
    pub(in crate::db) fn taint(&mut self) {
        if let Ok(link) = self.link() {
            link.marks.tainted = true;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut held) = self.held.take() else {
            return;
        };
        let link: &mut Link = &mut held.object;
        if link.is_clean() {
            link.used = Instant::now();
            return;
        }
        if link.marks.broken {
            count(&link.core().gauges.lost);
            link.part();
        } else if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(salvage(held));
        } else {
            // Without a runtime nothing can be put in order.
            link.part();
        }
    }
}
