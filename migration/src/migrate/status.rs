//! Where a database stands.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::checksum;
use super::checksums::{Checksums, Known};
use super::problem::Problem;
use super::record::Record;
use crate::citus::refuse_worker;
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
    /// It is applied, and says something else now than it did then.
    Changed {
        /// As for [`State::Applied`].
        at: Option<DateTime<Utc>>,
    },
    /// It is still to be applied.
    Pending,
    /// It is still to be applied, and a later one is applied.
    OutOfOrder,
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
    /// The applied ones of which no checksum can be compared: another program applied them, or this login may not read
    /// the checksums.
    pub unchecked: Vec<String>,
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
            unchecked: Vec::new(),
        }
    }

    /// How many migrations are applied, the unknown ones not counted.
    #[must_use]
    pub fn applied(&self) -> usize {
        self.count(|state| matches!(state, State::Applied { .. } | State::Changed { .. }))
    }

    /// How many migrations are still to be applied.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.count(|state| matches!(state, State::Pending | State::OutOfOrder))
    }

    /// Everything that is wrong, in the order of the migrations; empty when nothing is.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let newest = self
            .migrations
            .iter()
            .filter(|(_, state)| !matches!(state, State::Unknown { .. }))
            .map(|(name, _)| name.as_str())
            .max();
        self.migrations
            .iter()
            .filter_map(|(name, state)| {
                let name = name.clone();
                match state {
                    State::Applied { .. } | State::Pending => None,
                    State::Changed { .. } => Some(Problem::Changed { name }),
                    State::OutOfOrder => Some(Problem::OutOfOrder { name }),
                    State::Unknown { .. } if Some(name.as_str()) > newest => {
                        Some(Problem::Newer { name })
                    }
                    State::Unknown { .. } => Some(Problem::Missing { name }),
                }
            })
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
/// [`Error::PermissionDenied`] when the login may not even read the record; [`Error::CitusWorker`].
pub async fn status<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Status, Error> {
    Ok(read::<M>(db).await?.status)
}

/// The status, and what it was read from.
pub(super) struct Read {
    pub(super) status: Status,
    /// Whether the record's table is there.
    pub(super) installed: bool,
    pub(super) checksums: Known,
}

pub(super) async fn read<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Read, Error> {
    refuse_worker(db).await?;
    let record = Record::<M>::new();
    let known = Checksums::of::<M>().read(db).await?;
    if !record.exists(db).await? {
        return Ok(Read {
            status: Status::untouched::<M>(),
            installed: false,
            checksums: known,
        });
    }
    let entries = record.read(db).await?;
    let mut recorded: HashMap<&str, Option<DateTime<Utc>>> = entries
        .iter()
        .map(|entry| {
            let at = DateTime::from_timestamp(entry.applied_at, 0);
            (entry.version.as_str(), at)
        })
        .collect();
    let mut status = Status::default();
    for migration in M::migrations() {
        let name = migration.name();
        let state = match recorded.remove(name) {
            None => State::Pending,
            Some(at) => match compare(&known, name, db, migration.as_ref()).await {
                Some(false) => State::Changed { at },
                Some(true) => State::Applied { at },
                None => {
                    status.unchecked.push(name.to_owned());
                    State::Applied { at }
                }
            },
        };
        status.migrations.push((name.to_owned(), state));
    }
    find_out_of_order(&mut status.migrations);
    let mut unknown: Vec<_> = recorded.into_iter().collect();
    unknown.sort_unstable();
    for (name, at) in unknown {
        status
            .migrations
            .push((name.to_owned(), State::Unknown { at }));
    }
    Ok(Read {
        status,
        installed: true,
        checksums: known,
    })
}

/// Whether the migration is what it was; `None` when that cannot be said.
async fn compare(
    known: &Known,
    name: &str,
    db: &DatabaseConnection,
    migration: &dyn sea_orm_migration::MigrationTrait,
) -> Option<bool> {
    let recorded = known.by_name.get(name)?;
    let now = checksum::of(migration, db.get_database_backend()).await;
    Some(*recorded == now)
}

fn find_out_of_order(migrations: &mut [(String, State)]) {
    let last = migrations
        .iter()
        .rposition(|(_, state)| *state != State::Pending)
        .unwrap_or_default();
    for (_, state) in &mut migrations[..last] {
        if *state == State::Pending {
            *state = State::OutOfOrder;
        }
    }
}
