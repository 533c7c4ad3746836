//! The migrator as an application starts it: over pools of any size, of several versions, and broken off.
use std::time::Duration;

use migration::error::Error;
use migration::migrate::{self, Options, Problem, Range};
use migration::testing::{Backend, TestDb};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbBackend, Statement,
};

/// A migration made of SQL.
struct Sql(&'static str, &'static str);

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared(self.1)
            .await
            .map(drop)
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

macro_rules! history {
    ($name:ident: $($version:literal $sql:literal),+) => {
        struct $name;
        impl MigratorTrait for $name {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new(Sql($version, $sql))),+]
            }
        }
    };
}

history!(Old: "m1" "CREATE TABLE one (id integer)", "m2" "CREATE TABLE two (id integer)");
history!(New: "m1" "CREATE TABLE one (id integer)", "m2" "CREATE TABLE two (id integer)",
    "m3" "CREATE TABLE three (id integer)", "m4" "CREATE TABLE four (id integer)");
history!(Changed: "m1" "CREATE TABLE one (id integer, name text)", "m2" "CREATE TABLE two (id integer)");
history!(Gap: "m1" "CREATE TABLE one (id integer)", "m3" "CREATE TABLE three (id integer)",
    "m4" "CREATE TABLE four (id integer)");
history!(Slow: "m1" "CREATE TABLE one (id integer); SELECT pg_sleep(2)");

async fn pool(db: &TestDb, size: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(db.url());
    options.max_connections(size).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// Each connection of a pool is as it was, and can write, whatever was done over it.
#[tokio::test]
async fn nothing_stays_set_on_a_pool_of_files() {
    use sea_orm_migration::sea_orm::sqlx;
    const SIZE: u32 = 4;
    for size in [1, SIZE] {
        let db = TestDb::empty(Backend::Sqlite).await;
        let pool = pool(&db, size).await;
        let options = Options {
            table_lock_timeout: Duration::from_millis(1234),
            ..Options::default()
        };
        for round in 0..3 {
            migrate::pending_script::<Curious>(&pool, "public", &options)
                .await
                .unwrap_err();
            if round == 1 {
                migrate::fresh::<migration::Migrator>(&pool, &options, &mut |_| {})
                    .await
                    .unwrap();
            } else {
                migrate::up::<migration::Migrator>(&pool, &options, &mut |_| {})
                    .await
                    .unwrap();
            }
            let mut all = Vec::new();
            for _ in 0..size {
                all.push(pool.get_sqlite_connection_pool().acquire().await.unwrap());
            }
            for connection in &mut all {
                for (pragma, wanted) in [
                    ("query_only", 0),
                    ("foreign_keys", 1),
                    ("busy_timeout", 5000),
                ] {
                    let sql = format!("PRAGMA {pragma}");
                    let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                        .fetch_one(&mut **connection)
                        .await
                        .unwrap();
                    assert_eq!(found, wanted, "{pragma} after round {round} of {size}");
                }
            }
        }
    }
}

/// One in memory is its pool's alone.
#[tokio::test]
async fn a_database_in_memory_is_migrated_in_place() {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let options = Options::default();
    migration::migrate(&db, &options).await.unwrap();
    db.execute_unprepared("INSERT INTO users (email) VALUES ('ada@example.com')")
        .await
        .unwrap();
    migrate::fresh::<migration::Migrator>(&db, &options, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(count(&db, "SELECT count(*) FROM users").await, 0);
    assert_eq!(count(&db, "PRAGMA foreign_keys").await, 1);
}

async fn count(db: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

const APPLIED: &str = "SELECT count(*) FROM seaql_migrations";

/// Several versions start at once: each does its part, or says that a newer one was faster.
async fn several_versions_at_once(db: TestDb) {
    let backend = db.backend();
    for _ in 0..5 {
        let db = TestDb::empty(backend).await;
        let mut tasks = Vec::new();
        for number in 0..12 {
            let url = db.url().parse().unwrap();
            tasks.push(tokio::spawn(async move {
                let options = migration::connect::ConnectOptions::default();
                let db = migration::connect::connect(&url, &options).await.unwrap();
                let options = Options::default();
                let done = if number % 2 == 0 {
                    migrate::up::<Old>(&db, &options, &mut |_| {}).await
                } else {
                    migrate::up::<New>(&db, &options, &mut |_| {}).await
                };
                db.close().await.unwrap();
                (number, done)
            }));
        }
        let mut applied = 0;
        for task in tasks {
            match task.await.unwrap() {
                (_, Ok(report)) => applied += report.applied,
                (number, Err(Error::NewerSchema { versions })) if number % 2 == 0 => {
                    // As many as it had by then.
                    assert!(
                        ["m3", "m4"].starts_with(&[versions[0].as_str()]),
                        "{versions:?}"
                    );
                }
                (number, Err(error)) => panic!("{number}: {error}"),
            }
        }
        assert_eq!(applied, 4);
        assert_eq!(count(&db.connect().await, APPLIED).await, 4);
    }
}

async fn any_pool_will_do(db: TestDb) {
    let backend = db.backend();
    for size in [1, 2, 5] {
        let db = TestDb::empty(backend).await;
        let pool = pool(&db, size).await;
        let report = migration::migrate(&pool, &Options::default())
            .await
            .unwrap();
        assert_eq!((report.applied > 10, report.pending), (true, 0));
        // The pool is as it was: all of it is free, and nothing is held.
        pool.execute_unprepared("SELECT 1").await.unwrap();
        if backend == Backend::Postgres {
            assert_eq!(count(&pool, LOCKS).await, 0);
        }
        let report = migration::migrate(&pool, &Options::default())
            .await
            .unwrap();
        assert_eq!(report, migrate::Report::default());
    }
}

const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

async fn what_is_wrong_is_named(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let db = db.connect().await;
    let options = Options::default();
    migrate::up::<Old>(&db, &options, &mut |_| {})
        .await
        .unwrap();
    let error = migrate::up::<Changed>(&db, &options, &mut |_| {})
        .await
        .unwrap_err();
    let Error::Inconsistent { problems } = error else {
        panic!("{error}")
    };
    assert_eq!(
        problems,
        [Problem::Changed {
            name: "m1".to_owned()
        }]
    );
    // m2 is missing, since there are later ones.
    let error = migrate::up::<Gap>(&db, &options, &mut |_| {})
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("m2 is applied, but this program lacks it"),
        "{error}"
    );
}

async fn what_comes_late_is_applied_when_that_is_said(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let db = db.connect().await;
    let mut options = Options::default();
    migrate::up::<Gap>(&db, &options, &mut |_| {})
        .await
        .unwrap();
    let error = migrate::up::<New>(&db, &options, &mut |_| {})
        .await
        .unwrap_err();
    let Error::Inconsistent { problems } = error else {
        panic!("{error}")
    };
    assert_eq!(
        problems,
        [Problem::OutOfOrder {
            name: "m2".to_owned()
        }]
    );
    options.out_of_order = true;
    let report = migrate::up::<New>(&db, &options, &mut |_| {})
        .await
        .unwrap();
    assert_eq!((report.applied, report.pending), (1, 0));
    let status = migrate::status::<New>(&db).await.unwrap();
    assert_eq!((status.problems(), status.applied()), (vec![], 4));
}

migration::both_backends!(
    several_versions_at_once,
    any_pool_will_do,
    what_is_wrong_is_named,
    what_comes_late_is_applied_when_that_is_said
);

/// Whoever starts it may give up: nothing is held on, whatever the pool.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_off_it_holds_nothing() {
    for size in [1, 5] {
        for pinned in [true, false] {
            let db = TestDb::empty(Backend::Postgres).await;
            let pool = if pinned {
                let options = migration::connect::ConnectOptions::default();
                let url = db.url().parse().unwrap();
                migration::connect::connect(&url, &options).await.unwrap()
            } else {
                pool(&db, size).await
            };
            let options = Options {
                lock_timeout: Duration::from_secs(10),
                ..Options::default()
            };
            let mut silent = |_: migrate::Event<'_>| {};
            let slow = migrate::up::<Slow>(&pool, &options, &mut silent);
            let broken_off = tokio::time::timeout(Duration::from_millis(700), slow).await;
            assert!(broken_off.is_err());
            let other = self::pool(&db, 2).await;
            migrate::up::<Old>(&other, &options, &mut |_| {})
                .await
                .unwrap();
            assert_eq!(count(&other, LOCKS).await, 0);
            // And the pool works on.
            assert_eq!(count(&pool, APPLIED).await, 2);
        }
    }
}

/// One that asks the database before it acts.
struct Asks;

impl MigrationName for Asks {
    fn name(&self) -> &'static str {
        "m1_asks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Asks {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if !manager.has_table("greetings").await? {
            db.execute_unprepared("CREATE TABLE greetings (word text)")
                .await?;
        }
        let ask = Statement::from_string(manager.get_database_backend(), "SELECT word FROM words");
        for row in db.query_all_raw(ask).await? {
            let word: String = row.try_get("", "word")?;
            db.execute_raw(Statement::from_sql_and_values(
                manager.get_database_backend(),
                "INSERT INTO greetings VALUES ($1)",
                [word.into()],
            ))
            .await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// One that cannot go on without an answer.
struct Insists;

impl MigrationName for Insists {
    fn name(&self) -> &'static str {
        "m2_insists"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Insists {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ask = Statement::from_string(
            manager.get_database_backend(),
            "SELECT count(*) AS many FROM words",
        );
        let answer = manager.get_connection().query_one_raw(ask).await?;
        let many: i64 = answer
            .ok_or_else(|| DbErr::Custom("nobody knows how many words there are".to_owned()))?
            .try_get("", "many")?;
        let sql = format!("CREATE TABLE of_{many}_words (id integer)");
        manager
            .get_connection()
            .execute_unprepared(&sql)
            .await
            .map(drop)
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

struct Curious;

impl MigratorTrait for Curious {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Asks), Box::new(Insists)]
    }
}

/// One whose answer decides what is dropped.
struct Drops;

impl MigrationName for Drops {
    fn name(&self) -> &'static str {
        "m1_drops"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Drops {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let ask = "SELECT word FROM words WHERE word = 'keep'";
        let ask = Statement::from_string(manager.get_database_backend(), ask);
        if db.query_one_raw(ask).await?.is_none() {
            db.execute_unprepared("DROP TABLE words").await?;
        }
        Ok(())
    }
}

/// One that asks in order to refuse, in words that are hard to quote.
struct Refuses;

impl MigrationName for Refuses {
    fn name(&self) -> &'static str {
        "m1_refuses"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Refuses {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let ask = "SELECT word FROM words -- all";
        let ask = Statement::from_string(manager.get_database_backend(), ask);
        if db.query_one_raw(ask).await?.is_some() {
            let why = r#"100% of the "words" aren't gone; \ stays"#;
            return Err(DbErr::Migration(why.to_owned()));
        }
        db.execute_unprepared("DROP TABLE words").await.map(drop)
    }
}

struct OnlyDrops;
struct OnlyRefuses;

impl MigratorTrait for OnlyDrops {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Drops)]
    }
}

impl MigratorTrait for OnlyRefuses {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Refuses)]
    }
}

/// A script stops where the migration would, or is not written where nobody can know.
async fn no_question_is_lost_in_a_script(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    db.execute("CREATE TABLE words (word text); INSERT INTO words VALUES ('keep')")
        .await
        .unwrap();
    let connection = db.connect().await;
    let (backend, options) = (connection.get_database_backend(), Options::default());
    let all = Range::default();
    let error = migrate::script::<OnlyDrops>(backend, "public", &all, &options)
        .await
        .unwrap_err();
    assert!(matches!(&error, Error::NotShown { name, .. } if name == "m1_drops"));
    assert!(error.to_string().contains("WHERE word = 'keep'"), "{error}");
    let script = migrate::pending_script::<OnlyDrops>(&connection, "public", &options)
        .await
        .unwrap();
    assert!(!script.contains("DROP TABLE words"), "{script}");

    let script = migrate::script::<OnlyRefuses>(backend, "public", &all, &options)
        .await
        .unwrap();
    let script: Vec<_> = script
        .lines()
        .filter(|line| !line.starts_with(['\\', '.']))
        .collect();
    let pool = pool(&db, 1).await;
    let error = pool
        .execute_unprepared(&script.join("\n"))
        .await
        .unwrap_err();
    let why = r#"100% of the "words" aren't gone; \ stays"#;
    assert!(error.to_string().contains(why), "{error}");
    assert_eq!(count(&connection, "SELECT count(*) FROM words").await, 1);
}

async fn what_is_asked_is_answered_by_the_database_at_hand(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    db.execute("CREATE TABLE words (word text); INSERT INTO words VALUES ('it''s'), ('me')")
        .await
        .unwrap();
    let connection = db.connect().await;
    let backend = connection.get_database_backend();
    let options = Options::default();
    let offline = migrate::script::<Curious>(backend, "public", &Range::default(), &options).await;
    let error = offline.unwrap_err().to_string();
    assert!(
        error.contains("m2_insists") && error.contains("nobody knows"),
        "{error}"
    );
    let script = migrate::pending_script::<Curious>(&connection, "public", &options)
        .await
        .unwrap();
    let quoted = match backend {
        DbBackend::Postgres => r"E'it\'s'",
        _ => "'it''s'",
    };
    for line in [
        "-- It asks: SELECT word FROM words\n",
        &format!("INSERT INTO greetings VALUES ({quoted});\n"),
        "CREATE TABLE of_2_words (id integer);\n",
    ] {
        assert!(script.contains(line), "{line}\n{script}");
    }
    // It was asked in vain what may be changed.
    let write = connection
        .execute_unprepared("INSERT INTO words VALUES ('you')")
        .await;
    assert!(write.is_ok(), "{write:?}");

    migrate::up::<Curious>(&connection, &options, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(
        count(&connection, "SELECT count(*) FROM greetings").await,
        3
    );
    // Where other answers were given, it is still the same migration.
    let status = migrate::status::<Curious>(&connection).await.unwrap();
    assert_eq!((status.problems(), status.applied()), (vec![], 2));
}
migration::both_backends!(
    no_question_is_lost_in_a_script,
    what_is_asked_is_answered_by_the_database_at_hand
);
