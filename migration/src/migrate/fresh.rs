//! Drops what the recorded migrations made, then applies all.
use std::collections::BTreeSet;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, TransactionTrait,
};

use super::down::is_unknown;
use super::event::{Event, Observer};
use super::history::History;
use super::objects::{self, Made, Object, refuse_taken};
use super::options::Options;
use super::rehearsal::dependent;
use super::step::begin;
use super::up::up_alone;
use super::{Report, all, alone, hold_roles, record_tables};
use crate::citus::refuse_whole;
use crate::error::Error;

/// Drops what the recorded migrations made, whatever became of it, then applies every migration.
///
/// What they made is found by making it, in a schema that is never committed, and told by kind and name. What others made
/// stays, and so does what belongs to an extension: when something of it depends on what would be dropped, nothing is
/// dropped. Where no migration is recorded, nothing is ours, and nothing is dropped.
///
/// # Errors
///
/// [`Error::NewerSchema`] and [`Error::Inconsistent`] when the database has migrations that this program has not;
/// [`Error::NotOurs`] when something has a name that a migration wants, and the record does not say that one made it;
/// [`Error::InUse`] when something that is not ours depends on what is; else as [`up`](super::up).
pub async fn fresh<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Report, Error> {
    let options = &all(options);
    alone::<M, _>(db, options, observer, async |db, observer| {
        let history = History::read::<M>(db).await?;
        history.refuse(is_unknown)?;
        refuse_whole(db).await?;
        refuse_taken::<M>(db, &history).await?;
        hold_roles::<M>(db).await?;
        if !history.applied.is_empty() {
            let mut made = Made::by(db, &history.applied).await?;
            let records = record_tables::<M>().into_iter();
            made.objects[0].extend(records.map(|name| ("TABLE".to_owned(), name)));
            let objects = drop_all(db, &made).await?;
            observer(Event::Dropped { objects });
        }
        up_alone::<M>(db, options, &|_| Ok(()), observer).await
    })
    .await
}

/// Drops it all in one transaction, and says how many objects that were. What others made stays, and is never dropped
/// because it depends on ours.
async fn drop_all(db: &DatabaseConnection, made: &Made) -> Result<u64, Error> {
    if db.get_database_backend() == DbBackend::Postgres {
        let transaction = begin(db).await?;
        let dropped = drop_in_postgres(&transaction, &made.schemas, &made.objects).await?;
        transaction.commit().await?;
        return Ok(dropped);
    }
    drop_in_sqlite(db, &made.objects[0]).await
}

async fn drop_in_sqlite(db: &DatabaseConnection, ours: &BTreeSet<Object>) -> Result<u64, Error> {
    let transaction = begin(db).await?;
    let mut dropped = 0;
    let there = objects::read(&transaction, None).await?;
    let (mine, others): (Vec<_>, Vec<_>) =
        there.into_iter().partition(|object| ours.contains(object));
    let names = |objects: &[Object], name: &str| {
        objects
            .iter()
            .any(|(_, other)| other.eq_ignore_ascii_case(name))
    };
    for (child, parent) in objects::references(&transaction).await? {
        if names(&others, &child) && names(&mine, &parent) {
            return Err(objects::in_use(&child, &parent));
        }
    }
    // Foreign keys are looked at when all is dropped. To switch them off would be the connection's, and stay.
    transaction
        .execute_unprepared("PRAGMA defer_foreign_keys = ON")
        .await?;
    for (kind, name) in mine {
        let name = name.replace('"', "\"\"");
        transaction
            .execute_unprepared(&format!("DROP {kind} IF EXISTS \"{name}\""))
            .await?;
        dropped += 1;
    }
    transaction.commit().await?;
    Ok(dropped)
}

/// Views use tables, tables use functions and types, functions use tables: rather than to work
/// out an order, each is tried until none can be dropped any more. `CASCADE` would need no order,
/// but would also drop what others built upon ours. Tables go in one statement: they may refer to each other.
async fn drop_in_postgres(
    transaction: &DatabaseTransaction,
    schemas: &[String],
    ours: &[BTreeSet<Object>],
) -> Result<u64, Error> {
    let mut left = Vec::new();
    let mut tables = Vec::new();
    for (schema, ours) in schemas.iter().zip(ours) {
        let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
        for (kind, name) in objects::read(transaction, Some(schema)).await? {
            if !ours.contains(&(kind.clone(), name.clone())) {
                continue;
            }
            if kind == "TABLE" {
                tables.push(format!("{quoted}.{name}"));
            } else {
                left.push((format!("DROP {kind} {quoted}.{name}"), 1));
            }
        }
    }
    if !tables.is_empty() {
        let count = u64::try_from(tables.len()).unwrap_or(u64::MAX);
        left.push((format!("DROP TABLE {}", tables.join(", ")), count));
    }
    for schema in &schemas[1..] {
        // Those that the migrations made; empty by then, or somebody else keeps something there.
        let quoted = schema.replace('"', "\"\"");
        left.push((format!("DROP SCHEMA IF EXISTS \"{quoted}\""), 1));
    }
    let mut dropped = 0;
    while !left.is_empty() {
        let before = left.len();
        let mut kept = Vec::new();
        let mut blocked = None;
        for (statement, objects) in left {
            let savepoint = transaction.begin().await?;
            match savepoint.execute_unprepared(&statement).await {
                Ok(_) => {
                    savepoint.commit().await?;
                    dropped += objects;
                }
                Err(error) => {
                    savepoint.rollback().await?;
                    // What keeps a table is what others built upon it; the rest is kept by the tables.
                    if blocked.is_none() || statement.starts_with("DROP TABLE") {
                        blocked = Some(error);
                    }
                    kept.push((statement, objects));
                }
            }
        }
        left = kept;
        if let Some(error) = blocked
            && left.len() == before
        {
            return Err(match dependent(&error) {
                Some(what) => Error::InUse { what },
                None => error.into(),
            });
        }
    }
    Ok(dropped)
}
