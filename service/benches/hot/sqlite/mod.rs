//! The part on `SQLite`: ours and plain `SeaORM`, and rusqlite called on the thread that waits for it.

pub(crate) mod fill;
pub(crate) mod hand;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use migration::Migrator;
use rusqlite::Connection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database};
use sea_orm_migration::MigratorTrait;

use crate::arguments::Arguments;
use crate::keys::Keys;
use crate::measure::{Task, Times, Window, float};
use crate::operation::{Operation, Outcome};
use crate::report::{Part, Report, Writers};
use crate::rounds::{Ground, Plan, compare, measure, window};
use crate::server::Server;
use crate::stacks::ours::Ours;
use crate::stacks::plain_seaorm::PlainSeaOrm;
use crate::stacks::{Any, CONNECTIONS, Name};

/// How long whoever finds the database locked waits for it.
const BUSY: Duration = Duration::from_secs(5);
/// Those who write at once, and how long each of their operations is measured.
const WRITERS: usize = 16;
const WRITING: Duration = Duration::from_secs(3);

/// A file, filled.
struct File {
    path: PathBuf,
    admin: Connection,
    /// Gone with it.
    _folder: tempfile::TempDir,
}

impl File {
    async fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("hot.db");
        let connection = Database::connect(format!("sqlite://{}?mode=rwc", path.display())).await?;
        Migrator::up(&connection, None).await?;
        connection.close().await?;
        let mut admin = Connection::open(&path)?;
        fill::fill(&mut admin)?;
        Ok(Self {
            path,
            admin,
            _folder: folder,
        })
    }
}

impl Ground for File {
    fn server(&self, _name: Name) -> Option<&Server> {
        None
    }

    async fn wait_for_disk(&mut self, _wait: bool) -> Outcome<()> {
        Ok(())
    }

    async fn lay(&mut self, _name: Name, links: usize) -> Outcome<()> {
        Ok(fill::lay_links(&self.admin, links)?)
    }

    async fn used(&mut self, _name: Name) -> Outcome<usize> {
        let used = "SELECT count(*) FROM verification_tokens WHERE consumed_at IS NOT NULL";
        let used: u32 = self.admin.query_row(used, [], |row| row.get(0))?;
        Ok(usize::try_from(used)?)
    }
}

/// Measures all that is asked for.
pub(crate) async fn run(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    let mut file = File::new().await?;
    rusqlite::version().clone_into(&mut report.sqlite);
    let keys = Arc::new(Keys::new());
    let mut stacks = Vec::new();
    for name in [Name::Rusqlite, Name::Ours, Name::SeaOrm] {
        if arguments.stacks.contains(&name) {
            stacks.push((name, open(name, &file.path, &keys).await?));
        }
    }
    let written = arguments.operations.iter().copied();
    let operations: Vec<_> = written.filter(|it| *it != Operation::SignUpInOne).collect();
    compare(&operations, &mut file, &stacks).await?;
    let plans: Vec<_> = operations
        .iter()
        .flat_map(|operation| {
            arguments.workers.iter().map(|workers| Plan {
                part: Part::Sqlite,
                operation: *operation,
                workers: *workers,
            })
        })
        .collect();
    let measured = measure(arguments, &plans, &mut file, &stacks).await?;
    report.add(&measured);
    if let Some((_, ours)) = stacks.iter().find(|(name, _)| *name == Name::Ours) {
        report.writers = writers(arguments, &mut file, ours).await?;
    }
    Ok(())
}

async fn open(name: Name, path: &Path, keys: &Arc<Keys>) -> Outcome<Any> {
    let url = format!("sqlite://{}", path.display());
    let keys = Arc::clone(keys);
    Ok(match name {
        Name::Rusqlite => Any::Rusqlite(hand::Hand::open(path, BUSY, keys)?),
        Name::Ours => Any::Ours(Ours::connect(&url, false, keys).await?),
        _ => {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(CONNECTIONS)
                .map_sqlx_sqlite_opts(|options| {
                    options
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Normal)
                        .foreign_keys(true)
                        .busy_timeout(BUSY)
                });
            Any::SeaOrm(PlainSeaOrm::on(Database::connect(options).await?, keys))
        }
    })
}

/// All write at once, through ours.
async fn writers(arguments: &Arguments, file: &mut File, ours: &Any) -> Outcome<Option<Writers>> {
    let arguments = &Arguments {
        times: Times {
            window: WRITING,
            ..arguments.times
        },
        ..arguments.clone()
    };
    let mut windows: Vec<Window> = Vec::new();
    for operation in [Operation::SignUp, Operation::Consume] {
        if arguments.operations.contains(&operation) {
            let task = Task {
                operation,
                workers: WRITERS,
                number: operation as u64,
            };
            windows.push(window(arguments, file, Name::Ours, ours, task).await?);
        }
    }
    if windows.is_empty() {
        return Ok(None);
    }
    let most = |value: fn(&Window) -> f64| windows.iter().map(value).fold(0.0, f64::max);
    Ok(Some(Writers {
        at_once: WRITERS,
        seconds: WRITING.as_secs_f64() * float(windows.len()),
        writes: windows.iter().map(|window| window.found).sum(),
        locked: windows.iter().map(|window| window.locked).sum(),
        p99: most(|window| window.p99) / 1000.0,
        slowest: most(|window| window.slowest) / 1000.0,
    }))
}
