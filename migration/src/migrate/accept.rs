//! Takes an applied migration as it is now for what was applied.
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection};

use super::checksum;
use super::checksums::Checksums;
use super::event::Observer;
use super::history::History;
use super::options::Options;
use super::range::find;
use super::status::State;
use super::{alone, step::begin};
use crate::error::Error;

/// Records the checksums that applied migrations have now, in place of those that they had when they were applied: after an
/// edit that is known to change nothing in a database. Runs nothing. `names` are names or any part that only one name has.
///
/// Gives back the names of those that had been changed.
///
/// # Errors
///
/// [`Error::NoSuchMigration`], also for one that is not applied; [`Error::LockTimeout`]; what the database refuses.
pub async fn accept_changed<M: MigratorTrait>(
    db: &DatabaseConnection,
    names: &[String],
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Vec<String>, Error> {
    alone::<M, _>(db, options, observer, async |db, _| {
        let history = History::read::<M>(db).await?;
        let (migrations, checksums) = (M::migrations(), Checksums::of::<M>());
        let mut accepted = Vec::new();
        let transaction = begin(db).await?;
        for name in names {
            let at = find(&migrations, name)?;
            let name = migrations[at].name();
            match history.status.migrations[at].1 {
                State::Changed { .. } => {
                    let checksum =
                        checksum::of(migrations[at].as_ref(), db.get_database_backend()).await;
                    transaction
                        .execute_unprepared(&checksums.keep(name, &checksum))
                        .await?;
                    accepted.push(name.to_owned());
                }
                State::Pending | State::OutOfOrder => {
                    return Err(Error::NoSuchMigration {
                        reason: format!("{name} is not applied: there is nothing to accept"),
                    });
                }
                State::Applied { .. } | State::Unknown { .. } => {}
            }
        }
        transaction.commit().await?;
        Ok(accepted)
    })
    .await
}
