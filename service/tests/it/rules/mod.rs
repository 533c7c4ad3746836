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
use listed::Where;

/// Statements that were read and found to be right, so that each is read once.
static RIGHT: Mutex<Option<HashSet<(String, bool)>>> = Mutex::new(None);

/// Which of the list were needed.
static NEEDED: Mutex<BTreeSet<(usize, usize)>> = Mutex::new(BTreeSet::new());

/// [`Db::connect`], and every statement of the crate is judged.
pub(crate) async fn connect(config: Config) -> Result<Db> {
    let config = config.observe_own(judged);
    Db::connect(config).await
}

fn judged(sql: &str, on_citus: bool) {
    let key = (sql.to_owned(), on_citus);
    let mut right = RIGHT.lock().unwrap_or_else(PoisonError::into_inner);
    let right = right.get_or_insert_default();
    let unreadable = listed::UNREADABLE.iter().any(|text| sql.contains(text));
    if right.contains(&key) || is_control(sql) || unreadable {
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
    // On Citus the node that is asked keeps it, for all.
    if sql == "SELECT pg_advisory_xact_lock($1)" {
        return true;
    }
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
    let mut needed = NEEDED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wrong = Vec::new();
    for finding in found {
        match listed(&finding, on_citus) {
            Some(place) => drop(needed.insert(place)),
            None => wrong.push(finding),
        }
    }
    wrong
}

/// Its place in the list: which of the reasons, and which of its statements.
fn listed(finding: &Finding, on_citus: bool) -> Option<(usize, usize)> {
    let said = match finding {
        Finding::Spread { how, table, by } => (*how, table.as_str(), by.as_str()),
        Finding::Refused { what, .. } => ("refused", "", what.as_str()),
    };
    listed::ALL.iter().enumerate().find_map(|(reason, listed)| {
        if on_citus && listed.there == Where::OneMachine {
            return None;
        }
        let statement = listed.statements.iter().position(|known| *known == said)?;
        Some((reason, statement))
    })
}

/// That each of the list was needed: by what was sent to a plain server, or to one as if it were Citus.
pub(crate) fn nothing_is_listed_in_vain(on_citus: bool) {
    let there = if on_citus {
        Where::AllNodes
    } else {
        Where::OneMachine
    };
    let needed = NEEDED.lock().unwrap_or_else(PoisonError::into_inner);
    for (reason, listed) in listed::ALL.iter().enumerate() {
        assert!(
            listed.reason.len() > 10,
            "{:?} has a reason",
            listed.statements
        );
        for (at, statement) in listed.statements.iter().enumerate() {
            assert!(
                listed.there != there || needed.contains(&(reason, at)),
                "listed, and sent by nobody: {statement:?}"
            );
        }
    }
}

/// What is sent to Citus, on a plain server: every operation, against every row, by everybody, with the same answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_says_to_citus_where_its_rows_are() {
    let stage = Stage::with(Backend::Postgres, Config::as_on_citus).await;
    let grid = Grid::run(&stage, &all()).await;
    golden::check("access.txt", &grid.answers());
    nothing_is_listed_in_vain(true);
}

#[test]
fn what_a_distributed_database_refuses_is_seen() {
    let refused = |sql: &str| {
        let found = findings(sql).expect("read");
        assert!(!found.is_empty(), "{sql}");
        for finding in found {
            assert_eq!(listed(&finding, true), None, "{sql}");
        }
    };
    // Nothing says where the rows are, or only of one of the tables.
    refused("SELECT 1 FROM clients WHERE id = $1");
    refused("SELECT 1 FROM clients c JOIN roles r ON r.id = c.id WHERE c.application_id = $1");
    refused("SELECT 1 FROM role_permissions WHERE application_id = $1 OR role_id = $2");
    refused("UPDATE clients SET name = $1 WHERE id = $2");
    refused("DELETE FROM emails WHERE id = $1");
    refused("INSERT INTO clients (id, name) VALUES ($1, $2)");
    refused(
        "SELECT 1 FROM sessions s JOIN role_permissions r ON r.application_id = s.application_id WHERE s.id = $1",
    );
    refused("SELECT 1 FROM clients WHERE id = $1 FOR UPDATE");
    // Where it says so, and does what is refused.
    refused("UPDATE clients SET application_id = $1 WHERE application_id = $2");
    refused("UPDATE clients SET updated_at = now() WHERE application_id = $1");
    refused("UPDATE clients SET name = CASE name WHEN 'a' THEN 'b' END WHERE application_id = $1");
    refused("SELECT set_config('app.application_id', $1, true)");
    refused(
        "UPDATE users SET name = $1 WHERE EXISTS (SELECT 1 FROM clients WHERE application_id = $2)",
    );
    refused("INSERT INTO roles (application_id, id) SELECT $1, $2");
    for fit in [
        "SELECT 1 FROM clients c JOIN roles r ON r.application_id = c.application_id WHERE c.application_id = $1",
        "UPDATE clients SET name = $1 WHERE application_id = $2 AND EXISTS \
         (SELECT 1 FROM roles WHERE roles.application_id = clients.application_id FOR KEY SHARE)",
        "SELECT 1 FROM users WHERE email = $1 FOR UPDATE",
        "INSERT INTO roles (application_id, id) SELECT $1, $2 RETURNING id",
        "SELECT 1 FROM sessions WHERE id = $1",
    ] {
        assert_eq!(findings(fit), Ok(BTreeSet::new()), "{fit}");
    }
}
