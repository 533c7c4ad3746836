//! What migrations do to tables that are there already: none keeps others out of one, or writes it anew, without a note.
//!
//! Told from what the server did, so that nothing hides in a DO block: the locks that are held as the migration ends, and the
//! files that tables are kept in. `make lint` reads the statements besides; it cannot look into blocks.

use std::collections::{BTreeMap, BTreeSet};

use migration::testing::{Backend, TestDb};
use migration::{Migrator, MigratorTrait};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait,
};

/// Migration, what it does, and why that may be.
const NOTES: &str = include_str!("../../../locks.txt");

const TABLES: &str = "SELECT oid::bigint, relfilenode::bigint FROM pg_class \
     WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace";

/// Those that keep writers or readers out.
const LOCKS: &str = "SELECT DISTINCT relation::bigint, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' \
     AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";

#[tokio::test]
async fn no_table_is_locked_or_written_anew_without_a_note() {
    migration::not_on_citus!("what is locked at the nodes is not in the coordinator's catalog");
    let db = TestDb::empty(Backend::Postgres).await;
    let found = done_by(&db.connect().await, Migrator::migrations()).await;
    let noted: BTreeSet<_> = NOTES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let words: Vec<_> = line.splitn(3, ' ').collect();
            assert!(
                words.len() == 3,
                "migration/locks.txt: no reason in: {line}"
            );
            format!("{} {}", words[0], words[1])
        })
        .collect();
    let new: Vec<_> = found.difference(&noted).collect();
    assert!(
        new.is_empty(),
        "on tables that are there already; find a way without, or say in migration/locks.txt why that may be: {new:#?}"
    );
    let stale: Vec<_> = noted.difference(&found).collect();
    assert!(
        stale.is_empty(),
        "migration/locks.txt: not so any more: {stale:#?}"
    );
}

/// Hidden where no reader of statements finds it.
struct Hidden;

impl MigrationName for Hidden {
    fn name(&self) -> &'static str {
        "hidden"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Hidden {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "DO $$ BEGIN EXECUTE 'ALTER TABLE ' || 'things ALTER a TYPE bigint'; CREATE TABLE new (a int); END $$";
        let db = manager.get_connection();
        db.execute_unprepared(sql).await.map(drop)
    }
}

#[tokio::test]
async fn what_a_block_does_is_seen() {
    let db = TestDb::empty(Backend::Postgres).await;
    db.execute("CREATE TABLE things (a int)").await.unwrap();
    let found = done_by(&db.connect().await, vec![Box::new(Hidden)]).await;
    let expected = [
        "hidden AccessExclusiveLock",
        "hidden ShareLock",
        "hidden rewrite",
    ];
    assert_eq!(Vec::from_iter(found), expected);
}

/// What each of these does to the tables before it.
async fn done_by(
    db: &DatabaseConnection,
    migrations: Vec<Box<dyn MigrationTrait>>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for migration in migrations {
        let name = migration.name();
        if migration.use_transaction() == Some(false) {
            migration.up(&SchemaManager::new(db)).await.unwrap();
            found.insert(format!("{name} outside-a-transaction"));
            continue;
        }
        let transaction = db.begin().await.unwrap();
        let before = tables(&transaction).await;
        let manager = SchemaManager::new(&transaction);
        migration.up(&manager).await.unwrap();
        let after = tables(&transaction).await;
        for (oid, file) in &before {
            if after.get(oid).is_some_and(|now| now != file) {
                found.insert(format!("{name} rewrite"));
            }
        }
        let locks = Statement::from_string(DbBackend::Postgres, LOCKS);
        for row in transaction.query_all_raw(locks).await.unwrap() {
            let oid: i64 = row.try_get_by_index(0).unwrap();
            let mode: String = row.try_get_by_index(1).unwrap();
            if before.contains_key(&oid) {
                found.insert(format!("{name} {mode}"));
            }
        }
        transaction.commit().await.unwrap();
    }
    found
}

/// The files of tables, by the tables' ids.
async fn tables<C: ConnectionTrait>(db: &C) -> BTreeMap<i64, i64> {
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Postgres, TABLES))
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let cell = |index| row.try_get_by_index::<i64>(index).unwrap();
            (cell(0), cell(1))
        })
        .collect()
}
