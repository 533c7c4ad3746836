//! The test bench itself.
use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use migration::testing::{
    Backend, TestDb, find_postgres, postgres_admin_url, postgres_version, sweep_postgres,
    sweep_sqlite,
};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// A history of one table.
struct Notes;

struct CreateNotes;

impl MigratorTrait for Notes {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateNotes)]
    }
}

impl MigrationName for CreateNotes {
    fn name(&self) -> &'static str {
        "m1_notes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateNotes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("CREATE TABLE notes (text text NOT NULL)")
            .await
            .map(drop)
    }
}

async fn text(connection: &DatabaseConnection, sql: impl Into<String>) -> String {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection
        .query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

async fn exists(name: &str) -> bool {
    let admin = Database::connect(postgres_admin_url().await).await.unwrap();
    let count = format!(
        "SELECT ((SELECT count(*) FROM pg_database WHERE datname = '{name}') + (SELECT count(*) FROM pg_roles WHERE rolname = '{name}'))::text"
    );
    let found = text(&admin, count).await != "0";
    admin.close().await.unwrap();
    found
}

fn name_of(db: &TestDb) -> String {
    db.url()
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned()
}

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
            assert!(exists(&name).await && exists(&login.name).await);
            drop(db);
            assert!(!exists(&name).await && !exists(&login.name).await);
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
        .args(["--list", "testing::written_once"])
        .output()
        .unwrap();
    let list = String::from_utf8(output.stdout).unwrap();
    for name in ["written_once", "written_once_threaded"] {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            assert!(
                list.contains(&format!("testing::{name}::{backend}: test\n")),
                "{list}"
            );
        }
    }
}

#[tokio::test]
async fn tests_are_ordinary_logins() {
    let db = TestDb::migrated::<Notes>(Backend::Postgres).await;
    let owner = db.connect().await;
    assert_eq!(
        text(
            &owner,
            "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user"
        )
        .await,
        "false"
    );
    let theirs =
        "SELECT (tableowner = current_user)::text FROM pg_tables WHERE tablename = 'notes'";
    assert_eq!(text(&owner, theirs).await, "true");
    assert!(postgres_version().await >= 140_000);

    let login = db.create_login().await;
    let stranger = Database::connect(&login.url).await.unwrap();
    assert_eq!(
        text(&stranger, "SELECT current_user::text").await,
        login.name
    );
    let refused = stranger
        .execute_unprepared("SELECT * FROM notes")
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let db = TestDb::empty(Backend::Postgres).await;
    let (before, after) = db.url().split_once('@').unwrap();
    let (login, _) = before.rsplit_once(':').unwrap();
    let refused = Database::connect(format!("{login}:wrong@{after}"))
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("password authentication failed"),
        "{refused}"
    );
}

#[tokio::test]
async fn leftovers_of_a_dead_run_are_swept() {
    let live = TestDb::empty(Backend::Postgres).await;
    let dead = format!("aura_test_{:016x}_1", Uuid::new_v4().as_u64_pair().1);
    let admin = Database::connect(postgres_admin_url().await).await.unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {dead}"))
        .await
        .unwrap();
    admin
        .execute_unprepared(&format!("CREATE ROLE {dead}_1"))
        .await
        .unwrap();
    sweep_postgres().await;
    assert!(!exists(&dead).await && !exists(&format!("{dead}_1")).await);
    live.execute("SELECT 1").await.unwrap();

    let live = TestDb::new(Backend::Sqlite).await;
    let own = live.path().unwrap().parent().unwrap();
    let (prefix, _) = own.to_str().unwrap().rsplit_once('-').unwrap();
    let dead = PathBuf::from(format!("{prefix}-{:016x}", Uuid::new_v4().as_u64_pair().1));
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("lock"), "").unwrap();
    sweep_sqlite();
    assert!(!dead.exists() && own.exists());
}

/// Variable with which another process of this program is told to stay until it is killed.
const STAY: &str = "AURA_TESTING_STAY";

/// The URL that a client is given leads to the database; the other process of the tests below says where it is.
#[tokio::test]
async fn a_url_leads_to_the_database() {
    let file = TestDb::migrated::<Notes>(Backend::Sqlite).await;
    let db = TestDb::migrated::<Notes>(Backend::Postgres).await;
    for url in [file.url(), db.url()] {
        Database::connect(url)
            .await
            .unwrap()
            .execute_unprepared("SELECT text FROM notes")
            .await
            .unwrap();
    }
    if env::var_os(STAY).is_some() {
        println!("\nat {}\nat {}", file.url(), db.url());
        std::io::stdout().flush().unwrap();
        thread::sleep(Duration::from_mins(2));
    }
}

/// Starts another process of this program that holds a database on each backend; returns their URLs.
fn another(settings: &[(&str, &str)]) -> (Child, [String; 2]) {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "--nocapture",
            "testing::a_url_leads_to_the_database",
        ])
        .env(STAY, "1")
        .env_remove("TEST_DATABASE_URL");
    let mut child = command
        .envs(settings.iter().copied())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let urls: Vec<String> = lines
        .filter_map(|line| Some(line.unwrap().strip_prefix("at ")?.to_owned()))
        .take(2)
        .collect();
    (
        child,
        urls.try_into()
            .expect("the other process ends without saying where its databases are"),
    )
}

fn within(patience: Duration, what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(
            begun.elapsed() < patience,
            "{what} takes longer than {patience:?}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_killed_process_leaves_no_server_behind() {
    // Binaries by another name make another server: nobody else uses it.
    let own = TemporaryDirectory::new();
    let binaries = own.0.join("bin");
    symlink(
        find_postgres(|name| env::var_os(name), Path::new("/")).unwrap(),
        &binaries,
    )
    .unwrap();
    let settings = [("TEST_POSTGRES_BIN", binaries.to_str().unwrap())];

    let (mut first, [_, url]) = another(&settings);
    let (mut second, [file, joined]) = another(&settings);
    let port = |url: &str| {
        url.split_once("127.0.0.1:")
            .unwrap()
            .1
            .split('/')
            .next()
            .unwrap()
            .parse::<u16>()
            .unwrap()
    };
    let port = (port(&url), port(&joined));
    assert_eq!(port.0, port.1, "two processes share a server");

    let directory = PathBuf::from(file.strip_prefix("sqlite://").unwrap())
        .parent()
        .unwrap()
        .to_owned();
    assert!(directory.exists());

    // Neither the one that started it nor the one that joined is asked to clean up.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port.0)).is_ok());
    second.kill().unwrap();
    second.wait().unwrap();
    within(Duration::from_secs(20), "stopping", || {
        TcpStream::connect(("127.0.0.1", port.0)).is_err()
    });
    sweep_sqlite();
    assert!(!directory.exists());
}

#[tokio::test]
async fn a_given_server_needs_no_superuser() {
    let admin_url = postgres_admin_url().await;
    let db = TestDb::empty(Backend::Postgres).await;
    let login = db.create_login().await;
    let admin = Database::connect(&admin_url).await.unwrap();
    let refused = Command::new(env::current_exe().unwrap())
        .args(["--exact", "testing::a_url_leads_to_the_database"])
        .env("TEST_DATABASE_URL", &login.url)
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let refused = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(
        refused.contains("must be a superuser, or have CREATEDB and CREATEROLE"),
        "{refused}"
    );

    admin
        .execute_unprepared(&format!("ALTER ROLE {} CREATEDB CREATEROLE", login.name))
        .await
        .unwrap();
    let (mut process, [_, url]) = another(&[("TEST_DATABASE_URL", &login.url)]);
    let made = url
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    assert!(exists(&made).await);
    sweep_postgres().await;
    assert!(
        exists(&made).await,
        "what a living process made is left alone"
    );
    process.kill().unwrap();
    process.wait().unwrap();
    within_async("sweeping", async || {
        sweep_postgres().await;
        !exists(&made).await
    })
    .await;

    // The template stays for the next process of this program: its role hangs on the login that is about to go.
    let template = url
        .split_once("://")
        .unwrap()
        .1
        .split(':')
        .next()
        .unwrap()
        .to_owned();
    admin
        .execute_unprepared(&format!("DROP DATABASE {template}"))
        .await
        .unwrap();
    admin
        .execute_unprepared(&format!("DROP ROLE {template}"))
        .await
        .unwrap();
}

async fn within_async(what: &str, done: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{what} takes longer than 20 s"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A directory that the server's user can pass, removed at the end.
struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    fn new() -> Self {
        let path = env::temp_dir().join(format!("aura-test-{}", Uuid::new_v4().simple()));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    /// Makes `directory` look as if `PostgreSQL` were installed in it.
    fn install(&self, directory: &str) -> PathBuf {
        let path = self.0.join(directory);
        fs::create_dir_all(&path).unwrap();
        for program in ["initdb", "postgres"] {
            fs::write(path.join(program), "").unwrap();
        }
        path
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn no_postgres_says_how_to_get_one() {
    let machine = TemporaryDirectory::new();
    let message = find_postgres(|_| None, &machine.0).unwrap_err();
    for word in [
        "apt-get install postgresql",
        "TEST_POSTGRES_BIN",
        "TEST_DATABASE_URL",
        "docker compose up",
    ] {
        assert!(message.contains(word), "{message}");
    }

    let wrong = |name: &str| (name == "TEST_POSTGRES_BIN").then(|| "/nowhere".into());
    let message = find_postgres(wrong, &machine.0).unwrap_err();
    assert!(
        message.contains("/nowhere") && message.contains("initdb"),
        "{message}"
    );
}

#[test]
fn postgres_is_looked_for_in_order() {
    let machine = TemporaryDirectory::new();
    let find = |named: Option<&Path>, path: Option<&Path>| {
        let variable = |name: &str| match name {
            "TEST_POSTGRES_BIN" => named.map(|named| named.as_os_str().to_owned()),
            "PATH" => path.map(|path| path.as_os_str().to_owned()),
            _ => None,
        };
        find_postgres(variable, &machine.0).unwrap()
    };
    machine.install("usr/lib/postgresql/9.6/bin");
    fs::create_dir_all(machine.0.join("usr/lib/postgresql/18/bin")).unwrap();
    let newest = machine.install("usr/lib/postgresql/17/bin");
    assert_eq!(
        find(None, None),
        newest,
        "17 after 9.6, and 18 has no binaries"
    );
    let in_path = machine.install("some/bin");
    assert_eq!(find(None, Some(&in_path)), in_path);
    let named = machine.install("named");
    assert_eq!(find(Some(&named), Some(&in_path)), named);
}
