//! Some migrations of a history, by name.
use std::ops::RangeInclusive;

use sea_orm_migration::MigrationTrait;

use crate::error::Error;

/// Some migrations, by their names or by any part that only one name has; both ends belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first; `None`: the oldest.
    pub from: Option<String>,
    /// The last; `None`: the newest.
    pub to: Option<String>,
}

impl Range {
    /// The places of the migrations among all.
    pub(super) fn resolve(
        &self,
        migrations: &[Box<dyn MigrationTrait>],
    ) -> Result<RangeInclusive<usize>, Error> {
        let from = self
            .from
            .as_deref()
            .map_or(Ok(0), |name| find(migrations, name))?;
        let last = migrations.len().saturating_sub(1);
        let to = self
            .to
            .as_deref()
            .map_or(Ok(last), |name| find(migrations, name))?;
        if from > to {
            return Err(Error::NoSuchMigration {
                reason: format!(
                    "{} comes after {}: nothing lies between them",
                    migrations[from].name(),
                    migrations[to].name()
                ),
            });
        }
        Ok(from..=to)
    }
}

/// The place of the migration of that name, or with that part of one.
pub(super) fn find(migrations: &[Box<dyn MigrationTrait>], wanted: &str) -> Result<usize, Error> {
    if let Some(at) = migrations
        .iter()
        .position(|migration| migration.name() == wanted)
    {
        return Ok(at);
    }
    let found: Vec<_> = (0..migrations.len())
        .filter(|&at| !wanted.is_empty() && migrations[at].name().contains(wanted))
        .collect();
    match found[..] {
        [at] => Ok(at),
        [] => Err(Error::NoSuchMigration {
            reason: format!("there is no migration `{}`", wanted.escape_debug()),
        }),
        _ => Err(Error::NoSuchMigration {
            reason: format!(
                "`{}` can be {}: say more of the name",
                wanted.escape_debug(),
                found
                    .iter()
                    .map(|&at| migrations[at].name())
                    .collect::<Vec<_>>()
                    .join(" or ")
            ),
        }),
    }
}
