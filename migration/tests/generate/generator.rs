//! `sea-orm-cli`, called as a library.

use std::{
    error::Error,
    path::Path,
    process::{Command, Stdio},
};

use clap::Parser;
use sea_orm_cli::{Cli, Commands, GenerateSubcommands, run_generate_command};

use crate::files::Files;

/// What writes `entity/src`, run at the root of the workspace. README.md documents it.
pub(crate) const COMMAND: &str = "sea-orm-cli generate entity --output-dir entity/src --lib --entity-format dense \
     --with-serde both --banner-version major";

/// The name under which the generator leaves the ER diagram among the entities.
const DIAGRAM: &str = "entities.mermaid";

/// What the generator writes from one database.
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) entities: Files,
    pub(crate) diagram: String,
}

/// Runs [`COMMAND`] on the database at `url`, with an ER diagram and into a folder of its own.
///
/// # Errors
///
/// A message for people, whether the generator fails or panics.
pub(crate) async fn run(url: &str, schema: Option<&str>) -> Result<Generated, String> {
    need_rustfmt()?;
    keep_quiet();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .map_err(|error| format!("no temporary folder: {error}"))?;
    let command = command(url, schema, folder.path())?;
    let run = async move {
        run_generate_command(command, false)
            .await
            .map_err(|error| describe(error.as_ref()))
    };
    // A task of its own, because the generator panics at what it does not know.
    match tokio::spawn(run).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(format!("sea-orm-cli fails: {error}")),
        Err(panic) => return Err(format!("sea-orm-cli panics: {panic}")),
    }
    let mut entities = Files::read(folder.path());
    let diagram = entities
        .remove(DIAGRAM)
        .ok_or_else(|| format!("sea-orm-cli wrote no {DIAGRAM}"))?;
    Ok(Generated { entities, diagram })
}

/// [`COMMAND`] as its own parser reads it, with what is particular to one run.
fn command(url: &str, schema: Option<&str>, folder: &Path) -> Result<GenerateSubcommands, String> {
    let words = COMMAND
        .split_whitespace()
        .chain(["--er-diagram", "--database-url", url]);
    let cli = Cli::try_parse_from(words)
        .map_err(|error| format!("sea-orm-cli does not know the command `{COMMAND}`: {error}"))?;
    let Commands::Generate {
        command: mut generate,
    } = cli.command
    else {
        return Err(format!("`{COMMAND}` generates nothing"));
    };
    let GenerateSubcommands::Entity {
        output_dir,
        database_schema,
        ..
    } = &mut generate;
    *output_dir = folder.display().to_string();
    // Whatever DATABASE_SCHEMA says, which the parser reads too.
    *database_schema = schema.map(str::to_owned);
    Ok(generate)
}

/// The generator formats each file and says no more than "No such file or directory" where it cannot.
fn need_rustfmt() -> Result<(), String> {
    let found = Command::new("rustfmt")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if found.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err("the generator needs rustfmt, and `rustfmt --version` does not run: `rustup component add rustfmt`".to_owned())
}

/// The generator tells of every column that it found, unless somebody listens already and writes nothing down.
fn keep_quiet() {
    use tracing_subscriber::util::SubscriberInitExt;
    let _first_or_not = tracing_subscriber::registry().try_init();
}

fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
