//! What ours is to reach, and whether it does.

use crate::report::{Cell, Part, Report};

/// How many times as fast as a stack of Node ours is to be, where so many ask at once.
const PEERS: [(&str, &str, f64); 3] = [
    ("Drizzle", "times Drizzle", 4.0),
    ("Drizzle, pg", "times Drizzle on node-postgres", 4.0),
    ("Prisma", "times Prisma", 6.0),
];
const AT_ONCE: usize = 16;

/// What one cell is held against.
struct Bound {
    what: &'static str,
    value: Option<f64>,
    /// It must not be below, or not above.
    least: bool,
    limit: f64,
}

impl Bound {
    fn least(what: &'static str, value: Option<f64>, bound: f64) -> Self {
        Self {
            what,
            value,
            least: true,
            limit: bound,
        }
    }

    fn most(what: &'static str, value: Option<f64>, bound: f64) -> Self {
        Self {
            least: false,
            ..Self::least(what, value, bound)
        }
    }
}

/// Prints each bound and whether it holds.
pub(crate) fn print(report: &Report) {
    println!("\nbounds of ours");
    for cell in report.cells.iter().filter(|cell| cell.stack == "ours") {
        let at = match cell.part {
            Part::Postgres => "PostgreSQL",
            Part::PostgresDisk => continue,
            Part::Sqlite => "SQLite",
        };
        let at = format!("{at}, {}, {} at once", cell.title, cell.workers);
        for bound in of(cell).into_iter().chain(beside_peers(report, cell)) {
            say(&at, &bound);
        }
    }
    if let Some(writers) = &report.writers {
        let at = format!("SQLite, {} writers", writers.at_once);
        let locked = u32::try_from(writers.locked).ok().map(f64::from);
        say(&at, &Bound::most("`database is locked`", locked, 0.0));
        say(
            &at,
            &Bound::most("slowest write, ms", Some(writers.slowest), 100.0),
        );
    }
}

fn of(cell: &Cell) -> Vec<Bound> {
    if cell.part == Part::Sqlite {
        return vec![Bound::least(
            "per second, to SeaORM",
            cell.seaorm_ratio,
            1.3,
        )];
    }
    // Fewer round trips than the statements that somebody writes one after the other.
    let least = if cell.operation == "d" { 1.5 } else { 0.95 };
    vec![
        Bound::least("per second", cell.ratio, least),
        Bound::most("p99", cell.p99_ratio, 2.0),
        Bound::most("client CPU", cell.client_cpu_ratio, 1.4),
    ]
}

fn beside_peers(report: &Report, cell: &Cell) -> Vec<Bound> {
    if cell.part != Part::Postgres || cell.workers != AT_ONCE {
        return Vec::new();
    }
    PEERS
        .into_iter()
        .map(|(stack, what, least)| Bound::least(what, report.times(cell, stack), least))
        .collect()
}

fn say(at: &str, bound: &Bound) {
    let Some(value) = bound.value else {
        return;
    };
    let holds = if bound.least {
        value >= bound.limit
    } else {
        value <= bound.limit
    };
    println!(
        "  {:<14} {at}: {} {value:.2}, {} {}",
        if holds { "holds" } else { "does not hold" },
        bound.what,
        if bound.least { "at least" } else { "at most" },
        bound.limit
    );
}
