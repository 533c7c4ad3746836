//! What hostile SQL gets: nothing at the wall but what only a superuser could prevent; at the floor this list, which README
//! has too.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::attacks::ATTACKS;
use super::stage::{Grade, Stage};

/// What gets through the floor: it is against mistakes.
const FLOOR: &[(&str, &str)] = &[
    ("count by EXPLAIN", "counts"),
    ("count by what the server gathers", "counts"),
    ("count by what the planner knows", "counts"),
    ("count by MERGE", "counts"),
    ("probe a known id by a foreign key", "reads"),
    ("secrets of invitations", "reads secrets"),
    ("challenges of domains", "reads secrets"),
    ("take a person in", "gives access, reads"),
    ("rewrite a membership", "gives access, reads"),
    ("bring back who left", "gives access"),
    ("grant a role", "gives access"),
    ("widen a role", "gives access"),
    ("make an invitation one's own", "gives access"),
    ("prove a domain", "gives access"),
    ("store a large object", "changes the schema"),
    ("RESET ROLE and the tenant", "reads"),
    ("SET ROLE NONE and the tenant", "reads"),
    ("SET ROLE service", "reads"),
    ("SET ROLE runtime", "reads"),
    ("set_config of the role", "reads"),
    ("SET SESSION AUTHORIZATION DEFAULT", "reads"),
    ("set the tenant", "reads"),
    ("set the tenant inside a SELECT", "reads"),
    ("COMMIT and go on", "reads"),
    ("ROLLBACK and go on", "reads"),
    ("COMMIT AND CHAIN", "reads"),
    ("a transaction of one's own", "reads"),
    ("DO", "changes, meets the next, meets those who come later"),
    ("a setting of the login", "meets those who come later"),
    ("a password of the login", "meets those who come later"),
    ("lock a table", "holds others up"),
    ("lock out migrations", "holds others up"),
    ("end others of the login", "ends others"),
];

/// What gets through the wall too: nobody but a superuser can take these from a login.
const WALL: &[(&str, &str)] = &[
    ("read what others run", "reads"),
    ("count by EXPLAIN", "counts"),
    ("count by what the server gathers", "counts"),
    ("count by what the planner knows", "counts"),
    ("count by MERGE", "counts"),
    ("store a large object", "changes the schema"),
    ("a setting of the login", "meets those who come later"),
    ("a password of the login", "meets those who come later"),
    ("lock out migrations", "holds others up"),
    ("end others of the login", "ends others"),
];

/// Every attack, one after another, with a fresh database after each that did something.
async fn harms(grade: Grade) -> BTreeMap<&'static str, String> {
    let mut harms = BTreeMap::new();
    let mut stage = Stage::new().await;
    let version = stage.version().await;
    for attack in ATTACKS.iter().filter(|attack| attack.since <= version) {
        let harm = stage.harm(attack.sql, grade).await;
        if !harm.is_empty() {
            stage = Stage::new().await;
        }
        let harm: Vec<_> = harm.into_iter().collect();
        harms.insert(attack.name, harm.join(", "));
    }
    harms
}

fn table(harms: &BTreeMap<&str, String>) -> String {
    let mut table = String::new();
    for attack in ATTACKS {
        if let Some(harm) = harms.get(attack.name).filter(|harm| !harm.is_empty()) {
            let _ = writeln!(table, "    (\"{}\", \"{harm}\"),", attack.name);
        }
    }
    table
}

/// What is known of those that this server has the means for.
fn expected(known: &[(&str, &str)], tried: &BTreeMap<&str, String>) -> String {
    let mut table = String::new();
    for (name, harm) in known.iter().filter(|(name, _)| tried.contains_key(name)) {
        let _ = writeln!(table, "    (\"{name}\", \"{harm}\"),");
    }
    table
}

#[test]
fn readme_says_what_gets_through() {
    let readme = include_str!("../../../../README.md");
    for (header, known) in [("Through the wall", WALL), ("Through the floor", FLOOR)] {
        let rows = known.iter().fold(String::new(), |mut rows, (name, harm)| {
            let _ = writeln!(rows, "| {name} | {harm} |");
            rows
        });
        let (_, after) = readme.split_once(header).expect("a list");
        let (_, table) = after.split_once("|---|---|\n").expect("a table");
        let table = table.split("\n\n").next().unwrap_or_default();
        assert_eq!(table.trim_end(), rows.trim_end(), "{header}");
    }
}

#[test]
fn there_are_many_attacks_each_with_a_name() {
    let names: std::collections::BTreeSet<_> = ATTACKS.iter().map(|attack| attack.name).collect();
    assert!(names.len() >= 60 && names.len() == ATTACKS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_floor_lets_these_through() {
    migration::not_on_citus!(
        "what gets through, and what is stopped, is listed for one machine, with its roles and its wall"
    );
    let harms = harms(Grade::Floor).await;
    let found = table(&harms);
    println!("through the floor:\n{found}");
    assert_eq!(found, expected(FLOOR, &harms), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_stops_all_but_what_only_a_superuser_could() {
    migration::not_on_citus!(
        "what gets through, and what is stopped, is listed for one machine, with its roles and its wall"
    );
    let harms = harms(Grade::Wall).await;
    let found = table(&harms);
    println!("through the wall:\n{found}");
    assert_eq!(found, expected(WALL, &harms), "{found}");
}

/// Where nothing stops it, each attack does harm: what the two tests above find stopped was stopped.
#[tokio::test(flavor = "multi_thread")]
async fn every_attack_harms_where_nothing_stops_it() {
    migration::not_on_citus!(
        "what gets through, and what is stopped, is listed for one machine, with its roles and its wall"
    );
    let harms = harms(Grade::Open).await;
    let harmless: Vec<_> = harms
        .iter()
        .filter(|(_, harm)| harm.is_empty())
        .map(|(name, _)| name)
        .collect();
    assert!(harmless.is_empty(), "{harmless:?}");
}
