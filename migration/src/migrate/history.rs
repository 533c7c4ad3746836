//! The program's migrations beside the database's record of them.
use sea_orm_migration::sea_orm::DatabaseConnection;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::checksums::Known;
use super::problem::Problem;
use super::status::{self, Read, State, Status};
use crate::error::Error;

pub(super) struct History {
    /// Whether the record's table is there.
    pub(super) installed: bool,
    /// Those not applied yet, oldest first.
    pub(super) pending: Vec<Box<dyn MigrationTrait>>,
    /// Those applied, oldest first.
    pub(super) applied: Vec<Box<dyn MigrationTrait>>,
    pub(super) status: Status,
    pub(super) checksums: Known,
}

impl History {
    /// Reads the record; creates nothing.
    pub(super) async fn read<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Self, Error> {
        let Read {
            status,
            installed,
            checksums,
        } = status::read::<M>(db).await?;
        let (mut applied, mut pending) = (Vec::new(), Vec::new());
        for (migration, (_, state)) in M::migrations().into_iter().zip(&status.migrations) {
            match state {
                State::Pending | State::OutOfOrder => pending.push(migration),
                _ => applied.push(migration),
            }
        }
        Ok(Self {
            installed,
            pending,
            applied,
            status,
            checksums,
        })
    }

    /// Refuses to go on where a problem is one of those that matter.
    pub(super) fn refuse(&self, matters: impl Fn(&Problem) -> bool) -> Result<(), Error> {
        let problems: Vec<_> = self.status.problems().into_iter().filter(matters).collect();
        if problems.is_empty() {
            return Ok(());
        }
        if problems
            .iter()
            .all(|problem| matches!(problem, Problem::Newer { .. }))
        {
            let versions = problems.iter().map(|problem| problem.name().to_owned());
            return Err(Error::NewerSchema {
                versions: versions.collect(),
            });
        }
        Err(Error::Inconsistent { problems })
    }
}
