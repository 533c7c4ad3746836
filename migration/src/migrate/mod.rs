//! Applies and reverts the migrations of any [`MigratorTrait`], and says where a database stands.
//!
//! Unlike `SeaORM`'s own executor, each migration runs in a transaction on `SQLite` too, so that one
//! that fails leaves the database as it was; what is only read is not created first; and a
//! database that is ahead of the program is a typed error. The record stays `SeaORM`'s own table,
//! readable by plain `sea-orm-migration`.
mod event;
mod fresh;
mod record;
mod status;
mod step;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend};

use crate::error::Error;
use record::Record;
use step::{History, step};

pub use event::{Direction, Event, Observer};
pub use status::{State, Status, status};

/// What a command did, and what is left to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many migrations were applied.
    pub applied: usize,
    /// How many migrations were reverted.
    pub reverted: usize,
    /// How many migrations the program has that the database has not.
    pub pending: usize,
}

/// Applies pending migrations, oldest first; all of them when `limit` is `None`.
///
/// # Errors
///
/// [`Error::NewerSchema`] before anything is changed; [`Error::MigrationFailed`] with the
/// migrations before it applied.
pub async fn up<M: MigratorTrait>(
    db: &DatabaseConnection,
    limit: Option<u32>,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let history = History::read::<M>(db).await?;
    let mut installed = history.installed;
    let chosen = limit_to(history.pending.len(), limit);
    let mut report = Report {
        pending: history.pending.len(),
        ..Report::default()
    };
    for (index, migration) in history.pending.iter().take(chosen).enumerate() {
        let name = migration.name();
        observer(Event::Started {
            name,
            direction: Direction::Up,
            position: index + 1,
            of: chosen,
        });
        let done = step::<M>(db, migration.as_ref(), Direction::Up, installed).await?;
        installed = true;
        observer(done.event(name, Direction::Up));
        report.applied += usize::from(done.changed);
        report.pending -= 1;
    }
    Ok(report)
}

/// Reverts applied migrations, newest first; all of them when `limit` is `None`.
///
/// # Errors
///
/// [`Error::NewerSchema`] before anything is changed; [`Error::MigrationFailed`] with the
/// migrations after it reverted.
pub async fn down<M: MigratorTrait>(
    db: &DatabaseConnection,
    limit: Option<u32>,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let history = History::read::<M>(db).await?;
    let chosen = limit_to(history.applied.len(), limit);
    let mut report = Report {
        pending: history.pending.len(),
        ..Report::default()
    };
    for (index, migration) in history.applied.iter().rev().take(chosen).enumerate() {
        let name = migration.name();
        observer(Event::Started {
            name,
            direction: Direction::Down,
            position: index + 1,
            of: chosen,
        });
        let done = step::<M>(db, migration.as_ref(), Direction::Down, history.installed).await?;
        observer(done.event(name, Direction::Down));
        report.reverted += usize::from(done.changed);
        report.pending += 1;
    }
    Ok(report)
}

/// Reverts every applied migration, then applies all.
///
/// # Errors
///
/// As [`down`] and [`up`].
pub async fn refresh<M: MigratorTrait>(
    db: &DatabaseConnection,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let reverted = down::<M>(db, None, observer).await?.reverted;
    let report = up::<M>(db, None, observer).await?;
    Ok(Report { reverted, ..report })
}

/// Reverts every applied migration and drops the record of them: nothing of ours is left.
///
/// # Errors
///
/// As [`down`].
pub async fn reset<M: MigratorTrait>(
    db: &DatabaseConnection,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let report = down::<M>(db, None, observer).await?;
    Record::<M>::new().drop(db).await?;
    Ok(report)
}

/// Drops everything in the schema, whoever made it, then applies every migration.
///
/// What belongs to an extension stays, and so does every other schema: when something elsewhere
/// depends on what would be dropped, nothing is.
///
/// # Errors
///
/// [`Error::Database`] when something outside the schema depends on it; else as [`up`].
pub async fn fresh<M: MigratorTrait>(
    db: &DatabaseConnection,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let objects = fresh::drop_everything(db).await?;
    observer(Event::Dropped { objects });
    up::<M>(db, None, observer).await
}

/// Makes the roles of the schema that are missing and gives the tables what they lack for them, in one transaction: see
/// [`isolation::apply`](crate::isolation::apply). Does nothing on `SQLite`.
///
/// # Errors
///
/// What the database refuses.
pub async fn isolate(db: &DatabaseConnection) -> Result<(), Error> {
    if db.get_database_backend() == DbBackend::Postgres {
        let transaction = step::begin(db).await?;
        crate::isolation::apply(&transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

fn limit_to(available: usize, limit: Option<u32>) -> usize {
    match limit.map(usize::try_from) {
        Some(Ok(limit)) => available.min(limit),
        // More than fits into the address space is all of them.
        Some(Err(_)) | None => available,
    }
}
