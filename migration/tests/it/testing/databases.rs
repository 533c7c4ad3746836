//! A database for each test: its own, like the template, gone afterwards.

use super::*;

/// Each test has a copy of the template of its own: what one writes, no other sees.
async fn each_has_its_own(first: TestDb) {
    let backend = first.backend();
    let [one, two] = [
        TestDb::migrated::<Notes>(backend).await,
        TestDb::migrated::<Notes>(backend).await,
    ];
    one.execute("INSERT INTO notes VALUES ('mine')")
        .await
        .unwrap();
    two.execute("INSERT INTO notes VALUES ('a'), ('b')")
        .await
        .unwrap();
    let third = TestDb::migrated::<Notes>(backend).await;
    for (db, expected) in [(&one, "1"), (&two, "2"), (&third, "0")] {
        let connection = db.connect().await;
        assert_eq!(
            text(&connection, "SELECT CAST(count(*) AS text) FROM notes").await,
            expected
        );
    }
    first.execute("SELECT * FROM notes").await.unwrap_err();
}

/// An empty database has no table, not even the migrator's.
async fn empty_is_empty(migrated: TestDb) {
    let db = TestDb::empty(migrated.backend()).await;
    migrated
        .execute("SELECT * FROM seaql_migrations")
        .await
        .unwrap();
    db.execute("SELECT * FROM seaql_migrations")
        .await
        .unwrap_err();
    db.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
        .await
        .unwrap();
}

/// What a test used is gone when its database is dropped, also under the feet of open connections.
async fn gone_after_drop(db: TestDb) {
    let open = db.connect().await;
    text(&open, "SELECT CAST(1 AS text)").await;
    match db.backend() {
        Backend::Sqlite => {
            db.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (n int)")
                .await
                .unwrap();
            let directory = db.path().unwrap().parent().unwrap().to_owned();
            assert!(directory.exists());
            drop(db);
            assert!(!directory.exists());
        }
        Backend::Postgres => {
            let name = name_of(&db);
            let login = db.create_login().await;
            // As a migration does: a role named after the database, with rights in it.
            let role = format!("{name}_reader");
            db.execute(&format!(
                "CREATE TABLE t (n int); CREATE ROLE {role}; GRANT SELECT ON t TO {role}; GRANT {role} TO {}",
                login.name
            ))
            .await
            .unwrap();
            for name in [&name, &login.name, &role] {
                assert!(exists(name).await, "{name}");
            }
            drop(db);
            for name in [&name, &login.name, &role] {
                assert!(!exists(name).await, "{name}");
            }
        }
    }
}

/// Twenty databases at once, none of them shared.
async fn twenty_at_once(first: TestDb) {
    let backend = first.backend();
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        tasks.spawn(async move {
            let db = TestDb::migrated::<Notes>(backend).await;
            db.execute(&format!("INSERT INTO notes VALUES ('{number}')"))
                .await
                .unwrap();
            let connection = db.connect().await;
            assert_eq!(
                text(&connection, "SELECT CAST(count(*) AS text) FROM notes").await,
                "1"
            );
            connection.close().await.unwrap();
            db
        });
    }
    let databases = tasks.join_all().await;
    assert_eq!(databases.len(), 20);
}

/// Two connections in two threads, on a database that both see.
async fn threads_share_it(first: TestDb) {
    let db = Arc::new(TestDb::migrated::<Notes>(first.backend()).await);
    let mut tasks = JoinSet::new();
    for _ in 0..2 {
        let db = Arc::clone(&db);
        tasks.spawn(async move { db.execute("INSERT INTO notes VALUES ('x')").await.unwrap() });
    }
    tasks.join_all().await;
    let connection = db.connect().await;
    assert_eq!(
        text(&connection, "SELECT CAST(count(*) AS text) FROM notes").await,
        "2"
    );
}

migration::both_backends!(
    each_has_its_own,
    empty_is_empty,
    gone_after_drop,
    twenty_at_once,
    threads_share_it
);

migration::both_backends! {
    /// A body inside the macro, on one thread.
    async fn written_once(db: TestDb) {
        assert_eq!(tokio::runtime::Handle::current().metrics().num_workers(), 1);
        db.execute("SELECT 1").await.unwrap();
    }

    /// The same on a runtime of three.
    threads(3) async fn written_once_threaded(db: TestDb) {
        assert_eq!(tokio::runtime::Handle::current().metrics().num_workers(), 3);
        db.execute("SELECT 1").await.unwrap();
    }
}

#[test]
fn a_body_shows_as_two_tests() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--list", "testing::databases::written_once"])
        .output()
        .unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    for name in ["written_once", "written_once_threaded"] {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            assert!(
                list.contains(&format!("testing::databases::{name}::{backend}: test\n")),
                "{list}"
            );
        }
    }
}
