//! What stops a distribution before it begins.
use std::fmt;

/// One reason why a database cannot be distributed, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// It is a `SQLite` file.
    NotAServer,
    /// The extension is not in the database.
    NoExtension,
    /// This is a worker of the cluster.
    OnWorker {
        /// `host:port` of the coordinator, as far as the worker knows.
        coordinator: String,
    },
    /// No node but the coordinator could hold rows, and the coordinator is not told to.
    NoWorkers,
    /// The coordinator does not know under which name the workers find it.
    NoCoordinatorHost,
    /// A node does not prepare transactions, without which none can span two.
    NoPreparedTransactions {
        /// `host:port`.
        node: String,
    },
    /// A table could not be made, distributed and taken back.
    Unfit {
        /// Why, in the server's words.
        reason: String,
    },
    /// The roles of the tables could not be made on a worker.
    NoRoles {
        /// `host:port`.
        node: String,
        /// Why, in the server's words.
        reason: String,
    },
    /// Migrations are pending.
    Pending {
        /// Their names, oldest first.
        names: Vec<String>,
    },
    /// A table that other rows would have to be found by is missing.
    Missing {
        /// The table.
        table: String,
    },
    /// A table is distributed already, otherwise than its place says.
    Elsewhere {
        /// The table.
        table: String,
        /// How it lies: `by created_at`.
        how: String,
    },
    /// A table has a trigger that no migration of this crate made.
    Trigger {
        /// The table.
        table: String,
        /// The trigger.
        name: String,
    },
    /// A table has a policy that no migration of this crate made.
    Policy {
        /// The table.
        table: String,
        /// The policy.
        name: String,
    },
    /// A foreign key that Citus does not hold, between these two places or with one end outside.
    ForeignKey {
        /// The table that refers.
        table: String,
        /// The foreign key.
        name: String,
        /// The table that it refers to.
        to: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A rule of uniqueness that no node alone could hold.
    Unique {
        /// The table.
        table: String,
        /// The index.
        name: String,
        /// The column that it lacks.
        column: String,
    },
    /// Other sessions are connected to the database.
    Others {
        /// Each as `program of login (pid 42)`.
        sessions: Vec<String>,
    },
}

impl fmt::Display for Obstacle {
    /// What it is, and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAServer => f.write_str(
                "a SQLite file cannot be distributed: move the rows to PostgreSQL first, with `export` and `import`",
            ),
            Self::NoExtension => f.write_str(
                "the database is not on a cluster: on each node, this one too, set shared_preload_libraries = 'citus', restart \
                 it and run CREATE EXTENSION citus in this database",
            ),
            Self::OnWorker { coordinator } => write!(
                f,
                "this is a worker of the cluster: connect to its coordinator, {coordinator}"
            ),
            Self::NoWorkers => f.write_str(
                "the cluster has no workers: SELECT citus_add_node('HOST', PORT) on this node for each of them",
            ),
            Self::NoCoordinatorHost => f.write_str(
                "the workers do not know this node: SELECT citus_set_coordinator_host('HOST', PORT) with the address at which \
                 they reach it",
            ),
            Self::NoPreparedTransactions { node } => write!(
                f,
                "{node} has max_prepared_transactions = 0: set it to at least max_connections and restart it"
            ),
            Self::Unfit { reason } => write!(
                f,
                "a table could not be distributed on trial: {reason}; can this login reach every node, and may it make tables?"
            ),
            Self::NoRoles { node, reason } => write!(
                f,
                "the roles of the tables are not all on {node}, and this login could not make them there: {reason}"
            ),
            Self::Pending { names } => write!(
                f,
                "not every migration is applied: run `up` first, for {}",
                names.join(", ")
            ),
            Self::Missing { table } => write!(
                f,
                "there is no table {table}, with which the rows of an application lie: `check` says what else differs"
            ),
            Self::Elsewhere { table, how } => write!(
                f,
                "{table} is distributed already, {how}: SELECT undistribute_table('{table}') first"
            ),
            Self::Trigger { table, name } => write!(
                f,
                "{table} has the trigger {name}, and Citus takes none: drop it, and do what it does in the application"
            ),
            Self::Policy { table, name } => write!(
                f,
                "{table} has the policy {name}, and Citus takes none that is restrictive or that looks at other tables: drop it, and \
                 make it again afterwards if it is neither"
            ),
            Self::ForeignKey {
                table,
                name,
                to,
                reason,
            } => write!(
                f,
                "the foreign key {name} from {table} to {to} {reason}: drop it, or change it by a migration first"
            ),
            Self::Unique {
                table,
                name,
                column,
            } => write!(
                f,
                "the unique index {name} of {table} is without {column}, and no node sees all rows: put {column} first in it by \
                 a migration"
            ),
            Self::Others { sessions } => write!(
                f,
                "others are connected: {}. Stop them, the service first; or say --beside-others, and they get errors until all \
                 is done",
                sessions.join(", ")
            ),
        }
    }
}

/// All of them in one line.
pub(crate) fn describe(obstacles: &[Obstacle]) -> String {
    let list: Vec<_> = obstacles.iter().map(ToString::to_string).collect();
    list.join("; ")
}

#[cfg(test)]
mod tests {
    use super::{Obstacle, describe};

    #[test]
    fn each_says_what_to_do() {
        let all = describe(&[
            Obstacle::NoWorkers,
            Obstacle::OnWorker {
                coordinator: "db:5432".to_owned(),
            },
        ]);
        assert!(all.contains("citus_add_node"), "{all}");
        assert!(
            all.ends_with("connect to its coordinator, db:5432"),
            "{all}"
        );
    }
}
