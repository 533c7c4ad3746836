//! What was found, line by line.

use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;
use crate::output::{Output, print, print_json};
use crate::table::clean;

/// How things stand with one thing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Ok,
    /// It works, and could be better.
    Warning,
    /// It does not work, or is not safe.
    Failed,
    /// Nothing can be said.
    Skipped,
}

impl Level {
    /// The word, and how it is coloured (Select Graphic Rendition, ECMA-48 §8.3.117).
    fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("ok", "32"),
            Self::Warning => ("warning", "33"),
            Self::Failed => ("failed", "1;31"),
            Self::Skipped => ("skipped", "2"),
        }
    }
}

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    level: Level,
    said: String,
    /// What to do; `None`: nothing.
    advice: Option<String>,
}

/// What was found so far. Lines are shown as they come.
pub(super) struct Report {
    output: Output,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            findings: Vec::new(),
        }
    }

    pub(super) fn ok(
        &mut self,
        check: &'static str,
        said: impl Into<String>,
    ) -> Result<(), Failure> {
        self.add(check, Level::Ok, &said.into(), None)
    }

    pub(super) fn skipped(
        &mut self,
        check: &'static str,
        said: impl Into<String>,
    ) -> Result<(), Failure> {
        self.add(check, Level::Skipped, &said.into(), None)
    }

    pub(super) fn warning(
        &mut self,
        check: &'static str,
        said: impl Into<String>,
        advice: impl Into<String>,
    ) -> Result<(), Failure> {
        self.add(check, Level::Warning, &said.into(), Some(advice.into()))
    }

    /// Where the reason says what to do itself, the advice is empty.
    pub(super) fn failed(
        &mut self,
        check: &'static str,
        said: impl Into<String>,
        advice: impl Into<String>,
    ) -> Result<(), Failure> {
        let advice = Some(advice.into()).filter(|advice| !advice.is_empty());
        self.add(check, Level::Failed, &said.into(), advice)
    }

    /// That a look failed is a finding too.
    pub(super) fn or_failed(
        &mut self,
        check: &'static str,
        looked: Result<(), Failure>,
    ) -> Result<(), Failure> {
        match looked {
            Err(Failure::Unread) => Err(Failure::Unread),
            Err(failure) => self.failed(check, failure.to_string(), ""),
            Ok(()) => Ok(()),
        }
    }

    fn add(
        &mut self,
        check: &'static str,
        level: Level,
        said: &str,
        advice: Option<String>,
    ) -> Result<(), Failure> {
        let (said, advice) = (clean(said), advice.map(|advice| clean(&advice)));
        if !self.output.json {
            let (word, style) = level.word();
            let word = self.output.paint(&format!("{word:7}"), style);
            let advice = advice.as_ref().map(|advice| format!(": {advice}"));
            let advice = advice.unwrap_or_default();
            print(&format!("{word}  {check:10}  {said}{advice}\n"))?;
        }
        self.findings.push(Finding {
            check,
            level,
            said,
            advice,
        });
        Ok(())
    }

    /// Shows what is left to show, and gives the exit code.
    pub(super) fn end(&self, strict: bool) -> Result<ExitCode, Failure> {
        let any = |level| self.findings.iter().any(|finding| finding.level == level);
        let well = !(any(Level::Failed) || strict && any(Level::Warning));
        if self.output.json {
            print_json(&json!({"ok": well, "findings": self.findings}))?;
        }
        Ok(if well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
