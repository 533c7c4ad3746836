//! Reverting several migrations on `PostgreSQL`, tried before it is done: each is a transaction of its own, so that one in the
//! midst of them that cannot be reverted would leave the others reverted, and their rows gone.
use std::time::{Duration, Instant};

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use super::event::{Event, Observer};
use super::options::Options;
use super::pause::Pause;
use super::step::begin;
use crate::error::{Error, code, describe};
use crate::schema::SCRATCH;

/// Reverts the migrations in a transaction that is taken back, and refuses to go on where something that is not ours depends
/// on what they drop. Anything else that fails here may fail only because all is one transaction: that is left for the
/// migration itself to say.
///
/// Where a lock is in the way it steps back and tries again, as a migration does.
///
/// # Errors
///
/// [`Error::InUse`], [`Error::Locked`], and what the database refuses.
pub(super) async fn refuse_dependents(
    db: &DatabaseConnection,
    migrations: &[&dyn MigrationTrait],
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<(), Error> {
    // One alone is undone as a whole.
    let [first, _, ..] = migrations else {
        return Ok(());
    };
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let started = Instant::now();
    let mut pause = Pause::new(Duration::from_millis(100), Duration::from_secs(5));
    loop {
        let transaction = begin(db).await?;
        let tried = revert(&transaction, migrations, options).await;
        transaction.rollback().await?;
        let Err(source) = tried else {
            return Ok(());
        };
        if let Some(what) = dependent(&source) {
            return Err(Error::InUse { what });
        }
        let error = Error::from(source);
        if !error.is_lock() {
            return Ok(());
        }
        let pause = pause.next();
        if started.elapsed() + pause >= options.lock_timeout {
            return Err(error);
        }
        observer(Event::Retrying {
            name: first.name(),
            pause,
        });
        tokio::time::sleep(pause).await;
    }
}

async fn revert(
    transaction: &DatabaseTransaction,
    migrations: &[&dyn MigrationTrait],
    options: &Options,
) -> Result<(), DbErr> {
    let limit = options.table_lock_timeout.min(options.lock_timeout);
    let limit = limit.as_millis().max(1);
    // What else is dropped concurrently can be dropped here too.
    let sql = format!("SET LOCAL lock_timeout = {limit}; SET LOCAL {SCRATCH} = 'on'");
    transaction.execute_unprepared(&sql).await?;
    if let Some(statement) = options.statement_timeout {
        let statement = statement.as_millis().max(1);
        let sql = format!("SET LOCAL statement_timeout = {statement}");
        transaction.execute_unprepared(&sql).await?;
    }
    let manager = SchemaManager::new(transaction);
    for migration in migrations {
        migration.down(&manager).await?;
    }
    Ok(())
}

/// What depends on what, in the server's words; `None` where it says anything else.
pub(super) fn dependent(error: &DbErr) -> Option<String> {
    // Without what it says to do: to drop that too.
    (code(error)? == "2BP01").then(|| {
        let what = describe(error);
        what.split("; Use DROP")
            .next()
            .unwrap_or_default()
            .to_owned()
    })
}
