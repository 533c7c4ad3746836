//! `aura audit verify`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::json;
use service::audit::{Anchor, Broken, Fault, Verification};

use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Which};
use crate::output::print;

/// Look whether all chains of the audit hold; exit code 1 where a link is broken
///
/// With `--json` it prints the ends of all chains too. Kept where nobody can change them, and given to the next
/// verification, they show that nothing before was rewritten: `aura audit verify --json > anchors.json`, and the next time
/// `--anchors anchors.json`.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The chain of this application alone, by id, public id or slug
    #[arg(long)]
    application: Option<Which>,
    /// What a verification before printed with `--json`
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
}

/// What was printed, or the list in it alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Whole { anchors: Vec<Anchor> },
    List(Vec<Anchor>),
}

impl Verify {
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let anchors = match &self.anchors {
            Some(path) => read(path)?,
            None => Vec::new(),
        };
        let found = match &self.application {
            Some(which) => {
                let application = look_up::application(&context.db, which, Life::Live).await?;
                let tenant = context.tenant(&application).await?;
                tenant.admin()?.audit().verify(&anchors).await?
            }
            None => context.db.audit().verify(&anchors).await?,
        };
        if context.output.json {
            // On one line: the hashes are long.
            print(&format!("{}\n", json!(found)))?;
        } else {
            print(&described(&found))?;
        }
        Ok(match found.broken {
            Some(_) => ExitCode::FAILURE,
            None => ExitCode::SUCCESS,
        })
    }
}

fn described(found: &Verification) -> String {
    let mut text = format!(
        "{} chain{}, {} events, {} of them with an erased detail\n",
        found.chains,
        if found.chains == 1 { "" } else { "s" },
        found.events,
        found.erased
    );
    if !found.unchecked.is_empty() {
        let unchecked = found.unchecked.len();
        let _ = writeln!(
            text,
            "{unchecked} anchors could not be checked: retention has taken their events"
        );
    }
    match &found.broken {
        None => text.push_str("all links hold\n"),
        Some(broken) => text.push_str(&at(broken)),
    }
    text
}

fn at(broken: &Broken) -> String {
    let application = broken.application_id.map_or_else(
        || "outside of all applications".to_owned(),
        |id| format!("of the application {id}"),
    );
    let event = match broken.event_id {
        Some(id) => format!("event {id}"),
        None => "event".to_owned(),
    };
    let fault = match broken.fault {
        Fault::Missing => "is not there",
        Fault::Changed => "is not what it was",
        Fault::DetailChanged => "has another detail than it had",
        Fault::Foreign => "was not written by this service",
    };
    format!(
        "BROKEN: in lane {} {application}, number {}: the {event} {fault}\n",
        broken.lane, broken.sequence
    )
}

fn read(path: &Path) -> Result<Vec<Anchor>, Failure> {
    let failed = |reason: String| Failure::Failed(format!("{}: {reason}", path.display()));
    let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    match serde_json::from_slice(&text) {
        Ok(Kept::Whole { anchors } | Kept::List(anchors)) => Ok(anchors),
        Err(_) => Err(failed(
            "it holds no anchors, as `aura audit verify --json` prints them".to_owned(),
        )),
    }
}
