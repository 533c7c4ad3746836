//! The report as tables.

use crate::report::{Cell, Part, Report};
use crate::stacks::Name;

/// Prints what was measured, an operation after the other.
pub(crate) fn print(report: &Report) {
    println!(
        "{} processors, shared by client and server; {} rounds of {} ms",
        report.processors, report.rounds, report.window_ms
    );
    if !report.postgres.is_empty() {
        println!(
            "PostgreSQL {} on 127.0.0.1, its defaults (fsync on) but {}",
            report.postgres,
            report.settings.join(", ")
        );
    }
    if !report.citus.is_empty() {
        println!("{}, synchronous_commit = off", report.citus);
    }
    if !report.sqlite.is_empty() {
        println!("SQLite {}, WAL, synchronous = NORMAL", report.sqlite);
    }
    println!(
        "Times in µs, CPU time for one operation; × are ratios to tokio-postgres or rusqlite in the same round, medians"
    );
    let mut last = None;
    for cell in &report.cells {
        let group = (cell.part, cell.operation.clone(), cell.workers);
        if last.as_ref() != Some(&group) {
            head(cell);
            last = Some(group);
        }
        row(cell);
        if cell.stack == Name::OursOnCitus.title() {
            let times = number(report.times(cell, Name::Ours.title()), 2);
            println!("{:>37}times ours on the plain server", times + " ");
        }
    }
    if let Some(writers) = &report.writers {
        println!(
            "\nSQLite, {} writers for {:.1} s through ours: {} writes, {} times `database is locked`, p99 {:.1} ms, \
             slowest {:.1} ms",
            writers.at_once,
            writers.seconds,
            writers.writes,
            writers.locked,
            writers.p99,
            writers.slowest
        );
    }
}

fn head(cell: &Cell) {
    let part = match cell.part {
        Part::Postgres if matches!(cell.operation.as_str(), "d" | "d1" | "e") => {
            "PostgreSQL, synchronous_commit = off"
        }
        Part::Postgres => "PostgreSQL",
        Part::PostgresDisk => "PostgreSQL, synchronous_commit = on",
        Part::Sqlite => "SQLite",
    };
    println!(
        "\n{}  {} | {} at once | {part}",
        cell.operation, cell.title, cell.workers
    );
    println!(
        "  {:<16}{:>9}{:>7}{:>8}{:>9}{:>9}{:>7}{:>9}{:>7}{:>9}{:>7}{:>7}",
        "", "/s", "×", "×SeaORM", "p50", "p99", "×", "client", "×", "server", "×", "trips"
    );
}

fn row(cell: &Cell) {
    println!(
        "  {:<16}{:>9.0}{:>7}{:>8}{:>9.0}{:>9.0}{:>7}{:>9.1}{:>7}{:>9}{:>7}{:>7}",
        cell.stack,
        cell.per_second,
        number(cell.ratio, 2),
        number(cell.seaorm_ratio, 2),
        cell.p50,
        cell.p99,
        number(cell.p99_ratio, 2),
        cell.client_cpu,
        number(cell.client_cpu_ratio, 2),
        number(cell.server_cpu, 1),
        number(cell.server_cpu_ratio, 2),
        number(cell.round_trips, 1),
    );
}

/// Nothing for what is not known.
fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}
