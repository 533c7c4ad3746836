//! How the databases answer every operation where there is much of everything: by an index, never by reading a table.
//!
//! `PostgreSQL` holds 100,000 rows in each table, 2,000 of them in the application at hand, and is asked for the plans
//! that a driver gets: with the parameters known (its first five executions), what it settles on after those, and the
//! plan for any parameters. `SQLite` plans by the schema alone as long as nobody has run ANALYZE, so few rows tell the same.

mod embedded;
mod explain;
mod fill;
mod more;
mod nodes;

use std::collections::{BTreeMap, BTreeSet};

use migration::testing::Backend;
use sea_orm::Statement;
use service::{Db, Tenant};

use crate::access::cell::{Actor, Cell, Row, Undo, done};
use crate::access::operations::{Operation, Reach, all};
use crate::access::stage::Stage;

/// What reads a table, and why: the operation, the table.
const EXCEPTIONS: [(&str, &str, &str); 7] = [
    ("Users::count", "users", "counts all there are"),
    (
        "Applications::count",
        "applications",
        "counts all there are",
    ),
    (
        "Clients::list, text",
        "clients",
        "no index finds a part of a name: the clients of the application are read, and no others",
    ),
    (
        "Domains::list, name",
        "domains",
        "no index finds a part of a name: the domains of the application are read, and no others",
    ),
    (
        "Domains::claimants, name",
        "domains",
        "as Domains::list: those of the application",
    ),
    (
        "Mailboxes::list, address",
        "mailboxes",
        "no index finds a part of an address: the mailboxes of the application are read, and no others",
    ),
    (
        "Mailboxes::holders, pattern",
        "mailboxes",
        "as Mailboxes::list: those of the application",
    ),
];

/// What goes through tables on purpose, a bounded stretch of the key at a time: what is looked for in texts has no index.
/// Rows of a stretch may be read for nothing; a table may not be read whole.
const IN_STRETCHES: [&str; 2] = [
    "Lifecycle::export_user (user)",
    "Lifecycle::erase_user (user)",
];

/// Each distinct statement with the operations that send it.
type Sent = BTreeMap<String, (Statement, BTreeSet<String>)>;

/// Everything that the operations send, and those of [`more`], each done to each row by an owner and undone.
async fn sent(stage: &Stage) -> Sent {
    let own = stage.own.team.application.id;
    let tenant = stage.db.tenant(stage.own.team.owner, own).await;
    let tenant = tenant.expect("its owner");
    let mut sent = Sent::new();
    for operation in all().into_iter().chain(more::operations()) {
        for row in operation.rows() {
            let undone = if operation.reach == Reach::Tenant {
                tenant
                    .transaction(async |tenant| -> Result<(), _> {
                        let cell = cell(stage, tenant.db(), Some(tenant), row);
                        Err(Undo::Done(run(&operation, &cell).await))
                    })
                    .await
            } else {
                stage
                    .db
                    .transaction(async |db| -> Result<(), _> {
                        let cell = cell(stage, db, None, row);
                        Err(Undo::Done(run(&operation, &cell).await))
                    })
                    .await
            };
            for statement in done(undone) {
                let operation = operation.to_string();
                let (_, operations) = sent
                    .entry(statement.sql.clone())
                    .or_insert_with(|| (statement, BTreeSet::new()));
                operations.insert(operation);
            }
        }
    }
    assert!(sent.len() > 80, "{} statements", sent.len());
    sent
}

/// The owner's. What is no tenant's is asked for outside of a tenant's transaction.
fn cell<'a>(stage: &'a Stage, db: &'a Db, tenant: Option<&'a Tenant>, row: Row) -> Cell<'a> {
    Cell {
        stage,
        db,
        tenant,
        actor: Some(Actor::Owner),
        row,
    }
}

async fn run(operation: &Operation, cell: &Cell<'_>) -> Vec<Statement> {
    cell.stage.sent.take();
    let answer = (operation.run)(cell).await;
    let sent = cell.stage.sent.take();
    if cell.row == Row::Live
        && let Err(refused) = answer
    {
        assert!(
            !refused.to_string().starts_with('!'),
            "{operation}: {refused}"
        );
    }
    let is_query = |statement: &Statement| {
        let bounds = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT"];
        !bounds.contains(&statement.sql.as_str())
    };
    sent.into_iter().filter(is_query).collect()
}

/// Takes out what is excepted; an exception that nothing needs is a fault of its own.
fn unexpected(problems: Vec<(String, BTreeSet<String>, String)>) -> Vec<String> {
    let mut unused: BTreeSet<_> = EXCEPTIONS
        .iter()
        .map(|(operation, table, _)| (*operation, *table))
        .collect();
    let mut left = Vec::new();
    for (table, operations, problem) in problems {
        let of_stretch = |name: &String| IN_STRETCHES.contains(&name.as_str());
        if problem.contains("rows for nothing") && operations.iter().all(of_stretch) {
            continue;
        }
        let mut excepted = true;
        for operation in &operations {
            let found = EXCEPTIONS
                .iter()
                .find(|(name, of, _)| name == operation && *of == table);
            match found {
                Some((name, of, _)) => {
                    unused.remove(&(*name, *of));
                }
                None => excepted = false,
            }
        }
        if !excepted {
            left.push(problem);
        }
    }
    left.extend(
        unused
            .iter()
            .map(|unused| format!("an exception that nothing needs: {unused:?}")),
    );
    left
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_reads_a_large_table_whole_on_postgres() {
    migration::not_on_citus!("the plans that count are those of the nodes");
    let stage = Stage::new(Backend::Postgres).await;
    fill::fill(&stage).await;
    let sent = sent(&stage).await;
    let mut problems = Vec::new();
    for (statement, operations) in sent.values() {
        for (table, problem) in explain::problems(&stage.db, statement).await {
            problems.push((
                table,
                operations.clone(),
                format!("{operations:?}\n{}\n{problem}", statement.sql),
            ));
        }
    }
    let problems = unexpected(problems);
    assert!(
        problems.is_empty(),
        "{} problems\n\n{}",
        problems.len(),
        problems.join("\n\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_scans_a_table_on_sqlite() {
    let stage = Stage::new(Backend::Sqlite).await;
    let sent = sent(&stage).await;
    embedded::check(&stage.db, &sent).await;
}
