//! `aura import`: what other systems exported.

mod auth0;
mod django;
mod draft;
mod instants;
mod plain;
mod prisma;
mod read;
mod record;
mod report;
mod supabase;
mod write;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::RangedU64ValueParser;
use clap::{Subcommand, ValueEnum};
use service::Error;

use crate::context::Context;
use crate::failure::Failure;

/// Import what other systems exported
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Users(Users),
}

/// Make users of an export, with their ids, instants and password hashes
///
/// All of them or none: one line that cannot be imported, and nothing is written. Every problem is reported with its line
/// and column, and never with what stands there. Passwords go on working, and their hashes are replaced by ours at the
/// first sign-in. Users who were blocked, banned, inactive or deleted arrive deleted: `aura user restore` lets them in.
///
/// Exit code: 0 where it was written (or would have been, with --dry-run), 1 where nothing was.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
#[derive(clap::Args)]
pub(crate) struct Users {
    /// The export; `-`: the standard input
    file: PathBuf,
    /// How the file is written; default: by its name (.csv, .jsonl, .ndjson, .json)
    #[arg(long)]
    format: Option<Format>,
    /// Whose export it is
    #[arg(long)]
    from: From,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave out whose id, address or username is taken in the database, in place of importing nothing
    #[arg(long)]
    skip_existing: bool,
    /// Leave out the lines that cannot be imported, in place of importing nothing
    #[arg(long)]
    skip_invalid: bool,
    /// Make new ids; without it those that are UUIDs are kept
    #[arg(long)]
    new_ids: bool,
    /// Leave out what the lines have of this
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    without: Vec<Part>,
    /// Stop after so many problems, and import nothing
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    max_errors: usize,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// Comma-separated, the names of the columns in the first line
    Csv,
    /// One JSON object on each line
    Jsonl,
    /// One JSON array of objects
    Json,
}

/// Whose export it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum From {
    /// The table `auth.users`
    Supabase,
    /// A job of "users export", or what "users import" takes
    Auth0,
    /// The table `auth_user`, or `manage.py dumpdata auth.user`
    Django,
    /// A table `User` as Auth.js has it
    Prisma,
    /// Our own columns
    Plain,
}

/// What can be left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Part {
    Password,
    Username,
    Name,
    Picture,
}

/// Imports, and says what came of it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<ExitCode, Failure> {
    let db = &context.db;
    let What::Users(users) = args.what;
    let format = users
        .format
        .or_else(|| by_name(&users.file))
        .ok_or_else(|| {
            Error::invalid(
                "--format",
                "is needed: the file's name does not say how it is written",
            )
        })?;
    let input = open(&users.file)
        .map_err(|error| Error::invalid("the file", format!("cannot be read: {error}")))?;
    let lines = read::start(input, format, &users, db.clock().now());
    let report = write::all(db, &users, lines).await?;
    report.print(&users, context.output)?;
    Ok(if report.refused {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn by_name(file: &Path) -> Option<Format> {
    match file.extension()?.to_str()? {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "json" => Some(Format::Json),
        _ => None,
    }
}

fn open(file: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    Ok(if file == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::with_capacity(1 << 20, File::open(file)?))
    })
}
