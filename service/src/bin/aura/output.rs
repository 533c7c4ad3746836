//! Where the result goes: to the standard output, as text for people or as one JSON document for programs.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;
use serde_json::{Value as Json, json};
use service::Deleted;
use uuid::Uuid;

use crate::failure::Failure;
use crate::instant::shown;
use crate::table;

/// How the result is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// As JSON.
    pub(crate) json: bool,
    /// Whether text may be bold or coloured.
    pub(crate) style: bool,
}

impl Output {
    /// Styled on a terminal, unless `NO_COLOR` says otherwise (no-color.org).
    pub(crate) fn new(json: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            json,
            style: !json && !unwanted && io::stdout().is_terminal(),
        }
    }

    /// What was done: a line, or the same as JSON.
    pub(crate) fn said(self, json: &Json, line: &str) -> Result<(), Failure> {
        if self.json {
            print_json(json)
        } else {
            print(&format!("{}\n", table::clean(line)))
        }
    }

    /// One thing: a line for each field that has a value, or JSON.
    pub(crate) fn one(
        self,
        json: &impl Serialize,
        fields: &[(&str, Option<String>)],
    ) -> Result<(), Failure> {
        if self.json {
            return print_json(json);
        }
        let width = fields.iter().map(|(name, _)| name.len()).max();
        let width = width.unwrap_or_default();
        let mut text = String::new();
        for (name, value) in fields {
            if let Some(value) = value {
                let name = format!("{name:width$}");
                let name = self.paint(&name, table::BOLD);
                let _ = writeln!(text, "{name}  {}", table::clean(value));
            }
        }
        print(&text)
    }

    /// The text in that style, where text is styled.
    pub(crate) fn paint(self, text: &str, style: &str) -> String {
        if self.style {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Text as it is, to the standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::output(&error))
}

/// A JSON document of its own.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::Failed(format!("cannot write the result: {error}")))?;
    print(&format!("{text}\n"))
}

/// Something that was deleted.
pub(crate) struct Gone<'a> {
    what: &'static str,
    name: &'a str,
    id: Uuid,
    deleted: Deleted,
}

impl<'a> Gone<'a> {
    pub(crate) fn new(what: &'static str, name: &'a str, id: Uuid, deleted: Deleted) -> Self {
        Self {
            what,
            name,
            id,
            deleted,
        }
    }

    pub(crate) fn json(&self) -> Json {
        json!({
            "id": self.id,
            "deleted_at": self.deleted.at(),
            "deletion_id": self.deleted.deletion_id(),
            "already": matches!(self.deleted, Deleted::Already { .. }),
        })
    }
}

impl fmt::Display for Gone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, name, .. } = self;
        match self.deleted {
            Deleted::Now { .. } => write!(f, "deleted the {what} {name}"),
            Deleted::Already { at, .. } => write!(
                f,
                "the {what} {name} was deleted already, at {}: nothing changed",
                shown(at)
            ),
        }
    }
}
