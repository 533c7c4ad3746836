//! Applies and reverts the migrations of any [`MigratorTrait`], and says where a database stands.
//!
//! Unlike `SeaORM`'s own executor, one migrator is at work at a time, and the others wait for it; each migration runs in
//! a transaction on `SQLite` too, so that one that fails leaves the database as it was; it stands in no queue for long;
//! what was applied is remembered with a checksum; what is only read is not created first; and a database that is ahead
//! of the program is a typed error. The record stays `SeaORM`'s own table, readable by plain `sea-orm-migration`.
//!
//! A migration that runs outside a transaction (`use_transaction` says `Some(false)`) is run again after it was broken
//! off: it must be able to find its own beginnings.
mod baseline;
mod checksum;
mod checksums;
mod event;
mod fresh;
mod history;
mod holder;
mod options;
mod pause;
mod problem;
mod record;
mod recorder;
mod script;
mod session;
mod status;
mod step;
mod turn;

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::Migrator;
use crate::error::Error;
use crate::isolation::{self, adoption};
use checksums::Checksums;
use history::History;
use record::Record;
use session::Session;
use step::Step;
use turn::Turn;

pub use baseline::baseline;
pub use event::{Direction, Event, Observer};
pub use holder::Holder;
pub use options::Options;
pub use problem::Problem;
pub(crate) use problem::describe as describe_problems;
pub use script::{Range, pending_script, script};
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

/// Applies what is pending of this crate's migrations: for the start of an application. For a history of your own,
/// [`up`].
///
/// ```no_run
/// use migration::connect::{ConnectOptions, connect};
/// use migration::migrate::Options;
///
/// # async fn start() -> Result<(), migration::error::Error> {
/// let db = connect(&"sqlite://aura.db?mode=rwc".parse()?, &ConnectOptions::default()).await?;
/// let report = migration::migrate(&db, &Options::default()).await?;
/// assert_eq!(report.pending, 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As [`up`].
pub async fn migrate(db: &DatabaseConnection, options: &Options) -> Result<Report, Error> {
    up::<Migrator>(db, options, &mut |_| {}).await
}

/// Applies pending migrations, oldest first.
///
/// Any number of processes may do so at once, of one version or of several: one migrates, the others wait. On
/// `PostgreSQL` it works on one connection, of its own where `db` has several or may replace it, and the lock is that
/// connection's: it never stays behind.
///
/// # Errors
///
/// Before anything is changed: [`Error::NewerSchema`], [`Error::Inconsistent`], [`Error::LockTimeout`].
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
    let outcome = alone(db, options, observer, async |db, observer| {
        up_alone::<M>(db, options, &sound, observer).await
    })
    .await;
    match outcome {
        // Only checksums were to be kept: the next one will.
        Err(error) if idle && error.is_lock() => Ok(Report::default()),
        outcome => outcome,
    }
}

/// Does the work on one connection, when it is our turn.
async fn alone<T>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
    work: impl AsyncFnOnce(&DatabaseConnection, &mut Observer<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let session = Session::open(db).await?;
    let outcome = match Turn::take(session.db(), options.lock_timeout, observer).await {
        Ok(turn) => {
            let outcome = match settle(session.db()).await {
                Ok(()) => work(session.db(), observer).await,
                Err(error) => Err(error),
            };
            let released = turn.release().await;
            outcome.and_then(|done| released.map(|()| done))
        }
        Err(error) => Err(error),
    };
    session.close().await;
    outcome
}

/// As [`up`], once it is our turn.
async fn up_alone<M: MigratorTrait>(
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
    refuse_strangers(
        db,
        pending().any(|migration| takes_roles(migration.as_ref())),
    )
    .await?;
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
    if !history.checksums.installed
        && db
            .execute_unprepared(&checksums.create(db.get_database_backend()))
            .await
            .is_err()
    {
        return;
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

/// Reverts applied migrations, newest first.
///
/// # Errors
///
/// As [`up`], but that a migration was changed or is out of order does not matter; [`Error::MigrationFailed`] with the
/// migrations after it reverted.
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
    alone(db, options, observer, async |db, observer| {
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
/// As [`down`] and [`up`].
pub async fn refresh<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let options = &all(options);
    alone(db, options, observer, async |db, observer| {
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
    alone(db, options, observer, async |db, observer| {
        let report = down_alone::<M>(db, options, observer).await?;
        Record::<M>::new().drop(db).await?;
        db.execute_unprepared(&Checksums::of::<M>().drop()).await?;
        Ok(report)
    })
    .await
}

/// The same, without a limit.
fn all(options: &Options) -> Options {
    Options {
        limit: None,
        ..*options
    }
}

/// Drops what the migrations make, whatever became of it, then applies every migration.
///
/// What they make is found by making it, in a schema that is never committed. What others made stays, and so does what
/// belongs to an extension: when something of it depends on what would be dropped, nothing is dropped.
///
/// # Errors
///
/// [`Error::InUse`] when something that is not ours depends on what is; else as [`up`].
pub async fn fresh<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let options = &all(options);
    alone(db, options, observer, async |db, observer| {
        hold_roles::<M>(db).await?;
        let objects = fresh::drop_ours::<M>(db).await?;
        observer(Event::Dropped { objects });
        up_alone::<M>(db, options, &|_| Ok(()), observer).await
    })
    .await
}

/// The tables that remember which migrations of `M` are applied.
pub(crate) fn record_tables<M: MigratorTrait>() -> Vec<String> {
    vec![
        M::migration_table_name().to_string(),
        Checksums::of::<M>().name().to_owned(),
    ]
}

/// A migration that this program does not have stands in the way of reverting those before it.
fn is_unknown(problem: &Problem) -> bool {
    matches!(problem, Problem::Newer { .. } | Problem::Missing { .. })
}

/// Makes the roles of the schema that are missing and gives the tables what they lack for them, in one transaction: see
/// [`isolation::apply`](crate::isolation::apply). Does nothing on `SQLite`.
///
/// # Errors
///
/// [`Error::RolesTaken`]; what the database refuses.
pub async fn isolate(db: &DatabaseConnection) -> Result<(), Error> {
    if db.get_database_backend() == DbBackend::Postgres {
        let transaction = step::begin(db).await?;
        adoption::settle(&transaction).await?;
        refuse_strangers(&transaction, true).await?;
        isolation::apply(&transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Says what the roles are called, where nobody has.
async fn settle(db: &DatabaseConnection) -> Result<(), Error> {
    if db.get_database_backend() == DbBackend::Postgres {
        adoption::settle(db).await?;
    }
    Ok(())
}

/// Before the tables are made anew: the roles that they know are theirs afterwards too, and no others are taken.
async fn hold_roles<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), Error> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let takes = M::migrations()
        .iter()
        .any(|migration| takes_roles(migration.as_ref()));
    refuse_strangers(db, takes).await?;
    Ok(adoption::hold(db).await?)
}

fn takes_roles(migration: &dyn MigrationTrait) -> bool {
    migration.name() == adoption::TAKES_ROLES
}

/// Refuses to go on where roles would be taken whose members nobody here made members: by a migration that is about to
/// run, or by one of an application, whose tables have the roles of ours.
pub(crate) async fn refuse_strangers<C: ConnectionTrait>(db: &C, takes: bool) -> Result<(), Error> {
    if db.get_database_backend() != DbBackend::Postgres
        || !(takes || isolation::is_applied(db).await?)
    {
        return Ok(());
    }
    let strangers = adoption::strangers(db).await?;
    match adoption::prefix(&strangers) {
        None => Ok(()),
        Some(prefix) => Err(Error::RolesTaken {
            roles: adoption::listed(&strangers),
            prefix: prefix.to_owned(),
        }),
    }
}

fn limit_to(available: usize, limit: Option<u32>) -> usize {
    match limit.map(usize::try_from) {
        Some(Ok(limit)) => available.min(limit),
        // More than fits into the address space is all of them.
        Some(Err(_)) | None => available,
    }
}
