//! What is asked for on the command line.

use std::time::Duration;

use crate::child::Child;
use crate::common::Outcome;

/// How to call it.
const USAGE: &str = "cargo bench -p service --bench limits -- [--only growth,writers,floor,memory,cold] [--rows 1000000] \
    [--rounds 5] [--window 1500]";

/// A part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Growth,
    Writers,
    Floor,
    Memory,
    Cold,
}

impl Part {
    const ALL: [(&'static str, Self); 5] = [
        ("growth", Self::Growth),
        ("writers", Self::Writers),
        ("floor", Self::Floor),
        ("memory", Self::Memory),
        ("cold", Self::Cold),
    ];
}

/// What is measured, and how long.
pub(crate) struct Arguments {
    parts: Vec<Part>,
    /// Rows of the large tables.
    pub(crate) rows: usize,
    /// How often growth and the floor are measured, in turns.
    pub(crate) rounds: usize,
    /// Of writers and memory.
    pub(crate) window: Duration,
}

/// Who is asked.
pub(crate) enum Given {
    Parent(Arguments),
    /// A process that is measured by another one.
    Child(Child),
}

impl Arguments {
    pub(crate) fn does(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Reads them.
    pub(crate) fn read(mut given: impl Iterator<Item = String>) -> Outcome<Given> {
        let mut read = Self {
            parts: Part::ALL.map(|(_, part)| part).into(),
            rows: 1_000_000,
            rounds: 5,
            window: Duration::from_millis(1500),
        };
        while let Some(name) = given.next() {
            let mut value = || given.next().ok_or(format!("{name} takes a value\n{USAGE}"));
            match name.as_str() {
                // What `cargo bench` itself passes.
                "--bench" => {}
                "--child" => return Child::read(&value()?).map(Given::Child),
                "--rows" => read.rows = value()?.parse()?,
                "--rounds" => read.rounds = value()?.parse()?,
                "--window" => read.window = Duration::from_millis(value()?.parse()?),
                "--only" => read.parts = parts(&value()?)?,
                _ => return Err(format!("what is {name}?\n{USAGE}").into()),
            }
        }
        // A round uses 1,000 magic links, and the small table has 10,000.
        if !(1..=9).contains(&read.rounds) || !(10_000..=100_000_000).contains(&read.rows) {
            return Err(format!("rounds are 1 to 9, rows 10000 to 100000000\n{USAGE}").into());
        }
        Ok(Given::Parent(read))
    }
}

fn parts(value: &str) -> Outcome<Vec<Part>> {
    let one = |name: &str| {
        let known = Part::ALL.iter().find(|(known, _)| *known == name.trim());
        let part = known.map(|(_, part)| *part);
        part.ok_or_else(|| format!("what is {name}?\n{USAGE}").into())
    };
    value.split(',').map(one).collect()
}
