//! The migrator as a process: what it does, what it says, and its exit code.
mod absent;
mod at_once;
mod baseline;
mod check;
mod commands;
mod environment;
mod fresh;
mod generate;
mod guard;
mod killed;
mod planted;
mod pooler;
mod postgres;
mod preview;
mod record;
mod roles;
mod roles_taken;
mod sqlite;
mod terminal;
mod waits;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tempfile::TempDir;
use url::Url;

/// How many migrations this crate has.
fn known() -> usize {
    use migration::MigratorTrait;
    migration::Migrator::migrations().len()
}

/// A directory to run the migrator in, and an environment that says nothing about databases.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            dir: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn command(&self) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_migration")))
    }

    fn command_of(&self, binary: &Path) -> Command {
        let mut command = Command::new(binary);
        command
            .current_dir(self.dir.path())
            .env("RUST_BACKTRACE", "1");
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("PG") || name.starts_with("DATABASE_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs the migrator with arguments that are separated by blanks.
    pub(crate) fn run(&self, args: &str) -> Run {
        Run::of(self.command().args(args.split_whitespace()))
    }

    /// Runs it on a database.
    pub(crate) fn on(&self, url: &str, args: &str) -> Run {
        Run::of(
            self.command()
                .env("DATABASE_URL", url)
                .args(args.split_whitespace()),
        )
    }
}

/// What came of it.
pub(crate) struct Run {
    code: i32,
    pub(crate) stdout: String,
    stderr: String,
}

impl Run {
    /// Holds every run to what must never happen: a panic, a backtrace, a password in the output.
    fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let run = Self {
            code: status
                .code()
                .unwrap_or_else(|| panic!("{command:?} was killed: {status}")),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        };
        let all = format!("{}{}", run.stdout, run.stderr);
        for never in ["panicked", "backtrace", "RUST_BACKTRACE", "s3cret"] {
            assert!(!all.contains(never), "{command:?}: {never} in {all}");
        }
        let words = command
            .get_args()
            .chain(command.get_envs().filter_map(|(_, value)| value));
        for word in words {
            let password = Url::parse(&word.to_string_lossy())
                .ok()
                .and_then(|url| url.password().map(str::to_owned));
            if let Some(password) = password.filter(|password| password.len() > 3) {
                assert!(
                    !all.contains(&password),
                    "{command:?}: the password is in {all}"
                );
            }
        }
        run
    }

    /// It succeeded and had nothing to complain about.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (0, ""),
            "{}",
            self.stdout
        );
        self
    }

    /// It failed with exit code 1 and one line that has all of `parts`.
    #[track_caller]
    pub(crate) fn fails(self, parts: &[&str]) -> Self {
        self.fails_with(1, parts)
    }

    /// The same, with another exit code.
    #[track_caller]
    pub(crate) fn fails_with(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        let lines: Vec<_> = self.stderr.lines().collect();
        let [line] = lines[..] else {
            panic!("not one line: {}", self.stderr);
        };
        assert!(line.starts_with("error: "), "{line}");
        for part in parts {
            assert!(line.contains(part), "no {part:?} in {line}");
        }
        self
    }

    /// It had nothing to complain about, and gave this exit code.
    #[track_caller]
    fn gives(self, code: i32) -> Self {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (code, ""),
            "{}",
            self.stdout
        );
        self
    }

    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stdout.contains(part), "no {part:?} in {}", self.stdout);
        }
        self
    }
}

/// What `sql` is told of the server where it sees none.
fn offline(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "sql --backend sqlite",
        Backend::Postgres if on_citus() => "sql --backend postgres --citus",
        Backend::Postgres => "sql --backend postgres",
    }
}

/// The name of every object that is not the system's nor Citus's, as one text.
async fn catalog(db: &DatabaseConnection) -> String {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM (
               SELECT c.oid::regclass::text || '.' || coalesce(a.attname, '') AS name, relnamespace AS place
               FROM pg_class AS c LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
               UNION ALL SELECT oid::regprocedure::text, pronamespace FROM pg_proc
               UNION ALL SELECT oid::regtype::text, typnamespace FROM pg_type
             ) AS object
             WHERE place::regnamespace::text !~ '^(pg_|information_schema|citus|columnar)' AND name !~ '^citus_'
               -- The types of the rows of a shard, whose number is another each time.
               AND name !~ '_[0-9]{6,}(\\[\\])?$'"
        }
        _ => "SELECT coalesce(group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), char(10)), '') FROM sqlite_schema",
    };
    text(db, sql).await
}

/// The first column of the first row.
async fn text(db: &DatabaseConnection, sql: &str) -> String {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// A connection as the server's administrator.
async fn admin(db: &TestDb) -> DatabaseConnection {
    Database::connect(db.admin_url().unwrap()).await.unwrap()
}

/// One connection that stays, by a name of its own.
async fn pinned(url: &str, name: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .min_connections(1)
        .sqlx_logging(false);
    let name = name.to_owned();
    options.map_sqlx_postgres_opts(move |options| options.application_name(&name));
    Database::connect(options).await.unwrap()
}
