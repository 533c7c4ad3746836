//! What has landed says tomorrow what it says today: the SQL of every migration is pinned in `tests/landed.txt`, one line
//! for each and each backend, with the checksums of `up` and `down`.
//!
//! A line is added when a migration lands, by hand, and never changed: databases remember the first of its checksums, and
//! would refuse the next `up`.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::DbBackend;

use super::{checksum, recorder};
use crate::Migrator;

const LANDED: &str = include_str!("../../tests/landed.txt");

#[tokio::test]
async fn no_migration_that_has_landed_changes() {
    let (mut new, mut changed) = (String::new(), String::new());
    let mut landed: BTreeMap<_, _> = lines(LANDED).collect();
    for migration in Migrator::migrations() {
        for (backend, word) in [
            (DbBackend::Postgres, "postgres"),
            (DbBackend::Sqlite, "sqlite"),
        ] {
            let up = checksum::of(migration.as_ref(), backend).await;
            let down = recorder::record_down(migration.as_ref(), backend).await;
            let what = format!("{} {word}", migration.name());
            let now = format!("{up} {}", checksum::digest(&down.said));
            match landed.remove(what.as_str()) {
                None => writeln!(new, "{what} {now}").unwrap(),
                Some(before) if before == now => {}
                Some(_) => writeln!(changed, "{what}").unwrap(),
            }
        }
    }
    assert_eq!(
        changed, "",
        "these have landed, and now say something else: put back what they said, and write a new migration"
    );
    assert!(
        landed.is_empty(),
        "these have landed, and are gone: {landed:?}"
    );
    assert_eq!(new, "", "when it lands, add to tests/landed.txt");
}

/// What a line is about, and its checksums.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().map(|line| {
        let at = line
            .match_indices(' ')
            .nth(1)
            .map_or(line.len(), |(at, _)| at);
        (&line[..at], line[at..].trim_start())
    })
}
