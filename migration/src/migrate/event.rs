//! What is told while migrations run.
use std::fmt;
use std::time::Duration;

use super::holder::Holder;
use crate::citus::Cluster;

/// Which way a migration runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It is applied.
    Up,
    /// It is reverted.
    Down,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Up => "applying",
            Self::Down => "reverting",
        })
    }
}

/// Something that has just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A migration begins.
    Started {
        /// Its name.
        name: &'a str,
        /// Which way it runs.
        direction: Direction,
        /// Its place in this run, from 1.
        position: usize,
        /// How many migrations this run has.
        of: usize,
    },
    /// A migration is done, recorded and committed.
    Finished {
        /// Its name.
        name: &'a str,
        /// Which way it ran.
        direction: Direction,
        /// How long it took, its commit included.
        elapsed: Duration,
    },
    /// Another process did this migration between our look at the record and our turn.
    Skipped {
        /// Its name.
        name: &'a str,
        /// Which way it would have run.
        direction: Direction,
    },
    /// Another migrator is at work: its end is waited for.
    Waiting {
        /// Who that is.
        holder: &'a Holder,
    },
    /// Somebody holds a lock that the migration needs. It stepped back, so that nobody queues behind it, and is tried
    /// again.
    Retrying {
        /// Its name.
        name: &'a str,
        /// After which pause.
        pause: Duration,
    },
    /// The database is on a cluster.
    Cluster {
        /// Which.
        cluster: &'a Cluster,
    },
    /// What the migrations had made was dropped.
    Dropped {
        /// How many tables, views, functions and types were dropped by name.
        objects: u64,
    },
}

/// Is told of each [`Event`] as it happens.
pub type Observer<'a> = dyn FnMut(Event<'_>) + Send + 'a;
