//! Who gets what: every public operation against whose row it is and who asks.
//!
//! `tests/golden/access.txt` is the table of answers, `tests/golden/queries.txt` that of the statements it takes. Both are
//! found by running every cell, on both backends; `UPDATE_GOLDEN=1 cargo test -p service --test it access::` writes them
//! anew. Each cell leaves the database as it was: what it does is rolled back.
//!
//! `SQLite` gives the same answers. Where it takes other statements than `PostgreSQL`, the line stands in
//! `tests/golden/queries.sqlite.txt` too: after a change of `queries.txt` that one is written by a second run.

pub(crate) mod cell;
pub(crate) mod digest;
pub(crate) mod golden;
pub(crate) mod grid;
pub(crate) mod mail;
pub(crate) mod operations;
pub(crate) mod secrets;
mod sources;
pub(crate) mod stage;

use std::collections::BTreeSet;

use migration::testing::{Backend, on_citus};

use cell::{Actor, Row};
use grid::Grid;
use operations::{Reach, all};
use stage::Stage;

/// Operations for which a row of another application and one that never was are two things, and why.
const GLOBAL_ROWS: [(&str, &str); 3] = [
    (
        "ManagedMembers::sign_up (address)",
        "users belong to no application: an address is one user's among all applications",
    ),
    (
        "ManagedMembers::add (user)",
        "users belong to no application: any live one can be added",
    ),
    (
        "Admin::update_application (slug)",
        "slugs are names in addresses, unique among all applications: that one is taken is no secret",
    ),
];

/// Operations on a tenant that change something outside of its application, and why.
pub(crate) const BEYOND: [(&str, &str); 1] = [(
    "ManagedMembers::sign_up",
    "makes a user, who belongs to no application",
)];

/// Operations that change something and leave no event, and why.
pub(crate) const SILENT: [(&str, &str); 0] = [];

/// Operations that leave an event where no row differs, and why.
pub(crate) const UNSEEN: [(&str, &str); 3] = [
    (
        "Db::system",
        "that the system acts is told, whatever it does",
    ),
    (
        "Lifecycle::export_user",
        "that somebody's data were handed out is told, though nothing changes",
    ),
    (
        "Passwords::unblock",
        "what it changes counts attempts, which is not looked at",
    ),
];

async fn every_operation_gives_each_actor_the_expected_answer(stage: Stage) {
    let grid = Grid::run(&stage, &all()).await;
    golden::check("access.txt", &grid.answers());
    let statements = grid.statements();
    match stage.test.backend() {
        // It takes other statements on Citus.
        Backend::Postgres if on_citus() => {}
        Backend::Postgres => {
            golden::check("queries.txt", &statements);
            crate::rules::nothing_is_listed_in_vain(false);
        }
        Backend::Sqlite => {
            let other = golden::lines_beside(&golden::committed("queries.txt"), &statements);
            golden::check("queries.sqlite.txt", &other);
        }
    }

    let mut unused: BTreeSet<_> = GLOBAL_ROWS.iter().map(|(name, _)| *name).collect();
    for line in grid.lines() {
        let name = line.operation.to_string();
        for (row, answer) in &line.answers {
            let place = format!("{name}, {row}, {:?}", line.actor);
            assert!(!answer.text.starts_with('!'), "{place}: {}", answer.text);
            if line.actor == Some(Actor::Stranger) {
                assert!(answer.is_refused(), "{place}: {}", answer.text);
            }
        }
        if line.operation.reach == Reach::Everything {
            continue;
        }
        let same = line.answer(Row::Other) == line.answer(Row::Unknown);
        if GLOBAL_ROWS.iter().any(|(global, _)| *global == name) {
            if !same {
                unused.remove(name.as_str());
            }
        } else {
            assert!(
                same,
                "{name}, {:?}: another application's row is told from one that never was",
                line.actor
            );
        }
    }
    assert!(unused.is_empty(), "exceptions without a case: {unused:?}");
}

async fn the_digest_sees_a_change_in_any_row(stage: Stage) {
    use sea_orm::ConnectionTrait;
    let own = stage.own.team.application.id;
    let digester = digest::Digester::new(&stage.db, own).await;
    let before = digester.digest(&stage.db).await;
    let own_as_sql = match stage.test.backend() {
        Backend::Postgres => format!("'{own}'"),
        Backend::Sqlite => format!("x'{}'", own.simple()),
    };
    for (change, outside) in [
        (
            "clients SET name = name || 'x' WHERE application_id = {own}",
            false,
        ),
        (
            "clients SET name = name || 'x' WHERE application_id <> {own}",
            true,
        ),
        (
            "roles SET name = name || 'x' WHERE application_id = {own}",
            false,
        ),
        ("applications SET description = 'x' WHERE id = {own}", false),
        ("applications SET description = 'x' WHERE id <> {own}", true),
        ("users SET email = 'x' || email", true),
    ] {
        let sql = format!("UPDATE {}", change.replace("{own}", &own_as_sql));
        let undone = stage
            .db
            .transaction(async |db| -> Result<(), cell::Undo<(bool, bool)>> {
                let changed = db.execute_unprepared(&sql).await;
                changed.map_err(service::Error::from)?;
                let after = digester.digest(db).await;
                let all = before.all_differs(&after);
                Err(cell::Undo::Done((all, before.outside_differs(&after))))
            })
            .await;
        assert_eq!(cell::done(undone), (true, outside), "{change}");
    }
}

#[test]
fn every_public_operation_of_the_sources_stands_in_the_table() {
    let found = sources::operations();
    assert!(
        found.len() > 60,
        "the scanner finds the operations: {found:?}"
    );
    let covered: BTreeSet<_> = all()
        .iter()
        .map(|operation| operation.name.to_owned())
        .collect();
    let excepted: BTreeSet<_> = operations::EXCEPTIONS
        .iter()
        .flat_map(|(names, reason)| {
            assert!(reason.len() > 10, "{names:?} has a reason");
            names.iter().map(|name| (*name).to_owned())
        })
        .collect();
    let both: Vec<_> = covered.intersection(&excepted).collect();
    assert!(both.is_empty(), "in the table and excepted: {both:?}");
    let known: BTreeSet<_> = covered.union(&excepted).cloned().collect();
    let missing: Vec<_> = found.difference(&known).collect();
    assert!(missing.is_empty(), "add to the table: {missing:?}");
    let stale: Vec<_> = known.difference(&found).collect();
    assert!(stale.is_empty(), "not in the sources: {stale:?}");
}

/// What a list shows or a look-up finds is one statement; where relations come with it, one more for each of them.
#[test]
fn simple_reads_take_one_statement() {
    const WITH_RELATIONS: [(&str, &str); 14] = [
        ("Db::resolve_address (mailbox)", "2"),
        ("AdminAudit::list", "2"),
        ("Audit::list", "2"),
        ("Domains::list_with_mail", "3"),
        ("Emails::find_by_message_id (mailbox)", "2"),
        ("Emails::get (email)", "2"),
        ("ManagedInvitations::get (invitation)", "3"),
        ("ManagedInvitations::list", "3"),
        ("ManagedInvitations::list_pending", "3"),
        ("Members::get (member)", "4"),
        ("Members::list", "4"),
        ("Roles::get (role)", "2"),
        ("Roles::find_by_key (role)", "2"),
        ("Roles::list", "2"),
    ];
    let table = golden::committed("queries.txt");
    let mut seen = 0;
    for line in table.lines().skip(1) {
        let (name, rest) = line.split_at(grid::NAME_WIDTH.min(line.len()));
        let name = name.trim();
        let method = name.split("::").nth(1).unwrap_or_default();
        let reads = ["get", "find_by", "list", "count"]
            .iter()
            .any(|read| method.starts_with(read))
            || name.starts_with("Db::");
        if !reads {
            continue;
        }
        seen += 1;
        let live = rest.split_whitespace().next().unwrap_or_default();
        let expected = WITH_RELATIONS
            .iter()
            .find(|(with, _)| *with == name)
            .map_or("1", |(_, count)| count);
        assert_eq!(live, expected, "{name}");
    }
    assert!(seen > 20, "{seen} reads");
}

/// Runs each function on both backends, on a stage of its own.
macro_rules! on_a_stage {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(super::Stage::new(migration::testing::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(super::Stage::new(migration::testing::Backend::Postgres).await).await;
            }
        })+
    };
}

on_a_stage!(
    every_operation_gives_each_actor_the_expected_answer,
    the_digest_sees_a_change_in_any_row,
);
