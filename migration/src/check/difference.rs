//! What differs between two schemas.
use std::collections::BTreeSet;
use std::fmt;

use super::facts::Facts;
use super::foreign;

/// One object that is not as the migrations make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is and its name: `table users`.
    pub object: String,
    /// What the migrations make and the database lacks.
    pub missing: Vec<String>,
    /// What the database has and the migrations do not make.
    pub extra: Vec<String>,
}

/// Everything that differs, by object; nothing when the database is as its migrations make it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Each object that differs.
    pub differences: Vec<Difference>,
}

impl Drift {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// The objects that differ.
    #[must_use]
    pub fn objects(&self) -> Vec<String> {
        let objects = self.differences.iter();
        objects
            .map(|difference| difference.object.clone())
            .collect()
    }
}

impl fmt::Display for Drift {
    /// As a diff from what the migrations make (`-`) to what the database has (`+`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        writeln!(f, "--- what the migrations make\n+++ the database")?;
        for difference in &self.differences {
            writeln!(f, "\n{}", difference.object)?;
            for (sign, facts) in [('-', &difference.missing), ('+', &difference.extra)] {
                for line in facts.iter().flat_map(|fact| fact.lines()) {
                    writeln!(f, "{sign} {line}")?;
                }
            }
        }
        Ok(())
    }
}

/// What differs, without what is others'. `owner` is whose the schema is.
pub(super) fn of(expected: &Facts, found: &Facts, owner: Option<&str>, ignore: &[String]) -> Drift {
    let names: BTreeSet<&String> = expected
        .objects
        .keys()
        .chain(found.objects.keys())
        .collect();
    let none: Vec<String> = Vec::new();
    let mut differences = Vec::new();
    for name in names {
        let made = expected.objects.get(name);
        let there = found.objects.get(name);
        if let (None, Some(there)) = (made, there) {
            // What is granted on a schema matters whoever owns it.
            let others =
                owner.is_some_and(|owner| owner != there.owner) && !name.starts_with("schema ");
            if others || foreign::is_named(name, ignore) {
                continue;
            }
        }
        let made = made.map_or(&none, |object| &object.facts);
        let there = there.map_or(&none, |object| &object.facts);
        let difference = Difference {
            object: name.clone(),
            missing: without(made, there),
            extra: without(there, made),
        };
        if !(difference.missing.is_empty() && difference.extra.is_empty()) {
            differences.push(difference);
        }
    }
    Drift { differences }
}

fn without(facts: &[String], others: &[String]) -> Vec<String> {
    let others: BTreeSet<&String> = others.iter().collect();
    let left = facts.iter().filter(|fact| !others.contains(fact));
    left.cloned().collect()
}
