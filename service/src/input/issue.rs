//! What is wrong with an input.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong with an input.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Issue {
    /// Where: `email`, `roles[1]`, `recipients.to[0]`; empty: the input as a whole.
    pub field: String,
    /// What is wrong with it, as the end of a sentence that begins with the field. It quotes no value.
    pub reason: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = match self.field.as_str() {
            "" => "the input",
            field => field,
        };
        write!(f, "{field} {}", self.reason)
    }
}

/// An input that is not accepted, with all that is wrong with it. As JSON: `{ "errors": [{ "field": …, "reason": … }] }`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[error("{}", sentences(issues))]
pub struct InvalidInput {
    /// What is wrong, one for each field, in the order in which it was found; one at least.
    #[serde(rename = "errors")]
    pub(super) issues: Vec<Issue>,
    #[serde(skip)]
    pub(super) malformed: bool,
}

impl InvalidInput {
    /// What is wrong, one for each field; one at least.
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// What is wrong, to keep.
    #[must_use]
    pub fn into_issues(self) -> Vec<Issue> {
        self.issues
    }

    /// Whether it could not be read at all: it is no JSON, or past the [bounds](super#bounds).
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        self.malformed
    }

    pub(super) fn malformed(reason: impl Into<String>) -> Self {
        let issue = Issue {
            field: String::new(),
            reason: reason.into(),
        };
        Self {
            issues: vec![issue],
            malformed: true,
        }
    }
}

fn sentences(issues: &[Issue]) -> String {
    let sentences: Vec<_> = issues.iter().map(ToString::to_string).collect();
    sentences.join("; ")
}
