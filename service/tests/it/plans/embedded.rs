//! The plans on `SQLite`.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};
use service::Db;

use super::Sent;

/// Of all users or applications there is a list, in the order of their keys, and a count: there is nothing to look up.
const OF_ALL: [&str; 4] = [
    "Users::list",
    "Users::count",
    "Applications::list",
    "Applications::count",
];

pub(super) async fn check(db: &Db, sent: &Sent) {
    let mut unused = BTreeSet::from(OF_ALL);
    let mut problems = Vec::new();
    for (statement, operations) in sent.values() {
        let mut plan = Vec::new();
        let mut scans = false;
        // Several in one go are planned one by one.
        for sql in statement.sql.split("; ") {
            let explain = Statement {
                sql: format!("EXPLAIN QUERY PLAN {sql}"),
                ..statement.clone()
            };
            let steps = db.query_all_raw(explain).await.expect("a plan");
            let steps: Vec<String> = steps
                .iter()
                .map(|row| row.try_get("", "detail").expect("a detail"))
                .collect();
            scans |= steps.iter().any(|step| scans_table(step, &steps));
            plan.extend(steps);
        }
        let of_all = operations
            .iter()
            .all(|name| OF_ALL.contains(&name.as_str()));
        if scans && of_all {
            unused.retain(|name| !operations.contains(*name));
        } else if scans {
            problems.push(format!(
                "{operations:?}\n{}\n{}",
                statement.sql,
                plan.join("\n")
            ));
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems\n\n{}",
        problems.len(),
        problems.join("\n\n")
    );
    assert!(
        unused.is_empty(),
        "exceptions that nothing needs: {unused:?}"
    );
}

/// `SCAN users USING …`, and not `SCAN CONSTANT ROW` or `SCAN 3-ROW VALUES CLAUSE`, nor what the statement itself has put
/// together before (`MATERIALIZE chosen`), nor a list among its values (`SCAN held VIRTUAL TABLE`: there is no other kind here).
fn scans_table(step: &str, plan: &[String]) -> bool {
    let scanned = step.strip_prefix("SCAN ").unwrap_or_default();
    let name = scanned.split(' ').next();
    let made = plan
        .iter()
        .any(|step| step.strip_prefix("MATERIALIZE ") == name);
    let of_values = scanned.contains(" VIRTUAL TABLE ");
    scanned.starts_with(|first: char| first.is_ascii_lowercase()) && !made && !of_values
}
