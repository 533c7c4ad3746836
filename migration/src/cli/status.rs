//! `status`: a table for people, JSON for machines, an exit code for scripts.
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::output::{Color, Output};
use crate::connect::DatabaseUrl;
use crate::migrate::{Problem, State, Status};

/// Some migrations are pending.
const PENDING: u8 = 2;
/// The record is not that of this program's migrations.
pub(super) const WRONG: u8 = 3;

/// Shows it, and gives the exit code.
pub(super) fn show(status: &Status, as_json: bool, url: &DatabaseUrl, output: &mut Output) -> u8 {
    let problems = status.problems();
    if as_json {
        output.line(&to_json(status, &problems, url));
    } else {
        table(status, &problems, output);
        let unchecked = match status.unchecked.len() {
            0 => String::new(),
            number => format!(", {number} without a checksum to compare"),
        };
        output.line(&format!(
            "{url}: {} applied, {} pending{unchecked}",
            status.applied(),
            status.pending()
        ));
    }
    match (problems.is_empty(), status.pending()) {
        (false, _) => WRONG,
        (true, 0) => 0,
        (true, _) => PENDING,
    }
}

fn table(status: &Status, problems: &[Problem], output: &mut Output) {
    let width = status.migrations.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or_default();
    for (name, state) in &status.migrations {
        let problem = problems.iter().find(|problem| problem.name() == name);
        let (word, at) = word(*state, problem);
        let color = match (problem, state) {
            (Some(_), _) => Color::Red,
            (None, State::Pending) => Color::Yellow,
            (None, _) => Color::Green,
        };
        let at = at.map(|at| at.format("  %Y-%m-%d %H:%M:%S UTC").to_string());
        let word = output.paint(word, color);
        output.line(&format!("{name:width$}  {word}{}", at.unwrap_or_default()));
    }
}

fn word(state: State, problem: Option<&Problem>) -> (&'static str, Option<DateTime<Utc>>) {
    let (word, at) = match state {
        State::Applied { at } => ("applied", at),
        State::Changed { at } | State::Unknown { at } => ("unknown", at),
        State::Pending | State::OutOfOrder => ("pending", None),
    };
    (problem.map_or(word, Problem::word), at)
}

fn to_json(status: &Status, problems: &[Problem], url: &DatabaseUrl) -> String {
    let migrations: Vec<Value> = status
        .migrations
        .iter()
        .map(|(name, state)| {
            let problem = problems.iter().find(|problem| problem.name() == name);
            let (word, at) = word(*state, problem);
            json!({
                "name": name,
                "state": word,
                "applied_at": at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
                "checksum": !status.unchecked.contains(name) && at.is_some(),
            })
        })
        .collect();
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let all = json!({
        "database": url.to_string(),
        "applied": status.applied(),
        "pending": status.pending(),
        "problems": problems,
        "migrations": migrations,
    });
    format!("{all:#}")
}
