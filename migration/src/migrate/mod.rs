//! Applies and reverts the migrations of any [`MigratorTrait`], and says where a database stands.
//!
//! Unlike `SeaORM`'s own executor, one migrator is at work at a time, and the others wait for it; each migration runs in
//! a transaction on `SQLite` too, so that one that fails leaves the database as it was; it stands in no queue for long;
//! what was applied is remembered with a checksum; what is only read is not created first; and a database that is ahead
//! of the program is a typed error. The record stays `SeaORM`'s own table, readable by plain `sea-orm-migration`.
//!
//! A migration that runs outside a transaction (`use_transaction` says `Some(false)`) is run again after it was broken
//! off: it must be able to find its own beginnings.
mod accept;
mod baseline;
mod checksum;
mod checksums;
mod down;
mod event;
mod fresh;
mod history;
mod holder;
#[cfg(test)]
mod landed;
mod objects;
mod options;
mod pause;
mod planted;
mod problem;
mod question;
mod range;
mod record;
mod recorder;
mod rehearsal;
mod said;
mod script;
mod session;
mod status;
mod step;
mod turn;
mod up;
mod writer;

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::Migrator;
use crate::citus::Cluster;
use crate::error::Error;
use crate::isolation::{self, adoption};
use checksums::Checksums;
use session::Session;
use turn::Turn;

pub use accept::accept_changed;
pub use baseline::baseline;
pub use down::{down, refresh, reset};
pub use event::{Direction, Event, Observer};
pub use fresh::fresh;
pub use holder::Holder;
pub use options::Options;
pub use problem::Problem;
pub(crate) use problem::describe as describe_problems;
pub use range::Range;
pub use script::{ScriptTarget, pending_script, script};
pub use status::{State, Status, status};
pub use up::up;

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

/// Does the work on one connection, when it is our turn.
async fn alone<M: MigratorTrait, T>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
    work: impl AsyncFnOnce(&DatabaseConnection, &mut Observer<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let session = Session::open(db).await?;
    let outcome = match Turn::take(session.db(), options.lock_timeout, observer).await {
        Ok(turn) => {
            let outcome = match prepare::<M>(session.db(), observer).await {
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

/// The tables that remember which migrations of `M` are applied.
pub(crate) fn record_tables<M: MigratorTrait>() -> Vec<String> {
    vec![
        M::migration_table_name().to_string(),
        Checksums::of::<M>().name().to_owned(),
    ]
}

/// Makes the roles of the schema that are missing and gives the tables what they lack for them, in one transaction: see
/// [`isolation::apply`]. Does nothing on `SQLite`.
///
/// # Errors
///
/// [`Error::RolesTaken`], [`Error::Planted`]; what the database refuses.
pub async fn isolate(db: &DatabaseConnection) -> Result<(), Error> {
    if db.get_database_backend() == DbBackend::Postgres {
        let transaction = step::begin(db).await?;
        adoption::settle(&transaction).await?;
        planted::refuse_schemas(&transaction).await?;
        refuse_strangers(&transaction, true).await?;
        isolation::apply(&transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// The same, without a limit.
fn all(options: &Options) -> Options {
    Options {
        limit: None,
        ..*options
    }
}

/// Before the first write: where are we, and is it safe to write here? And says what the roles are called, where nobody has.
async fn prepare<M: MigratorTrait>(
    db: &DatabaseConnection,
    observer: &mut Observer<'_>,
) -> Result<(), Error> {
    if let Some(cluster) = Cluster::of(db).await? {
        observer(Event::Cluster { cluster: &cluster });
    }
    planted::refuse_records(db, &record_tables::<M>()).await?;
    planted::refuse_schemas(db).await?;
    settle(db).await
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
