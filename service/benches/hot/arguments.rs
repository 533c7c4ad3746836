//! What is asked for on the command line.

use std::str::FromStr;
use std::time::Duration;

use migration::testing::on_citus;

use crate::measure::Times;
use crate::operation::{Operation, Outcome};
use crate::stacks::Name;

/// How to call it.
pub(crate) const USAGE: &str = "cargo bench -p service --bench hot -- [--rounds 5] [--window 700] [--warm-up 200] \
    [--only a,b,c,d,d1,e,f] [--stacks ours,tokio-postgres] [--peers] [--workers 1,16] [--postgres | --sqlite] [--redraw]";

/// What is measured, and how long.
#[derive(Clone)]
pub(crate) struct Arguments {
    pub(crate) rounds: usize,
    pub(crate) times: Times,
    pub(crate) operations: Vec<Operation>,
    pub(crate) stacks: Vec<Name>,
    pub(crate) workers: Vec<usize>,
    pub(crate) postgres: bool,
    pub(crate) sqlite: bool,
    /// Measure nothing: tables and the picture from what was measured last.
    pub(crate) redraw: bool,
}

impl Arguments {
    /// Reads them.
    pub(crate) fn read(mut given: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut read = Self {
            rounds: 5,
            times: Times {
                warm_up: Duration::from_millis(200),
                window: Duration::from_millis(700),
            },
            operations: Operation::ALL.into(),
            stacks: Name::ALL.into(),
            workers: vec![1, 16],
            postgres: true,
            sqlite: true,
            redraw: false,
        };
        if on_citus() {
            read.stacks.push(Name::OursOnCitus);
        }
        let mut peers = false;
        while let Some(name) = given.next() {
            let mut value = || given.next().ok_or(format!("{name} takes a value\n{USAGE}"));
            match name.as_str() {
                // What `cargo bench` itself passes.
                "--bench" => {}
                "--rounds" => read.rounds = value()?.parse()?,
                "--window" => read.times.window = Duration::from_millis(value()?.parse()?),
                "--warm-up" => read.times.warm_up = Duration::from_millis(value()?.parse()?),
                "--workers" => read.workers = list(&value()?, |one| usize::from_str(one).ok())?,
                "--only" => {
                    read.operations = list(&value()?, |one| {
                        Operation::ALL.into_iter().find(|it| it.key() == one)
                    })?;
                }
                "--stacks" => {
                    read.stacks = list(&value()?, |one| {
                        let others = Name::PEERS.into_iter().chain([Name::OursOnCitus]);
                        let mut all = Name::ALL.into_iter().chain(others);
                        all.find(|it| it.argument() == one)
                    })?;
                }
                "--peers" => peers = true,
                "--postgres" => read.sqlite = false,
                "--sqlite" => read.postgres = false,
                "--redraw" => read.redraw = true,
                _ => return Err(format!("what is {name}?\n{USAGE}").into()),
            }
        }
        if peers {
            let given = read.stacks.clone();
            let missing = Name::PEERS.into_iter().filter(|it| !given.contains(it));
            read.stacks.extend(missing);
        }
        if !(1..=1000).contains(&read.rounds)
            || read.workers.iter().any(|count| !(1..=16).contains(count))
        {
            return Err(format!("rounds are 1 to 1000, workers 1 to 16\n{USAGE}").into());
        }
        Ok(read)
    }
}

fn list<T>(value: &str, one: impl Fn(&str) -> Option<T>) -> Outcome<Vec<T>> {
    value
        .split(',')
        .map(|name| one(name.trim()).ok_or_else(|| format!("what is {name}?\n{USAGE}").into()))
        .collect()
}
