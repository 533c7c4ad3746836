//! One migration, applied or reverted as a whole.
use std::time::{Duration, Instant};

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

use super::checksum;
use super::checksums::Checksums;
use super::event::{Direction, Event, Observer};
use super::options::Options;
use super::pause::Pause;
use super::planted;
use super::record::Record;
use super::record_tables;
use crate::citus::IN_TURN;
use crate::error::{Aftermath, Condition, Error, code, describe};

/// What to do, and what is known about the database.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) db: &'a DatabaseConnection,
    pub(super) migration: &'a dyn MigrationTrait,
    pub(super) direction: Direction,
    /// Whether both tables of the record are there.
    pub(super) installed: bool,
    pub(super) options: &'a Options,
}

/// How one migration went.
pub(super) struct Done {
    /// `false` when another process had been faster.
    pub(super) changed: bool,
    elapsed: Duration,
}

impl Done {
    pub(super) fn event<'a>(&self, name: &'a str, direction: Direction) -> Event<'a> {
        if self.changed {
            Event::Finished {
                name,
                direction,
                elapsed: self.elapsed,
            }
        } else {
            Event::Skipped { name, direction }
        }
    }
}

impl Step<'_> {
    /// Runs the migration and keeps the record, both or neither: in a transaction on either backend, unless the
    /// migration itself says that it cannot be. Where a lock is in the way it steps back and tries again.
    pub(super) async fn run<M: MigratorTrait>(
        self,
        observer: &mut Observer<'_>,
    ) -> Result<Done, Error> {
        let started = Instant::now();
        let mut pause = Pause::new(Duration::from_millis(100), Duration::from_secs(5));
        loop {
            let left = self.options.lock_timeout.saturating_sub(started.elapsed());
            let limit = self.options.table_lock_timeout.min(left);
            match self.attempt::<M>(limit.max(Duration::from_millis(1))).await {
                Ok(changed) => {
                    return Ok(Done {
                        changed,
                        elapsed: started.elapsed(),
                    });
                }
                Err(error) => {
                    let pause = pause.next();
                    if !error.is_lock() || started.elapsed() + pause >= self.options.lock_timeout {
                        return Err(error);
                    }
                    observer(Event::Retrying {
                        name: self.migration.name(),
                        pause,
                    });
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn attempt<M: MigratorTrait>(self, lock_limit: Duration) -> Result<bool, Error> {
        let Self { db, migration, .. } = self;
        if migration.use_transaction() == Some(false) {
            limits(db, "", lock_limit, self.options.statement_timeout).await?;
            let manager = SchemaManager::new(db);
            return self.execute::<M, _>(db, &manager).await;
        }
        if db.get_database_backend() == DbBackend::Sqlite {
            // Already for its beginning.
            limits(db, "", lock_limit, None).await?;
        }
        let transaction = begin(db).await?;
        if db.get_database_backend() == DbBackend::Postgres {
            limits(
                &transaction,
                "LOCAL ",
                lock_limit,
                self.options.statement_timeout,
            )
            .await?;
        }
        let manager = SchemaManager::new(&transaction);
        match self.execute::<M, _>(&transaction, &manager).await {
            Ok(changed) => match transaction.commit().await {
                Ok(()) => Ok(changed),
                // A deferred constraint speaks up only now, and undoes everything. Without an answer
                // nobody knows.
                Err(error) if code(&error).is_some() => Err(self.failed(Aftermath::Undone, error)),
                Err(error) => Err(self.failed(Aftermath::Unknown, error)),
            },
            Err(error) => {
                // When this fails too, the connection is gone, and the transaction with it; or
                // SQLite has rolled back on its own.
                let _ = transaction.rollback().await;
                Err(explained(error))
            }
        }
    }

    async fn execute<M: MigratorTrait, C: ConnectionTrait>(
        self,
        db: &C,
        manager: &SchemaManager<'_>,
    ) -> Result<bool, Error> {
        let Self {
            migration,
            direction,
            ..
        } = self;
        let (record, checksums) = (Record::<M>::new(), Checksums::of::<M>());
        if !self.installed {
            record.install(db).await?;
            db.execute_unprepared(&checksums.create(db.get_database_backend()))
                .await?;
            // Somebody may have been faster than we.
            planted::refuse_records(db, &record_tables::<M>()).await?;
        }
        let name = migration.name();
        let wanted = direction == Direction::Up;
        if record.has(db, name).await? == wanted {
            return Ok(false);
        }
        match direction {
            Direction::Up => migration.up(manager).await,
            Direction::Down => migration.down(manager).await,
        }
        .map_err(|error| {
            let aftermath = if migration.use_transaction() == Some(false) {
                Aftermath::Left
            } else {
                Aftermath::Undone
            };
            self.failed(aftermath, error)
        })?;
        match direction {
            Direction::Up => {
                let checksum = checksum::of(migration, db.get_database_backend()).await;
                record.insert(db, name).await?;
                db.execute_unprepared(&checksums.keep(name, &checksum))
                    .await?;
            }
            Direction::Down => {
                record.delete(db, name).await?;
                db.execute_unprepared(&checksums.forget(name)).await?;
            }
        }
        Ok(true)
    }

    fn failed(self, aftermath: Aftermath, source: DbErr) -> Error {
        Error::MigrationFailed {
            name: self.migration.name().to_owned(),
            direction: self.direction,
            aftermath,
            source: Box::new(source.into()),
        }
    }
}

/// Names what adopts a database whose tables are there and whose record is not.
fn explained(error: Error) -> Error {
    let Error::MigrationFailed {
        name,
        direction: Direction::Up,
        aftermath,
        source,
    } = error
    else {
        return error;
    };
    let source = match *source {
        Error::Database(source) if is_there_already(&source) => Error::NotRecorded {
            reason: describe(&source),
            source,
        },
        source => source,
    };
    Error::MigrationFailed {
        name,
        direction: Direction::Up,
        aftermath,
        source: Box::new(source),
    }
}

fn is_there_already(error: &DbErr) -> bool {
    code(error).is_some_and(|code| match Condition::of(&code) {
        Condition::Exists => true,
        // SQLite's code for whatever is wrong with a statement.
        _ => code == "1" && describe(error).contains("already exists"),
    })
}

/// Sets how long a statement may wait for a lock, and how long it may run.
async fn limits<C: ConnectionTrait>(
    db: &C,
    scope: &str,
    lock: Duration,
    statement: Option<Duration>,
) -> Result<(), DbErr> {
    let lock = lock.as_millis();
    let sql = match (db.get_database_backend(), statement) {
        (DbBackend::Postgres, Some(statement)) => format!(
            "SET {scope}lock_timeout = {lock}; SET {scope}statement_timeout = {}",
            statement.as_millis().max(1)
        ),
        (DbBackend::Postgres, None) => format!("SET {scope}lock_timeout = {lock}"),
        _ => format!("PRAGMA busy_timeout = {lock}"),
    };
    db.execute_unprepared(&sql).await.map(drop)
}

/// Begins a transaction that is a writer from the start.
///
/// `SQLite`'s default one becomes a writer at its first write, and then fails at once, whatever the
/// busy timeout, when somebody else wrote since its first read. On Citus it goes from shard to shard.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if db.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(IN_TURN).await?;
    }
    Ok(transaction)
}
