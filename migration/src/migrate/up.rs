//! Applies migrations.
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};

use super::checksum;
use super::checksums::Checksums;
use super::event::{Direction, Event, Observer};
use super::history::History;
use super::options::Options;
use super::problem::Problem;
use super::record::Record;
use super::step::Step;
use super::{Report, alone, limit_to, refuse_strangers, takes_roles};
use crate::citus::refuse_whole;
use crate::error::Error;

/// Applies pending migrations, oldest first.
///
/// Any number of processes may do so at once, of one version or of several: one migrates, the others wait. On
/// `PostgreSQL` it works on one connection, of its own where `db` has several or may replace it, and the lock is that
/// connection's: it never stays behind.
///
/// # Errors
///
/// Before anything is changed: [`Error::NewerSchema`], [`Error::Inconsistent`], [`Error::LockTimeout`], [`Error::RolesTaken`],
/// [`Error::Planted`], [`Error::CitusWorker`], [`Error::NotDistributed`].
/// [`Error::MigrationFailed`] with the migrations before it applied.
pub async fn up<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let sound = |history: &History| {
        history.refuse(|problem| {
            !(options.out_of_order && matches!(problem, Problem::OutOfOrder { .. }))
        })
    };
    // Without a lock first: that there is nothing to do needs no right to write, and no turn.
    let history = History::read::<M>(db).await?;
    sound(&history)?;
    if history.pending.is_empty() && history.status.unchecked.is_empty() {
        return Ok(Report::default());
    }
    let idle = history.pending.is_empty();
    let outcome = alone::<M, _>(db, options, observer, async |db, observer| {
        up_alone::<M>(db, options, &sound, observer).await
    })
    .await;
    match outcome {
        // Only checksums were to be kept: the next one will.
        Err(error) if idle && error.is_lock() => Ok(Report::default()),
        outcome => outcome,
    }
}

/// As [`up`], once it is our turn.
pub(super) async fn up_alone<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    sound: &(dyn Fn(&History) -> Result<(), Error> + Sync),
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    // Whoever had the turn before us may have done it all.
    let history = History::read::<M>(db).await?;
    sound(&history)?;
    let chosen = limit_to(history.pending.len(), options.limit);
    let pending = || history.pending.iter().take(chosen);
    let takes = pending().any(|migration| takes_roles(migration.as_ref()));
    refuse_strangers(db, takes).await?;
    if chosen > 0 {
        refuse_whole(db).await?;
    }
    adopt::<M>(db, &history).await;
    let mut installed = history.installed && history.checksums.installed;
    let mut report = Report {
        pending: history.pending.len(),
        ..Report::default()
    };
    for (index, migration) in pending().enumerate() {
        let name = migration.name();
        let direction = Direction::Up;
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
        installed = true;
        observer(done.event(name, direction));
        report.applied += usize::from(done.changed);
        report.pending -= 1;
    }
    Ok(report)
}

/// Keeps checksums of what another program applied, as the migrations are now: from here on a change shows. That it
/// fails is no reason not to go on; the next one tries again.
async fn adopt<M: MigratorTrait>(db: &DatabaseConnection, history: &History) {
    let checksums = Checksums::of::<M>();
    if history.status.unchecked.is_empty()
        || (history.checksums.installed && !history.checksums.readable)
    {
        return;
    }
    if !history.checksums.installed {
        let made = db
            .execute_unprepared(&checksums.create(db.get_database_backend()))
            .await;
        if made.is_err() {
            return;
        }
        // The other program may have made its table without a thought of who may write into it.
        let _ = Record::<M>::new().shut(db).await;
    }
    for migration in &history.applied {
        let name = migration.name();
        if history
            .status
            .unchecked
            .iter()
            .any(|unchecked| unchecked == name)
        {
            let checksum = checksum::of(migration.as_ref(), db.get_database_backend()).await;
            let _ = db
                .execute_unprepared(&checksums.keep(name, &checksum))
                .await;
        }
    }
}
