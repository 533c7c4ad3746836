//! The report as a picture: of each operation at the most workers, what each stack reaches of the reference.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::operation::Outcome;
use crate::report::{Cell, Part, Report};

/// Stacks in the order of their bars, with their colours on light and on dark ground. rusqlite, with no threads in between,
/// would dwarf the others.
const STACKS: [(&str, &str, &str); 7] = [
    ("ours", "#1f6feb", "#58a6ff"),
    ("tokio-postgres", "#6e7781", "#8b949e"),
    ("sqlx", "#bf8700", "#d29922"),
    ("SeaORM", "#cf5a2a", "#f0883e"),
    ("Drizzle", "#2da44e", "#3fb950"),
    ("Drizzle, pg", "#116329", "#2ea043"),
    ("Prisma", "#8250df", "#a371f7"),
];

const WIDTH: f64 = 820.0;
/// Where bars begin.
const LEFT: f64 = 300.0;
const BAR: f64 = 15.0;
/// Above the first operation of a part.
const HEAD: f64 = 58.0;
const GAP: f64 = 12.0;
/// Beside a bar, for its number.
const NUMBER: f64 = 70.0;

/// Draws `service/benches/hot.svg`.
pub(crate) fn draw(report: &Report) -> Outcome<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/hot.svg");
    fs::write(path, svg(report))?;
    Ok(())
}

fn svg(report: &Report) -> String {
    let mut body = String::new();
    let mut y = 0.0;
    for (part, title) in [
        (
            Part::Postgres,
            "PostgreSQL: operations per second, as a part of tokio-postgres prepared by hand",
        ),
        (
            Part::Sqlite,
            "SQLite: operations per second, as a part of plain SeaORM",
        ),
    ] {
        let workers = report.cells.iter().filter(|cell| cell.part == part);
        if let Some(workers) = workers.map(|cell| cell.workers).max() {
            let cells: Vec<_> = report
                .cells
                .iter()
                .filter(|cell| cell.part == part && cell.workers == workers)
                .collect();
            y = group(&mut body, y, &format!("{title}; {workers} at once"), &cells);
        }
    }
    let mut style = String::new();
    let mut dark = String::new();
    for (place, (_, on_light, on_dark)) in STACKS.iter().enumerate() {
        let _ = write!(style, ".s{place}{{fill:{on_light}}}");
        let _ = write!(dark, ".s{place}{{fill:{on_dark}}}");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Operations per second of each stack\">\n\
         <style>text{{font:12px system-ui,sans-serif;fill:#1f2328}}.t{{font-weight:600}}.m{{fill:#59636e}}\
         .g{{fill:#ffffff}}.l{{stroke:#d1d9e0}}{style}\
         @media(prefers-color-scheme:dark){{text{{fill:#f0f6fc}}.m{{fill:#9198a1}}.g{{fill:#0d1117}}.l{{stroke:#3d444d}}{dark}}}\
         </style>\n<rect class=\"g\" width=\"{WIDTH}\" height=\"{height}\"/>\n{body}</svg>\n",
        height = y + GAP
    )
}

/// Draws a part from `y` on; returns where it ends.
fn group(body: &mut String, y: f64, title: &str, cells: &[&Cell]) -> f64 {
    let shown: Vec<_> = cells
        .iter()
        .filter_map(|cell| Some((place(cell)?, *cell, value(cell)?)))
        .collect();
    let most = shown.iter().map(|(_, _, value)| *value).fold(1.0, f64::max);
    let scale = (WIDTH - LEFT - NUMBER) / most;
    text(body, "t", 12.0, y + 22.0, title);
    legend(body, y + 42.0, &shown);
    let top = y + HEAD;
    let mut y = top;
    let mut operations: Vec<&str> = Vec::new();
    for (_, cell, _) in &shown {
        if cell.operation != "d1" && !operations.contains(&cell.operation.as_str()) {
            operations.push(&cell.operation);
        }
    }
    for operation in operations {
        let mut bars: Vec<_> = shown
            .iter()
            .filter(|(_, cell, _)| cell.operation == operation)
            .collect();
        bars.sort_by_key(|(place, _, _)| *place);
        let Some((_, first, _)) = bars.first() else {
            continue;
        };
        text(body, "", 12.0, y + 12.0, &first.title);
        for (place, cell, value) in bars {
            let _ = writeln!(
                body,
                "<rect class=\"s{place}\" x=\"{LEFT}\" y=\"{y:.0}\" width=\"{:.1}\" height=\"{:.0}\"><title>{}: {:.0} per second</title></rect>",
                value * scale,
                BAR - 2.0,
                cell.stack,
                cell.per_second
            );
            text(
                body,
                "m",
                LEFT + value * scale + 6.0,
                y + 11.0,
                &format!("{value:.2}"),
            );
            y += BAR;
        }
        y += GAP;
    }
    let x = LEFT + scale;
    let _ = writeln!(
        body,
        "<line class=\"l\" stroke-dasharray=\"3 3\" x1=\"{x:.1}\" y1=\"{top:.0}\" x2=\"{x:.1}\" y2=\"{y:.0}\"/>"
    );
    y + GAP
}

fn legend(body: &mut String, y: f64, shown: &[(usize, &Cell, f64)]) {
    let mut x = 12.0;
    for (place, (name, _, _)) in STACKS.iter().enumerate() {
        if shown.iter().all(|(other, _, _)| *other != place) {
            continue;
        }
        let _ = writeln!(
            body,
            "<rect class=\"s{place}\" x=\"{x:.0}\" y=\"{:.0}\" width=\"10\" height=\"10\"/>",
            y - 9.0
        );
        text(body, "", x + 15.0, y, name);
        x += 40.0 + 7.5 * f64::from(u32::try_from(name.len()).unwrap_or(0));
    }
}

/// Which of the stacks; `None`: it is in no picture.
fn place(cell: &Cell) -> Option<usize> {
    STACKS.iter().position(|(name, _, _)| *name == cell.stack)
}

/// How long its bar is.
fn value(cell: &Cell) -> Option<f64> {
    match cell.part {
        Part::Sqlite => cell.seaorm_ratio,
        _ => cell.ratio,
    }
}

fn text(body: &mut String, class: &str, x: f64, y: f64, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        body,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.0}\">{text}</text>"
    );
}
