//! Reverts migrations.
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};

use super::checksums::Checksums;
use super::event::{Direction, Event, Observer};
use super::history::History;
use super::objects::{refuse_references, refuse_taken};
use super::options::Options;
use super::problem::Problem;
use super::record::Record;
use super::rehearsal::refuse_dependents;
use super::step::Step;
use super::up::up_alone;
use super::{Report, all, alone, hold_roles, limit_to};
use crate::citus::refuse_whole;
use crate::error::Error;

/// Reverts applied migrations, newest first.
///
/// # Errors
///
/// As [`up`](super::up), but that a migration was changed or is out of order does not matter; [`Error::InUse`], with nothing
/// reverted, when something that is not ours depends on what would be dropped; [`Error::MigrationFailed`] with the migrations
/// after it reverted.
pub async fn down<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let history = History::read::<M>(db).await?;
    history.refuse(is_unknown)?;
    if history.applied.is_empty() {
        return Ok(Report {
            pending: history.pending.len(),
            ..Report::default()
        });
    }
    alone::<M, _>(db, options, observer, async |db, observer| {
        down_alone::<M>(db, options, observer).await
    })
    .await
}

async fn down_alone<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let history = History::read::<M>(db).await?;
    history.refuse(is_unknown)?;
    let chosen = limit_to(history.applied.len(), options.limit);
    refuse_whole(db).await?;
    refuse_references(db, &history.applied, chosen).await?;
    let newest = history.applied.iter().rev().take(chosen);
    let newest: Vec<_> = newest.map(AsRef::as_ref).collect();
    refuse_dependents(db, &newest, options, observer).await?;
    let mut report = Report {
        pending: history.pending.len(),
        ..Report::default()
    };
    let installed = history.installed && history.checksums.installed;
    for (index, migration) in history.applied.iter().rev().take(chosen).enumerate() {
        let name = migration.name();
        let direction = Direction::Down;
        observer(Event::Started {
            name,
            direction,
            position: index + 1,
            of: chosen,
        });
        let step = Step {
            db,
            migration: migration.as_ref(),
            direction,
            installed,
            options,
        };
        let done = step.run::<M>(observer).await?;
        observer(done.event(name, direction));
        report.reverted += usize::from(done.changed);
        report.pending += 1;
    }
    Ok(report)
}

/// Reverts every applied migration, then applies all.
///
/// # Errors
///
/// [`Error::NotOurs`], with nothing reverted, when something has a name that a pending migration wants; else as [`down`] and
/// [`up`](super::up).
pub async fn refresh<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let options = &all(options);
    alone::<M, _>(db, options, observer, async |db, observer| {
        refuse_taken::<M>(db, &History::read::<M>(db).await?).await?;
        hold_roles::<M>(db).await?;
        let reverted = down_alone::<M>(db, options, observer).await?.reverted;
        let report = up_alone::<M>(db, options, &|_| Ok(()), observer).await?;
        Ok(Report { reverted, ..report })
    })
    .await
}

/// Reverts every applied migration and drops the record of them: nothing of ours is left.
///
/// # Errors
///
/// As [`down`].
pub async fn reset<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let options = &all(options);
    alone::<M, _>(db, options, observer, async |db, observer| {
        let report = down_alone::<M>(db, options, observer).await?;
        Record::<M>::new().drop(db).await?;
        db.execute_unprepared(&Checksums::of::<M>().drop()).await?;
        Ok(report)
    })
    .await
}

/// A migration that this program does not have stands in the way of reverting those before it.
pub(super) fn is_unknown(problem: &Problem) -> bool {
    matches!(problem, Problem::Newer { .. } | Problem::Missing { .. })
}
