//! The steps of a distribution: each is one transaction.
use std::fmt;

/// Something that is done as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The roles that the tables know are made on the workers. What is there is left as it is.
    Introduce,
    /// All tables are sealed, and what Citus refuses is taken off.
    Close,
    /// The rows of a table go to their place.
    Move {
        /// The table.
        table: String,
        /// `everywhere`, or `by application_id`.
        to: String,
    },
    /// A foreign key is put back, and every row looked at for it.
    Tie {
        /// The table that refers.
        table: String,
        /// The foreign key.
        name: String,
    },
    /// What Citus takes instead is put on, and the seals are broken.
    Open,
}

impl fmt::Display for Step {
    /// `moving users everywhere`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Introduce => f.write_str("making the roles on the workers"),
            Self::Close => f.write_str("closing all tables"),
            Self::Move { table, to } => write!(f, "moving {table} {to}"),
            Self::Tie { name, .. } => write!(f, "tying {name}"),
            Self::Open => f.write_str("opening all tables"),
        }
    }
}

/// A part of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A statement.
    Say(String),
    /// A statement on each worker, all by itself.
    OnWorkers(String),
    /// The rows of a table are counted: as many as when they were counted last within the step, else nothing of it is done.
    Count(String),
    /// What keeps applications apart, and what else the migrations put on tables that are there, is put on again.
    Isolate {
        /// The tables that are no tables of this crate.
        others: Vec<String>,
    },
}

impl fmt::Display for Action {
    /// As SQL, as far as it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Say(sql) => write!(f, "{sql};"),
            Self::OnWorkers(sql) => write!(f, "-- on each worker:\n{sql};"),
            Self::Count(table) => write!(f, "SELECT count(*) FROM {table};"),
            Self::Isolate { others } => {
                f.write_str("-- what the migrations put on tables that are there")?;
                if !others.is_empty() {
                    write!(f, ", and on {}", others.join(", "))?;
                }
                Ok(())
            }
        }
    }
}
