//! One migration, applied or reverted as a whole.
use std::collections::HashSet;
use std::time::{Duration, Instant};

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

use super::event::{Direction, Event};
use super::record::{Entry, Record};
use crate::error::{Aftermath, Error, code};

/// The program's migrations beside the database's record of them.
pub(super) struct History {
    /// Whether the record's table is there.
    pub(super) installed: bool,
    /// Those not applied yet, oldest first.
    pub(super) pending: Vec<Box<dyn MigrationTrait>>,
    /// Those applied, oldest first.
    pub(super) applied: Vec<Box<dyn MigrationTrait>>,
}

impl History {
    /// Reads the record; creates nothing.
    pub(super) async fn read<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Self, Error> {
        let record = Record::<M>::new();
        let installed = record.exists(db).await?;
        let entries = if installed {
            record.read(db).await?
        } else {
            Vec::new()
        };
        let versions = unknown::<M>(&entries);
        if !versions.is_empty() {
            return Err(Error::NewerSchema { versions });
        }
        let recorded: HashSet<&str> = entries.iter().map(|entry| entry.version.as_str()).collect();
        let (applied, pending) = M::migrations()
            .into_iter()
            .partition(|migration| recorded.contains(migration.name()));
        Ok(Self {
            installed,
            pending,
            applied,
        })
    }
}

/// The recorded migrations that `M` does not have.
pub(super) fn unknown<M: MigratorTrait>(entries: &[Entry]) -> Vec<String> {
    let migrations = M::migrations();
    let known: HashSet<&str> = migrations
        .iter()
        .map(|migration| migration.name())
        .collect();
    entries
        .iter()
        .filter(|entry| !known.contains(entry.version.as_str()))
        .map(|entry| entry.version.clone())
        .collect()
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

/// Runs one migration and keeps the record, both or neither: in a transaction on either backend,
/// unless the migration itself says that it cannot be.
pub(super) async fn step<M: MigratorTrait>(
    db: &DatabaseConnection,
    migration: &dyn MigrationTrait,
    direction: Direction,
    installed: bool,
) -> Result<Done, Error> {
    let started = Instant::now();
    let changed = if migration.use_transaction() == Some(false) {
        let manager = SchemaManager::new(db);
        run::<M, _>(db, &manager, migration, direction, installed).await
    } else {
        let transaction = begin(db).await?;
        let manager = SchemaManager::new(&transaction);
        match run::<M, _>(&transaction, &manager, migration, direction, installed).await {
            Ok(changed) => match transaction.commit().await {
                Ok(()) => Ok(changed),
                // A deferred constraint speaks up only now, and undoes everything. Without an answer
                // nobody knows.
                Err(error) if code(&error).is_some() => {
                    Err(failed(migration, direction, Aftermath::Undone, error))
                }
                Err(error) => Err(failed(migration, direction, Aftermath::Unknown, error)),
            },
            Err(error) => {
                // When this fails too, the connection is gone, and the transaction with it; or
                // SQLite has rolled back on its own.
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }?;
    Ok(Done {
        changed,
        elapsed: started.elapsed(),
    })
}

async fn run<M: MigratorTrait, C: ConnectionTrait>(
    db: &C,
    manager: &SchemaManager<'_>,
    migration: &dyn MigrationTrait,
    direction: Direction,
    installed: bool,
) -> Result<bool, Error> {
    let record = Record::<M>::new();
    if !installed {
        record.install(db).await?;
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
        failed(migration, direction, aftermath, error)
    })?;
    match direction {
        Direction::Up => record.insert(db, name).await?,
        Direction::Down => record.delete(db, name).await?,
    }
    Ok(true)
}

fn failed(
    migration: &dyn MigrationTrait,
    direction: Direction,
    aftermath: Aftermath,
    source: DbErr,
) -> Error {
    Error::MigrationFailed {
        name: migration.name().to_owned(),
        direction,
        aftermath,
        source: Box::new(source.into()),
    }
}

/// Begins a transaction that is a writer from the start.
///
/// `SQLite`'s default one becomes a writer at its first write, and then fails at once, whatever the
/// busy timeout, when somebody else wrote since its first read.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Two migrators of one schema take turns, as they do on SQLite; the lock goes with the transaction.
        transaction
            .execute_unprepared(
                "SELECT pg_advisory_xact_lock(hashtextextended('migrations of ' || current_schema(), 0))",
            )
            .await?;
    }
    Ok(transaction)
}
