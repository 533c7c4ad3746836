//! The turn to migrate: one migrator at a time, in one schema of one database.
//!
//! It is asked for again and again, with pauses that grow, and never waited for inside the database: a statement that
//! waits holds a snapshot, for which a concurrent index build waits in its turn. It goes with the process that has it.
mod file;
mod server;

use std::time::{Duration, Instant};

use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend};

use super::event::{Event, Observer};
use super::holder::Holder;
use super::pause::Pause;
use crate::error::Error;

pub(crate) use server::KEY;

/// How often the lock is asked for, at least.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// While this is held, nobody else migrates.
pub(super) enum Turn {
    Server(server::Held),
    File(file::Held),
    /// A database that nobody else can open, or a folder in which no lock can be left: `SQLite`'s own locks suffice for
    /// migrations in transactions.
    Alone,
}

impl Turn {
    /// Waits for it at most `timeout`, and tells the observer for whom.
    pub(super) async fn take(
        db: &DatabaseConnection,
        timeout: Duration,
        observer: &mut Observer<'_>,
    ) -> Result<Self, Error> {
        let started = Instant::now();
        let mut pause = Pause::new(Duration::from_millis(20), LONGEST_PAUSE);
        let mut told = None;
        loop {
            let holder = match Self::try_take(db).await? {
                Ok(turn) => return Ok(turn),
                Err(holder) => holder,
            };
            if told.as_ref() != Some(&holder) {
                observer(Event::Waiting { holder: &holder });
                told = Some(holder.clone());
            }
            let Some(left) = timeout
                .checked_sub(started.elapsed())
                .filter(|left| !left.is_zero())
            else {
                return Err(Error::LockTimeout {
                    holder,
                    after: timeout,
                });
            };
            tokio::time::sleep(pause.next().min(left)).await;
        }
    }

    async fn try_take(db: &DatabaseConnection) -> Result<Result<Self, Holder>, Error> {
        if db.get_database_backend() == DbBackend::Postgres {
            return Ok(server::try_take(db).await?.map(Self::Server));
        }
        let Some(path) = file::path(db).await? else {
            return Ok(Ok(Self::Alone));
        };
        Ok(match file::try_take(&path)? {
            Some(taken) => taken.map(Self::File),
            None => Ok(Self::Alone),
        })
    }

    /// Gives it to the next.
    pub(super) async fn release(self) -> Result<(), Error> {
        match self {
            Self::Server(held) => held.release().await?,
            Self::File(held) => held.release(),
            Self::Alone => {}
        }
        Ok(())
    }
}
