//! A user in the making: each column is read into the type that it becomes, and what cannot be is noted.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use serde_json::{Map, Value};
use service::secret::ImportedHash;
use service::{Error, ImportedUser, NewUser};
use uuid::Uuid;

use super::instants;
use super::record::{Problem, Record};
use super::{Part, Users};

/// How far ahead an instant may be: clocks differ, and so does local time, which is read as UTC where no offset stands.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// What of the command decides how a line is read.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) new_ids: bool,
    pub(super) without: Vec<Part>,
    /// The moment of the import.
    pub(super) now: DateTime<Utc>,
}

impl Options {
    pub(super) fn of(users: &Users, now: DateTime<Utc>) -> Self {
        Self {
            new_ids: users.new_ids,
            without: users.without.clone(),
            now,
        }
    }
}

/// Reads the columns of one line.
pub(super) struct Draft<'r> {
    line: u64,
    columns: &'r Map<String, Value>,
    pub(super) options: &'r Options,
    pub(super) problems: Vec<Problem>,
}

/// The first of the columns that the line has something in.
pub(super) type Names = &'static [&'static str];

impl<'r> Draft<'r> {
    pub(super) fn new(record: &'r Record, options: &'r Options) -> Self {
        Self {
            line: record.line,
            columns: &record.columns,
            options,
            problems: Vec::new(),
        }
    }

    /// The same line, but for the columns of an object in it.
    pub(super) fn inside<'i>(&'i self, columns: &'i Map<String, Value>) -> Draft<'i> {
        Draft {
            line: self.line,
            columns,
            options: self.options,
            problems: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, column: &'static str, what: impl Into<String>) {
        self.problems.push(Problem::new(self.line, column, what));
    }

    /// What stands in the first of the columns that is not empty.
    pub(super) fn value(&self, names: Names) -> Option<(&'static str, &'r Value)> {
        names.iter().find_map(|name| {
            let value = self.columns.get(*name)?;
            let empty =
                value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
            (!empty).then_some((*name, value))
        })
    }

    pub(super) fn text(&mut self, names: Names) -> Option<(&'static str, &'r str)> {
        let (name, value) = self.value(names)?;
        let text = value.as_str().map(str::trim);
        if text.is_none() {
            self.problem(name, "is no text");
        }
        Some((name, text?))
    }

    pub(super) fn parsed<T: FromStr<Err = Error>>(&mut self, names: Names) -> Option<T> {
        let (name, text) = self.text(names)?;
        self.parse(name, text)
    }

    pub(super) fn parse<T: FromStr<Err = Error>>(
        &mut self,
        name: &'static str,
        text: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(Error::Invalid { reason, .. }) => {
                self.problem(name, reason);
                None
            }
            Err(_) => {
                self.problem(name, "cannot be read");
                None
            }
        }
    }

    /// As [`parsed`](Self::parsed), of what the command may leave out.
    pub(super) fn part<T: FromStr<Err = Error>>(&mut self, part: Part, names: Names) -> Option<T> {
        if self.leaves_out(part) {
            None
        } else {
            self.parsed(names)
        }
    }

    pub(super) fn leaves_out(&self, part: Part) -> bool {
        self.options.without.contains(&part)
    }

    pub(super) fn instant(&mut self, names: Names) -> Option<DateTime<Utc>> {
        let (name, value) = self.value(names)?;
        let at = instants::read(value);
        if at.is_none() {
            self.problem(
                name,
                "is no instant: it takes 2024-05-01T12:00:00Z, and what looks alike",
            );
        }
        at
    }

    /// As [`instant`](Self::instant), of what has been and is stored: the years 1 to 9999, and not in the future.
    pub(super) fn past(&mut self, names: Names) -> Option<DateTime<Utc>> {
        let at = self.instant(names)?;
        let what = if !(1..=9999).contains(&at.year()) {
            "is not in the years 1 to 9999"
        } else if at > self.options.now + AHEAD {
            "is in the future"
        } else {
            return Some(at);
        };
        let (name, _) = self.value(names)?;
        self.problem(name, what);
        None
    }

    pub(super) fn truth(&mut self, names: Names) -> Option<bool> {
        let (name, value) = self.value(names)?;
        let truth = match value {
            Value::Bool(truth) => Some(*truth),
            Value::Number(number) => number
                .as_i64()
                .filter(|one| (0..=1).contains(one))
                .map(|one| one == 1),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "1" | "yes" => Some(true),
                "false" | "f" | "0" | "no" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if truth.is_none() {
            self.problem(name, "is neither true nor false");
        }
        truth
    }

    /// The id, if it is to be kept and is a UUID; numbers and others' forms are not.
    pub(super) fn id(&mut self, names: Names) -> Option<Uuid> {
        if self.options.new_ids {
            return None;
        }
        let (name, value) = self.value(names)?;
        let id = value.as_str()?.trim().parse::<Uuid>().ok()?;
        if id.is_nil() || id.is_max() {
            self.problem(name, "is not the id of anybody");
            return None;
        }
        Some(id)
    }

    pub(super) fn password(&mut self, names: Names) -> Option<ImportedHash> {
        self.part(Part::Password, names)
    }

    /// An object, or the text of one.
    pub(super) fn object(&mut self, names: Names) -> Option<Map<String, Value>> {
        let (name, value) = self.value(names)?;
        let map = match value {
            Value::Object(map) => Some(map.clone()),
            Value::String(text) => serde_json::from_str(text).ok(),
            _ => None,
        };
        if map.is_none() {
            self.problem(name, "is no JSON object");
        }
        map
    }

    /// The user with the address; the rest is the caller's to fill in.
    pub(super) fn user(&mut self, address: Names) -> Option<ImportedUser> {
        let Some((name, text)) = self.text(address) else {
            let column = address.first().copied().unwrap_or_default();
            if self.problems.is_empty() {
                self.problem(column, "is missing: every user has an address");
            }
            return None;
        };
        Some(ImportedUser::new(NewUser::new(self.parse(name, text)?)))
    }
}

/// The full name of two parts.
pub(super) fn joined(given: Option<&str>, family: Option<&str>) -> Option<String> {
    let parts: Vec<_> = [given, family].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
