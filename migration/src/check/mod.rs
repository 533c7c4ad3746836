//! Compares a database with what its migrations make.
//!
//! What they make is not remembered but made: on `PostgreSQL` in a schema of its own, beside the other, within a transaction
//! that is never committed, so that nothing is left of it whatever happens, and roles, extensions and the server's version
//! are those of the database itself; on `SQLite` in memory. The two are then read in the same way and compared fact by fact.
mod citus;
mod difference;
mod facts;
mod foreign;
mod postgres;
mod scratch;
mod sqlite;

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::citus::Engine;
use crate::error::Error;
use crate::migrate::{State, record_tables, status};
use facts::Facts;

pub use difference::{Difference, Drift};
pub(crate) use scratch::{Names, Scratch};

/// Compares the database with the migrations that are recorded in it; with all of them where none is.
///
/// What others made is left alone: extensions, objects of another owner, other tools' records, and what `ignore` names (a
/// `*` stands for any letters).
///
/// # Errors
///
/// [`Error::SchemaMissing`] where there is no current schema; [`Error::NoScratch`] where the login may not make one; what else the database refuses.
pub async fn check<M: MigratorTrait>(
    db: &DatabaseConnection,
    ignore: &[String],
) -> Result<Drift, Error> {
    let status = status::<M>(db).await?;
    let all = M::migrations();
    let nothing = status.applied() == 0;
    let made: Vec<_> = all
        .iter()
        .zip(&status.migrations)
        .filter(|(_, (_, state))| nothing || !matches!(state, State::Pending | State::OutOfOrder))
        .map(|(migration, _)| migration.as_ref())
        .collect();
    compare::<M>(db, &made, ignore).await
}

/// Compares the database with what these migrations make.
pub(crate) async fn compare<M: MigratorTrait>(
    db: &DatabaseConnection,
    made: &[&dyn MigrationTrait],
    ignore: &[String],
) -> Result<Drift, Error> {
    let records = record_tables::<M>();
    let scratch = Scratch::make(db, made).await?;
    let expected = read(&scratch.db, &scratch.names, true, &records).await;
    let names = scratch.names.clone();
    scratch.close().await;
    let mut found = read(db, &names, false, &records).await?;
    let expected = expected?;
    let owner = match db.get_database_backend() {
        DbBackend::Postgres => {
            let owner = postgres::owner(db, &records).await?;
            found.name_owners(&expected, &postgres::believed(db, &owner).await?);
            Some(owner)
        }
        _ => None,
    };
    Ok(difference::of(&expected, &found, owner.as_deref(), ignore))
}

/// Reads what is in the schemas; as the live database calls it where it is the scratch that is read.
async fn read<C: ConnectionTrait>(
    db: &C,
    names: &Names,
    scratch: bool,
    records: &[String],
) -> Result<Facts, DbErr> {
    let mut facts = Facts::default();
    let on_citus = Engine::of(db).await?.is_citus();
    if db.get_database_backend() != DbBackend::Postgres {
        sqlite::read(db, &mut facts).await?;
    } else if scratch {
        for (index, (schema, _)) in names.schemas.iter().enumerate() {
            postgres::read(db, schema, schema, index > 0, &mut facts).await?;
        }
        if let (true, Some((schema, _))) = (on_citus, names.schemas.first()) {
            citus::expect(db, schema, &mut facts).await?;
        }
        facts.rename(names);
    } else {
        for (index, (_, schema)) in names.schemas.iter().enumerate() {
            postgres::read(db, schema, &names.quoted[index], index > 0, &mut facts).await?;
        }
        if let (true, Some((_, schema))) = (on_citus, names.schemas.first()) {
            citus::read(db, schema, &mut facts).await?;
        }
    }
    facts.forget(records);
    Ok(facts)
}
