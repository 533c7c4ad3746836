//! The service stays inside what a distributed database takes (Citus first): each statement that it makes, in all these
//! tests, is read as such a database reads it. What is tenant-owned lies on the node that `application_id` says, so a statement
//! that does not say it reaches all of them, and some constructs are refused altogether.
//!
//! Nothing of it needs Citus: [`connect`] shows every statement to the [`judge`], and a test that makes one which is neither one
//! node's affair nor [`listed`] fails with it.

mod judge;
mod level;
mod listed;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use migration::testing::Backend;
use service::{Config, Db, Result};

use crate::access::golden;
use crate::access::grid::Grid;
use crate::access::operations::all;
use crate::access::stage::Stage;
use judge::{Finding, findings};
use listed::{Listed, Where};

/// Statements that were read and found to be right, so that each is read once.
static RIGHT: Mutex<Option<HashSet<(String, bool)>>> = Mutex::new(None);

/// Which of the list were needed.
static NEEDED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

/// [`Db::connect`], and every statement of the crate is judged.
pub(crate) async fn connect(config: Config) -> Result<Db> {
    let config = config.observe_own(judged);
    Db::connect(config).await
}

fn judged(sql: &str, on_citus: bool) {
    let key = (sql.to_owned(), on_citus);
    let mut right = RIGHT.lock().unwrap_or_else(PoisonError::into_inner);
    let right = right.get_or_insert_default();
    if right.contains(&key) || is_control(sql) {
        return;
    }
    if let Ok(file) = std::env::var("RULES_COLLECT") {
        use std::io::Write;
        let mut out = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
        writeln!(out, "{on_citus} {}", sql.replace('\n', " ")).unwrap();
        right.insert(key);
        return;
    }
    let wrong = wrong(sql, on_citus);
    assert!(
        wrong.is_empty(),
        "a distributed database refuses this, or does it on all nodes: {wrong:#?}\n{sql}\n(on Citus: {on_citus})"
    );
    right.insert(key);
}

/// What is said to the connection, and not of rows.
fn is_control(sql: &str) -> bool {
    let first = sql
        .trim_start()
        .split([' ', ';'])
        .next()
        .unwrap_or_default();
    [
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "SET",
        "PRAGMA",
    ]
    .contains(&first)
}

fn wrong(sql: &str, on_citus: bool) -> Vec<Finding> {
    let found = match findings(sql) {
        Ok(found) => found,
        Err(unread) => panic!("not read: {unread}"),
    };
    let listed = |finding: &Finding| {
        let at = listed::ALL
            .iter()
            .position(|listed| listed.is_of(finding, on_citus));
        let mut needed = NEEDED.lock().unwrap_or_else(PoisonError::into_inner);
        at.map(|at| needed.insert(at)).is_some()
    };
    found.into_iter().filter(|found| !listed(found)).collect()
}

impl Listed {
    fn is_of(&self, finding: &Finding, on_citus: bool) -> bool {
        let Finding::Spread { how, table, by } = finding else {
            return self.table.is_empty()
                && matches!(finding, Finding::Refused { what, .. } if what == self.by)
                && !(on_citus && self.there == Where::OneMachine);
        };
        let there = !(on_citus && self.there == Where::OneMachine);
        there && *how == self.how && table == self.table && by == self.by
    }
}

/// What is sent to Citus, on a plain server: every operation, against every row, by everybody, with the same answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_says_to_citus_where_its_rows_are() {
    let stage = Stage::with(Backend::Postgres, Config::as_on_citus).await;
    let grid = Grid::run(&stage, &all()).await;
    golden::check("access.txt", &grid.answers());
    let other = golden::lines_beside(&golden::committed("queries.txt"), &grid.statements());
    golden::check("queries.citus.txt", &other);
}
