//! What an import did, and what stood in its way.

use serde_json::json;

use super::Users;
use super::record::Problem;
use crate::failure::Failure;
use crate::output::Output;

/// The report.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// How many were made, or would have been.
    pub(super) imported: u64,
    /// Of these, how many have a password.
    pub(super) with_password: u64,
    /// Of these, how many arrived deleted.
    pub(super) deleted: u64,
    /// How many were there already.
    pub(super) existing: u64,
    /// What cannot be imported, in the order of the lines.
    pub(super) problems: Vec<Problem>,
    /// Reading stopped there: there may be more.
    pub(super) stopped: bool,
    /// Nothing was written because of the problems.
    pub(super) refused: bool,
}

impl Report {
    pub(super) fn print(&self, users: &Users, output: Output) -> Result<(), Failure> {
        if !output.json {
            for Problem { line, column, what } in &self.problems {
                let column = if column.is_empty() {
                    String::new()
                } else {
                    format!(", {column}")
                };
                eprintln!("line {line}{column}: {what}");
            }
            if self.stopped {
                eprintln!(
                    "stopped after {} problems: there may be more (--max-errors)",
                    self.problems.len()
                );
            }
        }
        // Nothing is wrong with it, but likely it is not the file that was meant.
        if self.imported + self.existing == 0 && self.problems.is_empty() {
            eprintln!("warning: there is not a single user in that file");
        }
        let problems: Vec<_> = self
            .problems
            .iter()
            .map(|one| json!({ "line": one.line, "column": one.column, "problem": one.what }))
            .collect();
        let written = |number: u64| if self.refused { 0 } else { number };
        let json = json!({
            "written": !self.refused && !users.dry_run,
            "imported": written(self.imported),
            "with_password": written(self.with_password),
            "deleted": written(self.deleted),
            "existing": self.existing,
            "problems": problems,
            "stopped": self.stopped,
        });
        output.said(&json, &self.summary(users))
    }

    fn summary(&self, users: &Users) -> String {
        let problems = self.problems.len();
        if self.refused {
            return format!(
                "nothing was imported: {}",
                counted(problems as u64, "problem")
            );
        }
        let did = if users.dry_run {
            "would import"
        } else {
            "imported"
        };
        let mut text = format!(
            "{did} {}, {} with a password",
            counted(self.imported, "user"),
            self.with_password
        );
        for (number, what) in [
            (self.deleted, "arrived deleted"),
            (self.existing, "left out: there already"),
            (problems as u64, "left out: cannot be imported"),
        ] {
            if number > 0 {
                text.extend(["; ", &number.to_string(), " ", what]);
            }
        }
        text
    }
}

fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
