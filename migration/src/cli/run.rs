//! Carries out a command.
use std::fmt;
use std::path::PathBuf;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::args::{Args, Command, Up};
use super::output::Output;
use super::{baseline, check, generate, guard, roles, rotate_key, sql, status};
use crate::connect::{ConnectOptions, DEFAULT_URL, DatabaseUrl, Purpose, connect};
use crate::error::Error;
use crate::migrate::{self, Event, Options, Report, ScriptTarget, Status};

/// Somebody's lock was not free in time.
const LOCKED: u8 = 4;

/// An error, and the database that it is about.
#[derive(Debug)]
pub(super) struct Failure {
    /// `None` when there was no database to speak of yet.
    database: Option<String>,
    error: Box<Error>,
}

impl Failure {
    /// The exit code that says as much.
    pub(super) fn code(&self) -> u8 {
        match &*self.error {
            Error::NewerSchema { .. } | Error::Inconsistent { .. } => status::WRONG,
            error if error.is_lock() => LOCKED,
            _ => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(database) = &self.database {
            write!(f, "{database}: ")?;
        }
        write!(f, "{}", self.error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            database: None,
            error: error.into(),
        }
    }
}

/// Carries out what `args` say, and gives the exit code.
pub(super) fn run<M: MigratorTrait>(args: &Args, output: &mut Output) -> Result<u8, Failure> {
    if args.verbose {
        log_statements();
    }
    let up = Command::Up(Up::default());
    let command = args.command.as_ref().unwrap_or(&up);
    if let Command::Generate(generate) = command {
        generate::run(generate, output)?;
        return Ok(0);
    }

    let url: DatabaseUrl = args
        .database_url
        .as_deref()
        .unwrap_or(DEFAULT_URL)
        .parse()?;
    announce(args, command, &url, output);
    guard::pass(command, &url)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::File {
            path: PathBuf::from("async runtime"),
            reason: error.to_string(),
        })?;
    runtime
        .block_on(migrate::<M>(args, command, &url, output))
        .map_err(|error| Failure {
            database: Some(url.to_string()),
            error: error.into(),
        })
}

/// Whether standard output is for another program: nothing else may stand in it.
fn is_for_machines(command: &Command) -> bool {
    matches!(
        command,
        Command::Sql(_)
            | Command::Status { json: true }
            | Command::Roles { sql: true }
            | Command::Up(Up { dry_run: true, .. })
    )
}

fn announce(args: &Args, command: &Command, url: &DatabaseUrl, output: &mut Output) {
    let default = if args.database_url.is_none() {
        " (the embedded default: DATABASE_URL is not set)"
    } else {
        ""
    };
    if !is_for_machines(command) {
        output.line(&format!("database {url}{default}"));
    }
    for name in url.ignored() {
        output.note(&format!("the URL's parameter `{name}` has no effect here"));
    }
    if args.database_schema.is_some() && !url.has_schemas() {
        output.note("SQLite has no schemas: --database-schema has no effect");
    }
}

async fn migrate<M: MigratorTrait>(
    args: &Args,
    command: &Command,
    url: &DatabaseUrl,
    output: &mut Output,
) -> Result<u8, Error> {
    let options = options(args, command);
    let schema = args
        .database_schema
        .as_deref()
        .or(url.schema())
        .unwrap_or("public");
    let role_prefix = args.role_prefix.as_deref();
    let target = ScriptTarget {
        schema,
        role_prefix: role_prefix.filter(|prefix| !prefix.is_empty()),
        citus: false,
    };
    if let Command::Sql(sql) = command
        && sql.is_offline()
    {
        sql::offline::<M>(sql, url, target, &options, output).await?;
        return Ok(0);
    }
    if url.is_in_memory() {
        return Err(Error::InMemory);
    }
    if matches!(command, Command::RotateKey { .. }) && !url.has_schemas() {
        return Err(Error::NoWall);
    }
    if matches!(command, Command::Roles { .. }) && !url.has_schemas() {
        output.note("SQLite has no roles");
        return Ok(0);
    }
    // A file is made for what is put into it, not to look at it.
    let puts_in = matches!(
        command,
        Command::Up(Up { dry_run: false, .. }) | Command::Fresh(_) | Command::Refresh(_)
    );
    if url.is_still_to_be_made() && !puts_in {
        return untouched::<M>(command, url, target, &options, output).await;
    }
    let purpose = match command {
        _ if puts_in => Purpose::Migrate,
        Command::Down { .. }
        | Command::Reset(_)
        | Command::RotateKey { .. }
        | Command::Roles { sql: false } => Purpose::Change,
        _ => Purpose::Inspect,
    };
    let connect_options = ConnectOptions {
        schema: args.database_schema.clone(),
        role_prefix: args.role_prefix.clone().filter(|prefix| !prefix.is_empty()),
        connect_timeout: args.connect_timeout,
        lock_timeout: args.table_lock_timeout.min(args.lock_timeout),
        purpose,
        log_statements: args.verbose,
    };
    let db = connect(url, &connect_options).await?;
    let outcome = execute::<M>(&db, command, url, target, &options, output).await;
    // In good order, so that SQLite tidies up its log beside the file. What was done is done:
    // a failure to say goodbye does not undo it.
    let _ = db.close_by_ref().await;
    outcome
}

fn options(args: &Args, command: &Command) -> Options {
    let (limit, out_of_order) = match command {
        Command::Up(up) => (up.num, up.out_of_order),
        Command::Down { num, .. } => (Some(*num), false),
        _ => (None, false),
    };
    Options {
        limit,
        lock_timeout: args.lock_timeout,
        table_lock_timeout: args.table_lock_timeout,
        statement_timeout: args.statement_timeout,
        out_of_order,
    }
}

/// What is to be said where there is no file yet.
async fn untouched<M: MigratorTrait>(
    command: &Command,
    url: &DatabaseUrl,
    target: ScriptTarget<'_>,
    options: &Options,
    output: &mut Output,
) -> Result<u8, Error> {
    match command {
        Command::Status { json } => {
            if !json {
                output.line(NO_FILE);
            }
            return Ok(status::show(&Status::untouched::<M>(), *json, url, output));
        }
        Command::Sql(sql) => sql::offline::<M>(sql, url, target, options, output).await?,
        Command::Up(_) => {
            let last = options.limit.and_then(|limit| usize::try_from(limit).ok());
            let last = last.and_then(|limit| M::migrations().into_iter().nth(limit - 1));
            let first = sql::Sql {
                to: last.map(|migration| migration.name().to_owned()),
                ..sql::Sql::default()
            };
            sql::offline::<M>(&first, url, target, options, output).await?;
        }
        // A mistyped path is not as its migrations make it.
        Command::Check(_) | Command::Baseline(_) => {
            return Err(Error::File {
                path: url.file().map(ToOwned::to_owned).unwrap_or_default(),
                reason: NO_FILE.to_owned(),
            });
        }
        _ => output.line(NO_FILE),
    }
    Ok(0)
}

const NO_FILE: &str = "there is no such file yet: nothing is applied; `up` makes it";

async fn execute<M: MigratorTrait>(
    db: &DatabaseConnection,
    command: &Command,
    url: &DatabaseUrl,
    target: ScriptTarget<'_>,
    options: &Options,
    output: &mut Output,
) -> Result<u8, Error> {
    match command {
        Command::Status { json } => {
            let status = migrate::status::<M>(db).await?;
            let code = status::show(&status, *json, url, output);
            let problems = status.problems();
            return if problems.is_empty() {
                Ok(code)
            } else {
                Err(Error::Inconsistent { problems })
            };
        }
        Command::Up(Up { dry_run: true, .. }) | Command::Sql(_) => {
            let script = migrate::pending_script::<M>(db, target, options).await?;
            output.line(match script.trim_end() {
                "" => "-- nothing is pending",
                script => script,
            });
            return Ok(0);
        }
        Command::Check(check) => {
            check::run::<M>(db, check, url, output).await?;
            return Ok(0);
        }
        Command::Baseline(baseline) => {
            baseline::run::<M>(db, baseline, options, url, output).await?;
            return Ok(0);
        }
        Command::RotateKey { at_once } => {
            rotate_key::run(db, *at_once, url, output).await?;
            return Ok(0);
        }
        Command::Roles { sql } => {
            roles::run(db, *sql, output).await?;
            return Ok(0);
        }
        _ => {}
    }
    let mut observer = |event: Event<'_>| output.event(event);
    let observer = &mut observer;
    if let Command::Up(Up { accept_changed, .. }) = command
        && !accept_changed.is_empty()
    {
        let accepted = migrate::accept_changed::<M>(db, accept_changed, options, observer).await?;
        for name in &accepted {
            output.line(&format!("{name} is taken as it is now"));
        }
    }
    let mut observer = |event: Event<'_>| output.event(event);
    let observer = &mut observer;
    let report = match command {
        Command::Down { .. } => migrate::down::<M>(db, options, observer).await?,
        Command::Fresh(_) => migrate::fresh::<M>(db, options, observer).await?,
        Command::Refresh(_) => migrate::refresh::<M>(db, options, observer).await?,
        Command::Reset(_) => migrate::reset::<M>(db, options, observer).await?,
        _ => migrate::up::<M>(db, options, observer).await?,
    };
    if !matches!(command, Command::Down { .. } | Command::Reset(_)) {
        roles::hint(db, output).await?;
    }
    output.line(&format!("{url}: {}", summary(report, command)));
    Ok(0)
}

fn summary(report: Report, command: &Command) -> String {
    let Report {
        applied,
        reverted,
        pending,
    } = report;
    let done = match command {
        Command::Down { .. } | Command::Reset(_) if reverted == 0 => "nothing to revert".to_owned(),
        Command::Down { .. } | Command::Reset(_) => format!("reverted {reverted}"),
        Command::Refresh(_) => format!("reverted {reverted}, applied {applied}"),
        _ if applied == 0 => "nothing to do".to_owned(),
        _ => format!("applied {applied}"),
    };
    format!("{done}, {pending} pending")
}

fn log_statements() {
    use tracing_subscriber::EnvFilter;

    // Fails only when an application has set up a log of its own, which then gets the statements.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("sqlx::query=debug"))
        .with_writer(std::io::stderr)
        .try_init();
}
