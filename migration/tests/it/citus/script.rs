//! The SQL that `up` runs on Citus is committed as text: a change of it shows in review, and the rules that a cluster has are
//! looked after here without one.
//!
//! `UPDATE_GOLDEN=1 cargo test -p migration --test it citus::script` writes the file anew.

use std::collections::BTreeSet;
use std::path::PathBuf;

use migration::Migrator;
use migration::citus::layout::{FIRST, TABLES};
use migration::migrate::{self, Options, Range, ScriptTarget};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::catalog::text::difference;

async fn script_of<M: MigratorTrait>() -> String {
    let target = ScriptTarget {
        citus: true,
        ..ScriptTarget::from("public")
    };
    let range = Range {
        from: None,
        to: None,
    };
    let script = migrate::script::<M>(DbBackend::Postgres, target, &range, &Options::default())
        .await
        .unwrap();
    // The first line has the program's version in it.
    script.split_once('\n').unwrap().1.to_owned()
}

#[tokio::test]
async fn what_up_runs_is_the_committed_script() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/citus.sql");
    let found = script_of::<Migrator>().await;
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|update| update == "1") {
        std::fs::write(&file, found).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = difference(&committed, &found);
    assert!(
        difference.is_empty(),
        "what is run on Citus is not what is in {}. If the change is meant, run \
         `UPDATE_GOLDEN=1 cargo test -p migration --test it citus::script` and commit the file.\n\n{difference}",
        file.display()
    );
}

#[tokio::test]
async fn every_table_is_in_its_place_before_it_refers_to_another() {
    let script = script_of::<Migrator>().await;
    let placed = in_order(&script);
    let known: BTreeSet<_> = TABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        placed, known,
        "the layout knows these tables, and the migrations make those"
    );
}

/// The layout's order is one in which tables can be put in their places.
#[tokio::test]
async fn the_layout_names_no_table_before_one_that_it_refers_to() {
    let script = script_of::<Migrator>().await;
    let places: Vec<_> = TABLES.iter().map(|(name, _)| *name).collect();
    let place = |name: &str| places.iter().position(|known| *known == name).unwrap();
    for (child, parent) in script.lines().filter_map(reference) {
        assert!(place(&parent) < place(&child), "{child} refers to {parent}");
    }
}

#[tokio::test]
async fn what_citus_refuses_is_not_said() {
    let script = script_of::<Migrator>().await;
    for refused in [
        "CREATE TRIGGER",
        "RETURNS trigger",
        "AS RESTRICTIVE",
        "SECURITY DEFINER",
    ] {
        assert!(!script.contains(refused), "{refused}");
    }
    let policies: Vec<_> = script
        .lines()
        .filter(|line| line.trim_start().starts_with("('") && line.contains("current_setting"))
        .collect();
    assert!(policies.len() > 15, "{policies:?}");
    for policy in policies {
        assert!(!policy.to_uppercase().contains("SELECT "), "{policy}");
        // `nullif(…) IS NULL` is of a kind that Citus cannot write down for its nodes; `nullif(…)::uuid =` it can.
        assert!(!policy.contains("'') IS"), "{policy}");
    }
}

/// Else a transaction that has changed a table that lies everywhere could change no other.
#[tokio::test]
async fn every_migration_goes_from_shard_to_shard() {
    let script = script_of::<Migrator>().await;
    let transactions: Vec<_> = script.split("\nBEGIN;\n").skip(1).collect();
    assert_eq!(transactions.len(), Migrator::migrations().len());
    for transaction in transactions {
        let first: Vec<_> = transaction.lines().take(2).collect();
        assert!(first[0].starts_with("SET LOCAL lock_timeout"), "{first:?}");
        assert_eq!(
            first[1],
            "SET LOCAL citus.multi_shard_modify_mode = 'sequential';"
        );
    }
}

/// An application's tables: its own, one that no application owns, and one that is only added to.
struct Own;

impl MigratorTrait for Own {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = Migrator::migrations();
        all.push(Box::new(super::cluster::Ledger));
        all
    }
}

#[tokio::test]
async fn tables_of_an_application_are_put_in_their_places_too() {
    let script = script_of::<Own>().await;
    let placed = in_order(&script);
    for table in ["currencies", "entries"] {
        assert!(placed.contains(table), "{placed:?}");
    }
    let own = script.split("ledger").last().unwrap();
    let own = &script[script.len() - own.len()..];
    assert!(own.is_empty() || !own.contains("CREATE TRIGGER"));
    assert!(script.contains("create_reference_table('\"currencies\"')"));
    assert!(script.contains(&format!(
        "create_distributed_table('\"entries\"', 'application_id', colocate_with => '{FIRST}')"
    )));
    assert!(script.contains("REVOKE UPDATE, DELETE, TRUNCATE ON \"entries\" FROM CURRENT_USER"));
}

/// The tables that are there in the end, in their places. Each is put there right after it is made, without a foreign key, and
/// gets its foreign keys when that to which they lead is in its place.
fn in_order(script: &str) -> BTreeSet<String> {
    let mut placed = BTreeSet::new();
    let mut made: Option<String> = None;
    for line in script.lines() {
        if let Some(rest) = line.strip_prefix("CREATE TABLE \"") {
            assert_eq!(made, None, "{line}");
            made = quoted(rest).filter(|name| !name.contains("migrations"));
        } else if line.contains("create_reference_table(")
            || line.contains("create_distributed_table(")
        {
            let name = line.split('"').nth(1).unwrap().to_owned();
            assert_eq!(made.take().as_ref(), Some(&name), "{line}");
            placed.insert(name);
        } else if let Some((child, parent)) = reference(line) {
            assert!(
                placed.contains(&child) && placed.contains(&parent),
                "{line}"
            );
        } else if let Some(rest) = line.strip_prefix("DROP TABLE \"") {
            placed.remove(&quoted(rest).unwrap());
        } else {
            assert!(!line.contains("REFERENCES \""), "{line}");
        }
    }
    assert_eq!(made, None);
    placed
}

/// Which table refers to which, where the line adds a foreign key.
fn reference(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix("ALTER TABLE \"")?;
    let (_, parent) = line.split_once("REFERENCES \"")?;
    Some((quoted(rest)?, quoted(parent)?))
}

/// What stands before the next quote.
fn quoted(text: &str) -> Option<String> {
    text.split('"').next().map(str::to_owned)
}
