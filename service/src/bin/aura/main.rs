//! `aura`: the administrator's tool. It works on the database that the environment names, or on `aura.db`.

mod import;
mod seed;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sea_orm::{DbErr, RuntimeErr};
use service::{Config, Db, Error};

/// Administers the database of users, applications and what they own
#[derive(Parser)]
#[command(name = "aura", version)]
struct Arguments {
    /// `postgres://…` or `sqlite://…`; default: `sqlite://aura.db?mode=rwc`
    #[arg(
        short = 'u',
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        global = true
    )]
    database_url: Option<String>,
    /// The `PostgreSQL` schema of the tables
    #[arg(short = 's', long, env = "DATABASE_SCHEMA", global = true)]
    database_schema: Option<String>,
    /// Print the result as one JSON document
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Put made-up data into the database, a little or a lot; does nothing where it is there already
    Seed(seed::Args),
    Import(import::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    if let Err(reason) = read_env_file() {
        eprintln!("error: .env {reason}");
        return ExitCode::FAILURE;
    }
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", explained(&error));
            ExitCode::FAILURE
        }
    }
}

/// A missing file is no error; one that cannot be read is, lest the work be done on another database than it names.
fn read_env_file() -> Result<(), String> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        Err(dotenvy::Error::Io(error)) => Err(format!("cannot be read: {error}")),
        // The error quotes the line, which may hold a password.
        Err(_) => Err(
            "has a line that cannot be read: it takes NAME=value, with a value that has spaces, quotes or # in it in \
             single quotes"
                .to_owned(),
        ),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    let given = |name: &str| match name {
        "DATABASE_URL" => arguments.database_url.clone(),
        "DATABASE_SCHEMA" => arguments.database_schema.clone(),
        other => std::env::var(other).ok(),
    };
    let config = Config::from_vars(given)?;
    // Not on the standard output, which holds the result alone.
    let place = config.database()?;
    eprintln!("database: {place}");
    let db = Db::connect(config).await?;
    let done = match arguments.command {
        Command::Seed(args) => seed::run(args, &db, &place, arguments.json).await,
        Command::Import(args) => import::run(args, &db, arguments.json).await,
    };
    db.close().await?;
    done
}

/// What the error means to whoever typed the command.
fn explained(error: &Error) -> String {
    if schema_is_missing(error) {
        return "the database has no schema yet: run `cargo run -p migration -- up` first"
            .to_owned();
    }
    error.to_string().replace('\n', " ")
}

fn schema_is_missing(error: &Error) -> bool {
    let Error::Database(
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)),
    ) = error
    else {
        return false;
    };
    cause.as_database_error().is_some_and(|refusal| {
        refusal.code().as_deref() == Some("42P01") || refusal.message().starts_with("no such table")
    })
}
