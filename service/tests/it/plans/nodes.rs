//! What is wrong with a plan.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::fill::is_large;

/// More rows than this read for one that is used are too many.
const READ_FOR_ONE: f64 = 20.0;
/// So few do not matter.
const FEW: f64 = 1000.0;

/// A large table, and what is done with it.
pub(super) struct Problem {
    pub(super) table: String,
    pub(super) what: String,
}

pub(super) fn problems(plan: &Json) -> Vec<Problem> {
    let mut found = Vec::new();
    walk(plan, false, &mut found);
    found
}

fn walk(node: &Json, limited: bool, found: &mut Vec<Problem>) {
    // What is below is never run.
    if text(node, "One-Time Filter") == "false" {
        return;
    }
    let of = text(node, "Node Type");
    let table = text(node, "Relation Name");
    let limited = match of {
        "Limit" => true,
        // What sorts, hashes or counts reads all first.
        "Sort" | "Hash" | "Aggregate" | "Materialize" => false,
        _ => limited,
    };
    if is_large(table) {
        let what = match of {
            "Seq Scan" => Some("reads the whole table".to_owned()),
            "Index Scan" | "Index Only Scan" if node.get("Index Cond").is_none() && !limited => {
                Some(format!("reads the whole of {}", text(node, "Index Name")))
            }
            _ => for_nothing(node),
        };
        if let Some(what) = what {
            found.push(Problem {
                table: table.to_owned(),
                what: format!("{of}: {table}: {what}"),
            });
        }
    }
    for child in children(node) {
        walk(child, limited, found);
    }
}

/// Where it ran: rows that were read and then left out.
fn for_nothing(node: &Json) -> Option<String> {
    let number = |key: &str| node.get(key).and_then(Json::as_f64).unwrap_or_default();
    let loops = number("Actual Loops").max(1.0);
    let removed = number("Rows Removed by Filter") * loops;
    let used = number("Actual Rows") * loops;
    (removed > FEW && removed > READ_FOR_ONE * used)
        .then(|| format!("reads {removed} rows for nothing, {used} of use"))
}

/// The plan, a node a line.
pub(super) fn outline(plan: &Json) -> String {
    let mut lines = String::new();
    write(plan, 1, &mut lines);
    lines
}

fn write(node: &Json, depth: usize, lines: &mut String) {
    let details = [
        "Relation Name",
        "Index Name",
        "Index Cond",
        "Filter",
        "Plan Rows",
        "Rows Removed by Filter",
    ];
    let details: Vec<_> = details
        .iter()
        .filter_map(|key| node.get(*key).map(|value| format!("{key}: {value}")))
        .collect();
    let details = details.join(", ");
    let (indent, kind) = ("  ".repeat(depth), text(node, "Node Type"));
    writeln!(lines, "{indent}{kind} {details}").expect("memory");
    for child in children(node) {
        write(child, depth + 1, lines);
    }
}

fn text<'a>(node: &'a Json, key: &str) -> &'a str {
    node.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn children(node: &Json) -> impl Iterator<Item = &Json> {
    node.get("Plans")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
}
