//! The test bench itself.

mod bouncer;
mod databases;
mod finder;
mod own_server;
mod proxy;
mod server;

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

/// Variable with which another process of this program is told to stay until it is killed.
const STAY: &str = "AURA_TESTING_STAY";

/// Starts another process of this program that runs `test` and stays; returns the two URLs that it says.
fn another(test: &str, settings: &[(&str, &str)]) -> (Child, [String; 2]) {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "--nocapture", test])
        .env(STAY, "1")
        .env_remove("TEST_DATABASE_URL")
        .env_remove("TEST_CITUS_URL");
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
            .expect("the other process ends without saying where it is"),
    )
}

fn port_of(url: &str) -> u16 {
    let port = url.split_once("127.0.0.1:").unwrap().1;
    port.split('/').next().unwrap().parse().unwrap()
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
