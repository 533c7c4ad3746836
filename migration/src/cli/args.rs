//! What can be said on the command line.
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, value_parser};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    version,
    about = "Migrates a database: PostgreSQL, or SQLite in a file",
    after_help = "Without a URL it is the embedded database: the file aura.db in the current directory.\n\
                  A file .env, here or in a directory above, may set the environment."
)]
pub(super) struct Args {
    /// The database; `None` for the embedded one.
    #[arg(
        help = "Database URL: postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite://PATH?mode=rwc",
        short = 'u',
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(super) database_url: Option<String>,

    /// The `PostgreSQL` schema to work in.
    #[arg(
        help = "PostgreSQL schema to work in, made if missing [default: public]",
        short = 's',
        long,
        global = true,
        env = "DATABASE_SCHEMA",
        hide_env_values = true,
        value_name = "NAME"
    )]
    pub(super) database_schema: Option<String>,

    /// What the names of the roles begin with.
    #[arg(
        help = "What the names of PostgreSQL roles begin with [default: the database's name]",
        long,
        global = true,
        env = "DATABASE_ROLE_PREFIX",
        hide_env_values = true,
        value_name = "NAME"
    )]
    pub(super) role_prefix: Option<String>,

    /// How long to try to connect
    #[arg(long, global = true, default_value = "10", value_name = "SECONDS", value_parser = seconds)]
    pub(super) connect_timeout: Duration,

    /// How long to wait, all in all, for another migrator and for the locks of a migration
    #[arg(long, global = true, default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    pub(super) lock_timeout: Duration,

    /// How long a statement may stand in the queue for a table, before the migration steps back and tries again
    #[arg(long, global = true, default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    pub(super) table_lock_timeout: Duration,

    /// How long a statement of a migration may run; without it as the server has it
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(super) statement_timeout: Option<Duration>,

    /// Show each SQL statement, on standard error
    #[arg(short = 'v', long, global = true)]
    pub(super) verbose: bool,

    /// What to do; up when nothing is said
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What the migrator can do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Apply pending migrations
    Up(Up),
    /// Revert the migrations applied last
    Down {
        /// How many
        #[arg(short = 'n', long, default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
        num: u32,
        #[command(flatten)]
        confirmed: Confirmed,
    },
    /// Show which migrations are applied; exit code 2: some are pending, 3: something is wrong
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the SQL of migrations: of those pending in the database, or of those named
    Sql(super::sql::Sql),
    /// Compare the database with what its migrations make; exit code 1: it differs
    Check(super::check::Check),
    /// Record migrations of a database that has their schema already, without running them
    Baseline(super::baseline::Baseline),
    /// Drop what the migrations make, then apply all
    Fresh(Confirmed),
    /// Revert all migrations, then apply all
    Refresh(Confirmed),
    /// Revert all migrations and forget that they ever were
    Reset(Confirmed),
    /// Make the roles of the schema that are missing, as far as this login may, and show how they stand
    Roles {
        /// Change nothing; print only what an administrator has to run
        #[arg(long)]
        sql: bool,
    },
    /// Replace the key that tenants are signed with, on a server; the former verifies for one hour more
    RotateKey {
        /// Make the former key void at once, and every signature with it
        #[arg(long)]
        at_once: bool,
    },
    /// Move a database that was filled on one machine to a Citus cluster, table by table; goes on where it was stopped
    Distribute(super::distribute::Distribute),
    /// Write a new, empty migration and register it
    Generate(Generate),
}

/// What to apply.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Up {
    /// How many; all when not given
    #[arg(short = 'n', long, value_parser = value_parser!(u32).range(1..))]
    pub(super) num: Option<u32>,

    /// Print the SQL instead, for psql or sqlite3, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Also apply what comes before migrations that are applied already
    #[arg(long)]
    pub(super) out_of_order: bool,

    /// An applied migration that was changed since: take it as it is now for what was applied; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "dry_run")]
    pub(super) accept_changed: Vec<String>,

    #[command(flatten)]
    pub(super) confirmed: Confirmed,
}

/// What is said besides a command that takes data away, or trusts in a change.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Confirmed {
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,

    /// The database's name, or that of the file, once more: needed with --yes where it is on another machine
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub(super) database: Option<String>,
}

/// Where and how to write a new migration.
#[derive(Debug, clap::Args)]
pub(super) struct Generate {
    /// The name, still as it was typed.
    #[arg(
        value_name = "NAME",
        help = "What the migration does, such as create_invoices"
    )]
    pub(super) name: String,

    /// The migration crate's directory [default: ./migration, or . inside of it]
    #[arg(short = 'd', long, value_name = "DIR")]
    pub(super) migration_dir: Option<PathBuf>,

    /// Stamp the file with the time in UTC; this is what happens anyway
    #[arg(long, conflicts_with = "local_time", hide = true)]
    pub(super) universal_time: bool,

    /// Stamp the file with the local time instead of UTC
    #[arg(long)]
    pub(super) local_time: bool,
}

/// A number of seconds, fractions allowed, more than none and up to a day.
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| (1..=86_400_000).contains(&duration.as_millis()))
        .ok_or_else(|| "expected seconds, from 0.001 to 86400".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Args, seconds};

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn seconds_are_bounded() {
        assert_eq!(seconds("0.25").map(|time| time.as_millis()), Ok(250));
        for text in ["0", "-1", "1e9", "NaN", "inf", "ten", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
