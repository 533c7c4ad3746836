//! The report as tables.

use crate::report::{Report, Writing};

/// Prints what was measured.
pub(crate) fn print(report: &Report) {
    println!(
        "{} processors, shared by client and server; {} rounds, windows of {} ms; medians, times in µs where nothing else \
         is said",
        report.processors, report.rounds, report.window_ms
    );
    if !report.postgres.is_empty() {
        println!(
            "PostgreSQL {} on 127.0.0.1, its defaults (fsync on) but {}",
            report.postgres,
            report.settings.join(", ")
        );
    }
    growth(report);
    writers(&report.writers);
    rest(report);
    if !report.bounds.is_empty() {
        println!("\nbounds");
    }
    for bound in &report.bounds {
        let holds = if bound.holds {
            "holds"
        } else {
            "does not hold"
        };
        println!(
            "  {holds:<14} {}: {:.2}, at most {}",
            bound.what, bound.value, bound.limit
        );
    }
}

fn growth(report: &Report) {
    let Some(first) = report.growth.first() else {
        return;
    };
    println!(
        "\nOne worker, {} rows and {}, in memory, synchronous_commit = off",
        first.rows[0], first.rows[1]
    );
    println!(
        "  {:<42}{:>8}{:>8}{:>7}{:>12}{:>8}{:>7}",
        "", "p50", "p50", "×", "server CPU", "", "×"
    );
    for grown in &report.growth {
        println!(
            "  {:<42}{:>8.0}{:>8.0}{:>7.2}{:>12}{:>8}{:>7}",
            grown.operation,
            grown.p50[0],
            grown.p50[1],
            grown.p50_ratio,
            number(grown.server_cpu[0], 0),
            number(grown.server_cpu[1], 0),
            number(grown.server_cpu_ratio, 2),
        );
    }
}

/// With the audit off and on, beside each other.
fn writers(all: &[Writing]) {
    if all.is_empty() {
        return;
    }
    println!("\nSign-ups at once, 16 connections, synchronous_commit = on; audit off | on");
    println!(
        "  {:>13}{:>9}{:>10}{:>9}{:>9}  |{:>8}{:>9}{:>9}{:>7}",
        "applications", "writers", "/s", "p50", "p99", "/s", "p50", "p99", "×"
    );
    for pair in all.chunks(2) {
        let [off, on] = pair else {
            continue;
        };
        println!(
            "  {:>13}{:>9}{:>10.0}{:>9.0}{:>9.0}  |{:>8.0}{:>9.0}{:>9.0}{:>7.2}",
            off.applications,
            off.writers,
            off.per_second,
            off.p50,
            off.p99,
            on.per_second,
            on.p50,
            on.p99,
            on.per_second / off.per_second
        );
    }
}

fn rest(report: &Report) {
    if let Some(floor) = &report.floor {
        println!("\nOne client read, one worker");
        println!("  {:<52}{:>8}{:>8}{:>8}", "", "trips", "p50", "p99");
        for way in &floor.ways {
            println!(
                "  {:<52}{:>8.2}{:>8.0}{:>8.0}",
                way.title, way.round_trips, way.p50, way.p99
            );
        }
        println!(
            "  a tenant's transaction to the statement alone {:.2}, to tokio-postgres {:.2}, with the same settings {:.2}",
            floor.to_alone, floor.to_hand, floor.to_hand_floor
        );
    }
    if let Some(memory) = &report.memory {
        println!(
            "\n{} operations at once on {} connections, {} in all: {:.1} MiB resident at most, {:.1} before connecting",
            memory.at_once, memory.connections, memory.operations, memory.peak, memory.before
        );
    }
    if let Some(cold) = &report.cold {
        println!(
            "\nStart of a process to its first answer, {} times: {:.1} ms, slowest {:.1}; since main {:.1}; a process that \
             does nothing {:.1}",
            cold.starts, cold.median, cold.slowest, cold.inside, cold.bare
        );
    }
}

/// Nothing for what is not known.
fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}
