//! Spreads a database that was filled on one machine over a cluster: `distribute`.
//!
//! It is done table by table, in the database itself, by Citus's own functions, which move the rows. What Citus refuses is
//! taken off first, and what takes its place there comes at the end:
//!
//! 0. **Introduce**: the roles that the tables know are made on the workers, where Citus makes none that were there before.
//! 1. **Close**, one transaction: every table is locked and sealed; triggers, foreign keys, policies and grants, the wall, the
//!    reader's views and the documents of emails are taken off. What a table had stands in the comment of its seal.
//! 2. **Move**, one transaction a table: its rows go to where its [place](super::layout) says, and are counted before and
//!    after.
//! 3. **Tie**, one transaction a foreign key: it is put back as it was, and the database looks at every row for it.
//! 4. **Open**, one transaction: the policies and rights that Citus takes are put on, and the seals are broken.
//!
//! Each step is done or not, and the catalog tells which, so that whoever starts again after a crash, a kill or a lost
//! connection goes on where it ended. Nothing is thrown away before its copy is committed with it.
//!
//! A sealed table answers nobody but superusers: whoever reads or writes it gets an error that says why, the owner too. So
//! it is a maintenance window, from the close to the open, and no writer slips in between two steps, when no trigger and no
//! foreign key watches.

mod catalog;
mod judge;
mod obstacle;
mod open;
mod plan;
mod query;
mod roles;
mod run;
mod say;
mod seal;
mod sessions;
mod step;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use crate::error::Error;
use crate::migrate::{Observer, Options};

pub use obstacle::Obstacle;
pub(crate) use obstacle::describe as describe_obstacles;
pub use plan::{Plan, TablePlan};
pub(crate) use seal::refuse_sealed;
pub use step::{Action, Step};

/// What is asked for besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Whether it goes on although other sessions are connected. They wait for each table that is worked on, and get an
    /// error from every one that is sealed; those of superusers, whom no seal stops, could write rows that break it.
    pub beside_others: bool,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distributed {
    /// How many steps were taken; 0: it was done already.
    pub steps: usize,
    /// How many tables were moved.
    pub tables: usize,
    /// How many rows were in them.
    pub rows: u64,
}

/// Says what [`distribute`] would do, and what stops it; changes nothing. Every table that is still to be moved is counted.
///
/// # Errors
///
/// What the database refuses.
pub async fn plan<M: MigratorTrait>(db: &DatabaseConnection) -> Result<Plan, Error> {
    let mut plan = Plan::of::<M>(db).await?;
    run::count(db, &mut plan).await?;
    Ok(plan)
}

/// Puts every table of the migrations in its place on the cluster, with the rows that it has; goes on where an earlier run
/// ended, and does nothing where all is done.
///
/// # Errors
///
/// [`Error::CannotDistribute`] with everything that stops it, before anything is changed; [`Error::RowsDiffer`];
/// [`Error::Locked`] and [`Error::LockTimeout`]; what the database refuses. Whenever it fails, what is done is done, and the
/// next run goes on from there.
pub async fn distribute<M: MigratorTrait>(
    db: &DatabaseConnection,
    options: &Options,
    distribution: Distribution,
    observer: &mut Observer<'_>,
) -> Result<Distributed, Error> {
    crate::migrate::in_turn::<M, _>(db, options, observer, async |db, observer| {
        let plan = Plan::of::<M>(db).await?;
        plan.refuse(distribution)?;
        run::run(db, &plan, options, observer).await
    })
    .await
}
