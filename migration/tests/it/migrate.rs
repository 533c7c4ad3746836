//! The migrator as a library, with histories that fail.
use std::sync::{Arc, Mutex};

use migration::connect::{ConnectOptions, DatabaseUrl, connect};
use migration::error::{Aftermath, Error};
use migration::migrate::{self, Direction, Event, Options, State};
use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend, Statement};

/// A migration made of SQL.
struct Sql {
    name: &'static str,
    up: &'static str,
    down: &'static str,
    transaction: Option<bool>,
}

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(self.up)
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(self.down)
            .await
            .map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        self.transaction
    }
}

const GOOD: Sql = Sql {
    name: "m1_good",
    up: "CREATE TABLE good (id integer PRIMARY KEY)",
    // Fails after it has dropped the table.
    down: "DROP TABLE good; DROP TABLE missing",
    transaction: None,
};

const BAD: Sql = Sql {
    name: "m2_bad",
    up: "CREATE TABLE half (id integer); INSERT INTO half VALUES (1); INSERT INTO missing VALUES (1)",
    down: "SELECT 1",
    transaction: None,
};

/// One that works, then one that fails half-way.
struct GoodThenBad;

impl MigratorTrait for GoodThenBad {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(GOOD), Box::new(BAD)]
    }
}

/// One that fails half-way, outside a transaction.
struct BadAlone;

impl MigratorTrait for BadAlone {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Sql {
                name: "m1_alone",
                up: "CREATE TABLE half (id integer)",
                down: "SELECT 1",
                transaction: Some(false),
            }),
            Box::new(Sql {
                name: "m2_alone",
                up: "DROP TABLE missing",
                down: "SELECT 1",
                transaction: Some(false),
            }),
        ]
    }

    fn migration_table_name() -> DynIden {
        "own_migrations".into_iden()
    }
}

/// One that fails at once, so that not even the record is left.
struct BadFirst;

impl MigratorTrait for BadFirst {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(BAD)]
    }
}

async fn open(db: &TestDb) -> DatabaseConnection {
    let url: DatabaseUrl = db.url().parse().unwrap();
    connect(&url, &ConnectOptions::default()).await.unwrap()
}

async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        }
        _ => "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1",
    };
    let rows = db
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

fn assert_failed(error: &Error, migration: &str, way: Direction, after: Aftermath) {
    match error {
        Error::MigrationFailed {
            name,
            direction,
            aftermath,
            source,
        } => {
            assert_eq!(
                (name.as_str(), *direction, *aftermath),
                (migration, way, after)
            );
            assert!(matches!(**source, Error::Database(_)), "{source:?}");
            assert!(error.to_string().contains("missing"), "{error}");
            assert_eq!(error.to_string().lines().count(), 1);
        }
        other => panic!("{other:?}"),
    }
}

async fn a_failing_migration_leaves_the_database_as_it_was(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let connection = open(&db).await;
    let error = migrate::up::<BadFirst>(&connection, &Options::default(), &mut |_| {})
        .await
        .unwrap_err();
    assert_failed(&error, "m2_bad", Direction::Up, Aftermath::Undone);
    assert_eq!(tables(&connection).await, Vec::<String>::new());

    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let mut observer = move |event: Event<'_>| heard.lock().unwrap().push(format!("{event:?}"));
    let error = migrate::up::<GoodThenBad>(&connection, &Options::default(), &mut observer)
        .await
        .unwrap_err();
    assert_failed(&error, "m2_bad", Direction::Up, Aftermath::Undone);
    assert_eq!(
        tables(&connection).await,
        ["_aura_migrations", "good", "seaql_migrations"]
    );
    let heads: Vec<_> = events
        .lock()
        .unwrap()
        .iter()
        .map(|event| event[..7].to_owned())
        .collect();
    let mut wanted = vec!["Started", "Finishe", "Started"];
    if db.backend() == Backend::Postgres && on_citus() {
        // Where one is, it is said before anything is done.
        wanted.insert(0, "Cluster");
    }
    assert_eq!(heads, wanted);

    // The connection is not left in the failed transaction.
    let row = Statement::from_string(connection.get_database_backend(), "SELECT 1 FROM good");
    assert!(connection.query_one_raw(row).await.unwrap().is_none());
    let status = migrate::status::<GoodThenBad>(&connection).await.unwrap();
    assert_eq!((status.applied(), status.pending()), (1, 1));
    assert!(matches!(status.migrations[1], (_, State::Pending)));

    let error = migrate::down::<GoodThenBad>(&connection, &Options::default(), &mut |_| {})
        .await
        .unwrap_err();
    assert_failed(&error, "m1_good", Direction::Down, Aftermath::Undone);
    assert_eq!(
        tables(&connection).await,
        ["_aura_migrations", "good", "seaql_migrations"]
    );
    assert_eq!(
        migrate::status::<GoodThenBad>(&connection)
            .await
            .unwrap()
            .applied(),
        1
    );
}
migration::both_backends!(a_failing_migration_leaves_the_database_as_it_was);

async fn one_outside_a_transaction_says_so(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let connection = open(&db).await;
    let error = migrate::up::<BadAlone>(&connection, &Options::default(), &mut |_| {})
        .await
        .unwrap_err();
    assert_failed(&error, "m2_alone", Direction::Up, Aftermath::Left);
    assert!(
        error.to_string().contains("outside a transaction"),
        "{error}"
    );
    assert_eq!(
        tables(&connection).await,
        ["_aura_own_migrations", "half", "own_migrations"]
    );
    assert_eq!(
        migrate::status::<BadAlone>(&connection)
            .await
            .unwrap()
            .applied(),
        1
    );
}
migration::both_backends!(one_outside_a_transaction_says_so);
