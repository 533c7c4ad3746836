//! Records migrations without running them, where a look at the database shows that they were.
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};

use super::alone;
use super::checksum;
use super::checksums::Checksums;
use super::event::Observer;
use super::options::Options;
use super::range::Range;
use super::record::Record;
use super::step::begin;
use crate::check::{self, Drift};
use crate::error::Error;

/// Adopts a database that has the schema already, whoever made it: up to the migration `to`, or the last one for `None`.
///
/// What these migrations make is compared with the database. Only when nothing differs they are recorded, with their
/// checksums as they are now; what was recorded of later ones is left as it is. Gives back what differs, and how many
/// migrations are recorded that were not.
///
/// # Errors
///
/// [`Error::NoSuchMigration`], [`Error::LockTimeout`], and what the database refuses.
pub async fn baseline<M: MigratorTrait>(
    db: &DatabaseConnection,
    to: Option<&str>,
    ignore: &[String],
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<(Drift, usize), Error> {
    let migrations = M::migrations();
    let range = Range {
        from: None,
        to: to.map(str::to_owned),
    };
    let places = range.resolve(&migrations)?;
    let adopted: Vec<_> = migrations
        .iter()
        .take(places.end() + 1)
        .map(AsRef::as_ref)
        .collect();
    alone::<M, _>(db, options, observer, async |db, _| {
        let drift = check::compare::<M>(db, &adopted, ignore).await?;
        if !drift.is_empty() {
            return Ok((drift, 0));
        }
        let (record, checksums) = (Record::<M>::new(), Checksums::of::<M>());
        let transaction = begin(db).await?;
        record.install(&transaction).await?;
        transaction
            .execute_unprepared(&checksums.create(transaction.get_database_backend()))
            .await?;
        let mut count = 0;
        for migration in &adopted {
            let name = migration.name();
            if !record.has(&transaction, name).await? {
                record.insert(&transaction, name).await?;
                count += 1;
            }
            let checksum = checksum::of(*migration, db.get_database_backend()).await;
            transaction
                .execute_unprepared(&checksums.keep(name, &checksum))
                .await?;
        }
        transaction.commit().await?;
        Ok((drift, count))
    })
    .await
}
