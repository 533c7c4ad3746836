//! Carries out a command.
use std::fmt;
use std::path::PathBuf;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::args::{Args, Command};
use super::generate;
use super::output::Output;
use super::roles;
use super::rotate_key;
use crate::connect::{ConnectOptions, DEFAULT_URL, DatabaseUrl, Purpose, connect};
use crate::error::Error;
use crate::migrate::{self, Event, Report, Status};

/// An error, and the database that it is about.
#[derive(Debug)]
pub(super) struct Failure {
    /// `None` when there was no database to speak of yet.
    database: Option<String>,
    error: Box<Error>,
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

/// Carries out what `args` say.
pub(super) fn run<M: MigratorTrait>(args: &Args, output: &mut Output) -> Result<(), Failure> {
    if args.verbose {
        log_statements();
    }
    let up = Command::Up { num: None };
    let command = args.command.as_ref().unwrap_or(&up);
    if let Command::Generate(generate) = command {
        return Ok(generate::run(generate, output)?);
    }

    let url: DatabaseUrl = args
        .database_url
        .as_deref()
        .unwrap_or(DEFAULT_URL)
        .parse()?;
    // What is meant for another program is all that is printed.
    if !matches!(command, Command::Roles { sql: true }) {
        announce(args, &url, output);
    }
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

fn announce(args: &Args, url: &DatabaseUrl, output: &mut Output) {
    let default = if args.database_url.is_none() {
        " (the embedded default: DATABASE_URL is not set)"
    } else {
        ""
    };
    output.line(&format!("database {url}{default}"));
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
) -> Result<(), Error> {
    if url.is_in_memory() {
        return Err(Error::InMemory);
    }
    if matches!(command, Command::RotateKey { .. }) && !url.has_schemas() {
        return Err(Error::NoWall);
    }
    if matches!(command, Command::Roles { .. }) && !url.has_schemas() {
        output.note("SQLite has no roles");
        return Ok(());
    }
    let looks_only = matches!(command, Command::Status | Command::Roles { sql: true });
    let takes_away = matches!(command, Command::Down { .. } | Command::Reset);
    // A file is made for what is put into it, not to look at it.
    if url.is_still_to_be_made() && (looks_only || takes_away) {
        output.line("there is no such file yet: nothing is applied; `up` makes it");
        if looks_only {
            show(&Status::untouched::<M>(), url, output)?;
        }
        return Ok(());
    }

    let options = ConnectOptions {
        schema: args.database_schema.clone(),
        role_prefix: args.role_prefix.clone().filter(|prefix| !prefix.is_empty()),
        connect_timeout: args.connect_timeout,
        lock_timeout: args.lock_timeout,
        purpose: if looks_only {
            Purpose::Inspect
        } else {
            Purpose::Migrate
        },
        log_statements: args.verbose,
    };
    let db = connect(url, &options).await?;
    let outcome = execute::<M>(&db, command, url, output).await;
    // In good order, so that SQLite tidies up its log beside the file. What was done is done:
    // a failure to say goodbye does not undo it.
    let _ = db.close_by_ref().await;
    outcome
}

async fn execute<M: MigratorTrait>(
    db: &DatabaseConnection,
    command: &Command,
    url: &DatabaseUrl,
    output: &mut Output,
) -> Result<(), Error> {
    let mut observer = |event: Event<'_>| output.event(event);
    let observer = &mut observer;
    let report = match command {
        Command::Up { num } => migrate::up::<M>(db, *num, observer).await?,
        Command::Down { num } => migrate::down::<M>(db, Some(*num), observer).await?,
        Command::Fresh => migrate::fresh::<M>(db, observer).await?,
        Command::Refresh => migrate::refresh::<M>(db, observer).await?,
        Command::Reset => migrate::reset::<M>(db, observer).await?,
        Command::RotateKey { at_once } => return rotate_key::run(db, *at_once, url, output).await,
        Command::Roles { sql } => return roles::run(db, *sql, output).await,
        Command::Status | Command::Generate(_) => {
            let status = migrate::status::<M>(db).await?;
            return show(&status, url, output);
        }
    };
    if !matches!(command, Command::Down { .. } | Command::Reset) {
        roles::hint(db, output).await?;
    }
    output.line(&format!("{url}: {}", summary(report, command)));
    Ok(())
}

fn show(status: &Status, url: &DatabaseUrl, output: &mut Output) -> Result<(), Error> {
    output.status(status);
    output.line(&format!(
        "{url}: {} applied, {} pending",
        status.applied(),
        status.pending()
    ));
    let versions = status.unknown();
    if versions.is_empty() {
        Ok(())
    } else {
        Err(Error::NewerSchema { versions })
    }
}

fn summary(report: Report, command: &Command) -> String {
    let Report {
        applied,
        reverted,
        pending,
    } = report;
    let done = match command {
        Command::Down { .. } | Command::Reset if reverted == 0 => "nothing to revert".to_owned(),
        Command::Down { .. } | Command::Reset => format!("reverted {reverted}"),
        Command::Refresh => format!("reverted {reverted}, applied {applied}"),
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
