//! Transactions: what is done inside one is done whole or not at all.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::begin::Transaction;
use super::opening::{Isolation, Opening, TransactionOptions};
use super::pool::is_conflict;
use super::{Db, On};
use crate::error::Error;
use crate::random::Random;

/// How long work that met a conflict waits before it is done again: about this long, doubled each time, at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(500));

impl Db {
    /// Runs `work` in a transaction: all that it does through the [`Db`] it is given is kept if it returns `Ok`, and
    /// undone if it returns an error, panics or is dropped half-way.
    ///
    /// Inside a transaction it is a savepoint: an error undoes `work` alone. Of those that are begun on one [`Db`] at the
    /// same time, one waits for the other. What is run meanwhile on the [`Db`] around it falls inside the open savepoint
    /// and is undone with it; to begin another one there from within `work` would be to wait for oneself, until the time
    /// to wait for a connection is over. So `work` uses the [`Db`] it is given.
    ///
    /// A savepoint that is dropped while it is being kept (its `work` was done) may be a part of what is around it, or not:
    /// the transaction around it is then refused everything, and undone.
    ///
    /// On `SQLite` it is a writing transaction from its first statement on (`BEGIN IMMEDIATE`): what it read cannot
    /// change before it writes.
    ///
    /// The audit's events of what the verbs did inside are written just before the outermost one commits.
    ///
    /// # Errors
    ///
    /// What `work` returns; [`Error::NoConnection`] where no connection came free, or on `SQLite` no turn to write;
    /// [`Error::Database`] where the transaction cannot begin or end, and where `work` passed over an error of the database
    /// after which `PostgreSQL` keeps nothing.
    pub async fn transaction<T, E>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        self.attempt(Opening::default(), work).await.0
    }

    /// As [`transaction`](Self::transaction), with a choice of what it sees of others, whether it may write, and how often
    /// the work is done where it ends in a deadlock or a conflict with another transaction. `work` begins anew each time:
    /// what it changes outside the database, it changes again.
    ///
    /// # Errors
    ///
    /// As [`transaction`](Self::transaction), the last one where it was tried several times; [`Error::Invalid`] where
    /// `options` cannot hold: no attempt at all, or, inside an open transaction, more than that one gives (a savepoint
    /// cannot be isolated better, and no conflict is cured by doing its part again).
    pub async fn transaction_with<T, E>(
        &self,
        options: TransactionOptions,
        work: impl AsyncFnOnce(&Self) -> Result<T, E> + Clone,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let opening = Opening::of(options);
        self.check_attempts(options.attempts)?;
        let mut attempt = 1;
        loop {
            let (done, conflict) = self.attempt(opening.clone(), work.clone()).await;
            if done.is_ok() || !conflict || attempt == options.attempts {
                return done;
            }
            tokio::time::sleep(pause(attempt, &self.shared.random)).await;
            attempt += 1;
        }
    }

    /// Runs `work` once, in a transaction that opens as `opening` says. Also whether it met a conflict with another one.
    pub(crate) async fn attempt<T, E>(
        &self,
        opening: Opening,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> (Result<T, E>, bool)
    where
        E: From<Error>,
    {
        if let Err(error) = self.check_opening(&opening) {
            return (Err(error.into()), false);
        }
        let transaction = match Transaction::open(self, opening).await {
            Ok(transaction) => transaction,
            Err(error) => {
                let conflict = is_conflict(&error);
                return (Err(Error::from(error).into()), conflict);
            }
        };
        let line = Arc::clone(transaction.line());
        let done = match work(&transaction).await {
            Ok(done) => match transaction.keep().await {
                Ok(()) => Ok(done),
                Err(error) => Err(error.into()),
            },
            Err(error) => {
                transaction.undo().await;
                Err(error)
            }
        };
        let conflict = line.conflicted.load(Ordering::Acquire);
        (done, conflict)
    }

    fn check_attempts(&self, attempts: u32) -> Result<(), Error> {
        if attempts == 0 {
            return Err(Error::invalid("attempts", "is 0: it takes 1 or more"));
        }
        if attempts > 1 && self.in_transaction() {
            return Err(Error::invalid(
                "attempts",
                "is more than 1 inside an open transaction: only the whole of it can be done again",
            ));
        }
        Ok(())
    }

    /// Whether a savepoint of the open transaction gives what is asked for.
    pub(super) fn check_opening(&self, opening: &Opening) -> Result<(), Error> {
        let On::Transaction(open) = &self.on else {
            return Ok(());
        };
        let around = &open.line.opening;
        if !opening.locals.is_empty() && opening.locals != around.locals {
            // What a savepoint sets stays set when it is released.
            return Err(Error::invalid(
                "settings",
                "are asked for that the open transaction does not have",
            ));
        }
        let level = |opening: &Opening| opening.isolation.unwrap_or(Isolation::ReadCommitted);
        if level(opening) > level(around) && !open.line.core.is_sqlite() {
            return Err(Error::invalid(
                "isolation",
                "is better than that of the open transaction, which cannot change any more",
            ));
        }
        if opening.read_only && !around.read_only {
            return Err(Error::invalid(
                "read_only",
                "is asked for inside an open transaction that writes",
            ));
        }
        Ok(())
    }

    /// Has the connection of the open transaction reset before anybody else gets it: `DISCARD ALL` in the background,
    /// after the transaction has ended, and no prepared statement of it is known any more. For work that runs SQL which
    /// may leave something behind: settings, temporary tables, prepared statements. Nothing outside a transaction, and
    /// nothing behind a transaction pooler, whose connections are not ours to reset.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] where the transaction has ended.
    pub async fn reset_connection_afterwards(&self) -> Result<(), Error> {
        if let On::Transaction(open) = &self.on {
            let mut guard = open.lock().await?;
            if let Some(lease) = guard.as_mut() {
                lease.taint();
            }
        }
        Ok(())
    }
}

/// Between nothing and twice the mean, so that two who met do not meet again.
fn pause(attempt: u32, random: &Random) -> Duration {
    let most = WAITS.0.saturating_mul(1 << attempt.min(10)).min(WAITS.1);
    let micros = usize::try_from(most.as_micros()).unwrap_or(usize::MAX);
    let micros = random.below(micros);
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}
