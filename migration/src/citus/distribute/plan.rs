//! What would be done, and what stops it.
use std::collections::BTreeSet;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend};

use super::Distribution;
use super::catalog::{Catalog, Table, said};
use super::obstacle::Obstacle;
use super::step::{Action, Step};
use super::{judge, say, sessions};
use crate::citus::Cluster;
use crate::citus::layout;
use crate::error::Error;
use crate::migrate::{State, made_tables, record_tables, status};

/// What a distribution would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The cluster, where there is one.
    pub cluster: Option<Cluster>,
    /// Each table and what becomes of it, every one after those that it refers to.
    pub tables: Vec<TablePlan>,
    /// What is still to be done, in order, and what each step says.
    pub steps: Vec<(Step, Vec<Action>)>,
    /// What stops it; empty when nothing does.
    pub obstacles: Vec<Obstacle>,
    /// Other sessions that are connected: `program of login (pid 42)`.
    pub others: Vec<String>,
    /// Whether an earlier run has begun it.
    pub begun: bool,
}

/// What becomes of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TablePlan {
    /// Its name.
    pub name: String,
    /// Where its rows lie afterwards: `everywhere`, or `by application_id`.
    pub to: String,
    /// Whether they lie there already.
    pub done: bool,
    /// How many there are; `None` where they were not counted.
    pub rows: Option<u64>,
    /// How many bytes it has on disk here, with its indexes.
    pub bytes: u64,
}

impl Plan {
    /// Reads what there is; counts no rows.
    pub(super) async fn of<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Self, Error> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self {
                obstacles: vec![Obstacle::NotAServer],
                ..Self::default()
            });
        }
        let cluster = Cluster::of(db).await?;
        let mut obstacles = sessions::unfit(db, cluster.as_ref()).await?;
        let status = status::<M>(db).await?;
        let problems = status.problems();
        if !problems.is_empty() {
            return Err(Error::Inconsistent { problems });
        }
        let pending = status.migrations.into_iter();
        let names: Vec<_> = pending
            .filter(|(_, state)| matches!(state, State::Pending | State::OutOfOrder))
            .map(|(name, _)| name)
            .collect();
        if !names.is_empty() {
            obstacles.push(Obstacle::Pending { names });
            return Ok(Self {
                cluster,
                obstacles,
                ..Self::default()
            });
        }
        let catalog = Catalog::read(db, &record_tables::<M>(), cluster.is_some()).await?;
        let made = made_tables::<M>(db).await?;
        let mut plan = Self::from(&catalog, &made);
        obstacles.append(&mut plan.obstacles);
        plan.obstacles = obstacles;
        plan.cluster = cluster;
        plan.others = sessions::others(db).await?;
        Ok(plan)
    }

    /// Without a database: `made` are the tables that migrations of an application make.
    pub(super) fn from(catalog: &Catalog, made: &BTreeSet<String>) -> Self {
        let tables = ours(catalog, made);
        let begun = tables.iter().any(|table| table.sealed);
        let mut steps = Vec::new();
        if begun || tables.iter().any(|table| !table.is_placed()) {
            if let Some(script) = &catalog.roles {
                let script = Action::OnWorkers(script.clone());
                steps.push((Step::Introduce, vec![script]));
            }
            if !begun {
                steps.push((Step::Close, say::close(catalog, &tables)));
            }
            steps.extend(
                tables
                    .iter()
                    .filter(|table| !table.is_placed())
                    .map(|table| {
                        let step = Step::Move {
                            table: table.name.clone(),
                            to: said(table.place()),
                        };
                        (step, say::put(table))
                    }),
            );
            let keys = catalog.keys_of(&tables);
            steps.extend(
                keys.into_iter()
                    .filter(|key| !(begun && key.there))
                    .map(|key| {
                        let step = Step::Tie {
                            table: key.table.clone(),
                            name: key.name.clone(),
                        };
                        (step, say::tie(key))
                    }),
            );
            steps.push((Step::Open, say::open(&tables)));
        }
        Self {
            tables: tables
                .iter()
                .map(|table| TablePlan {
                    name: table.name.clone(),
                    to: said(table.place()),
                    done: table.is_placed(),
                    rows: None,
                    bytes: table.bytes,
                })
                .collect(),
            obstacles: judge::judge(catalog, &tables),
            steps,
            begun,
            ..Self::default()
        }
    }

    /// Refuses to begin where something stops it.
    pub(super) fn refuse(&self, distribution: Distribution) -> Result<(), Error> {
        let mut obstacles = self.obstacles.clone();
        if !distribution.beside_others && !self.others.is_empty() && !self.steps.is_empty() {
            obstacles.push(Obstacle::Others {
                sessions: self.others.clone(),
            });
        }
        if obstacles.is_empty() {
            return Ok(());
        }
        Err(Error::CannotDistribute { obstacles })
    }
}

/// The tables that have a place: those of this crate in the order of the layout, then an application's own, which its
/// migrations make or which keep applications apart as those of this crate do.
fn ours<'a>(catalog: &'a Catalog, made: &BTreeSet<String>) -> Vec<&'a Table> {
    let first = layout::TABLES
        .iter()
        .filter_map(|(name, _)| catalog.tables.get(*name));
    let own = catalog.tables.values().filter(|table| {
        !table.is_known() && (table.isolated || table.sealed || made.contains(&table.name))
    });
    first.chain(own).collect()
}
