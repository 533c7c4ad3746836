//! Where a database stands.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::record::Record;
use super::step::unknown;
use crate::error::Error;

/// What is known about one migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is applied.
    Applied {
        /// When, to the second, by the clock of the machine that applied it; `None` when the
        /// recorded number is no instant.
        at: Option<DateTime<Utc>>,
    },
    /// It is still to be applied.
    Pending,
    /// The database has it, the program does not.
    Unknown {
        /// As for [`State::Applied`].
        at: Option<DateTime<Utc>>,
    },
}

/// The state of every migration: the program's in their order, then the unknown ones by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Each migration's name and state.
    pub migrations: Vec<(String, State)>,
}

impl Status {
    /// The status of a database that nothing was ever applied to.
    #[must_use]
    pub fn untouched<M: MigratorTrait>() -> Self {
        Self {
            migrations: M::migrations()
                .iter()
                .map(|migration| (migration.name().to_owned(), State::Pending))
                .collect(),
        }
    }

    /// How many migrations are applied, the unknown ones not counted.
    #[must_use]
    pub fn applied(&self) -> usize {
        self.count(|state| matches!(state, State::Applied { .. }))
    }

    /// How many migrations are still to be applied.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.count(|state| matches!(state, State::Pending))
    }

    /// The names of the migrations that the program does not know.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        self.migrations
            .iter()
            .filter(|(_, state)| matches!(state, State::Unknown { .. }))
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn count(&self, wanted: impl Fn(&State) -> bool) -> usize {
        self.migrations
            .iter()
            .filter(|(_, state)| wanted(state))
            .count()
    }
}

/// Reads the state of every migration. Creates nothing: a login that may only read suffices.
///
/// # Errors
///
/// [`Error::PermissionDenied`] when the login may not even read the record.
pub async fn status<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Status, Error> {
    let record = Record::<M>::new();
    if !record.exists(db).await? {
        return Ok(Status::untouched::<M>());
    }
    let entries = record.read(db).await?;
    let applied: HashMap<&str, Option<DateTime<Utc>>> = entries
        .iter()
        .map(|entry| {
            let at = DateTime::from_timestamp(entry.applied_at, 0);
            (entry.version.as_str(), at)
        })
        .collect();
    let mut status = Status::untouched::<M>();
    for (name, state) in &mut status.migrations {
        if let Some(&at) = applied.get(name.as_str()) {
            *state = State::Applied { at };
        }
    }
    for name in unknown::<M>(&entries) {
        let at = applied.get(name.as_str()).copied().flatten();
        status.migrations.push((name, State::Unknown { at }));
    }
    Ok(status)
}
