//! `aura`: the administrator's tool. It works on the database that the environment names, or on `aura.db`.

mod application;
mod audit;
mod completions;
mod confirm;
mod context;
mod doctor;
mod environment;
mod erase;
mod export;
mod failure;
mod import;
mod instant;
mod list;
mod look_up;
mod member;
mod output;
mod password;
mod purge;
mod seed;
mod session;
mod table;
mod token;
mod trial;
mod user;

use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use context::{Context, Global};
use failure::Failure;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  it failed, and a line says why; from `doctor` and `audit verify`: something is wrong
  2  the command line was not understood, or a value cannot be accepted
  3  there is no such user, application, member or session
  4  refused: in conflict with what is stored, not allowed, or an application would lose its last owner
  5  not confirmed

The result is on the standard output, everything else on the standard error.
Without DATABASE_URL the database is the file aura.db; a file .env is read.";

/// Administers the database of users, applications and what they own
#[derive(Parser)]
#[command(name = "aura", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Connected(Box<Connected>),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
    Man(completions::Man),
}

/// What is done on a database.
#[derive(Subcommand)]
enum Connected {
    /// Put made-up data into the database, a little or a lot; does nothing where it is there already
    Seed(seed::Args),
    Import(import::Args),
    /// Users: people who can sign in
    #[command(subcommand)]
    User(user::Command),
    /// Applications: the tenants
    #[command(subcommand)]
    Application(application::Command),
    /// Members: which users may enter an application, and as what
    #[command(subcommand)]
    Member(member::Command),
    /// Tokens that prove an address, reset a password or sign in
    #[command(subcommand)]
    Token(token::Command),
    /// Sessions: where a user is signed in
    #[command(subcommand)]
    Session(session::Command),
    Purge(purge::Purge),
    Export(export::Export),
    Erase(erase::Erase),
    /// What was done, and by whom
    #[command(subcommand)]
    Audit(audit::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    if let Err(reason) = environment::read_file() {
        eprintln!("error: .env {reason}");
        return ExitCode::FAILURE;
    }
    let matches = Arguments::command().get_matches();
    let name = name(&matches);
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let source = matches.value_source("database_url");
    arguments.global.typed = source == Some(ValueSource::CommandLine);
    match Box::pin(run(arguments, &name)).await {
        Ok(code) => code,
        Err(failure) => {
            if !failure.is_silent() {
                eprintln!("error: {failure}");
            }
            failure.code()
        }
    }
}

async fn run(arguments: Arguments, name: &str) -> Result<ExitCode, Failure> {
    let Arguments { global, command } = arguments;
    match command {
        Command::Completions(completions) => completions.run(Arguments::command()),
        Command::Man(man) => man.run(Arguments::command()),
        Command::Doctor(doctor) => return doctor.run(&global).await,
        Command::Connected(connected) => {
            let context = Context::open(&global, name).await?;
            let done = connected.run(&context).await;
            // What was done is done, and what failed has failed.
            let _ = context.db.clone().close().await;
            return done;
        }
    }
    .map(|()| ExitCode::SUCCESS)
}

impl Connected {
    async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            Self::Seed(seed) => seed::run(seed, context).await,
            Self::Import(import) => return import::run(import, context).await,
            Self::User(user) => user.run(context).await,
            Self::Application(application) => application.run(context).await,
            Self::Member(member) => member.run(context).await,
            Self::Token(token) => token.run(context).await,
            Self::Session(session) => session.run(context).await,
            Self::Purge(purge) => purge.run(context).await,
            Self::Export(export) => export.run(context).await,
            Self::Erase(erase) => erase.run(context).await,
            Self::Audit(audit) => return audit.run(context).await,
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

/// The command as it was typed, without its arguments: `user create`.
fn name(matches: &ArgMatches) -> String {
    let mut words = Vec::new();
    let mut at = matches.subcommand();
    while let Some((word, inside)) = at {
        words.push(word);
        at = inside.subcommand();
    }
    words.join(" ")
}
