//! The pool under [`Db`](service::Db): what it owes those who use it.

mod ages;
mod bounds;
mod closing;
mod dropped;
mod options;
mod pooled;
mod retrying;
mod seaorm;
mod streams;
mod traces;

use std::time::Duration;

use entity::users;
use migration::testing::{Backend, TestDb};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, PaginatorTrait, Set, Statement};
use service::{Config, Db, Error};

/// A database of one's own, with the pool as `configure` makes it.
async fn open(backend: Backend, configure: impl FnOnce(Config) -> Config) -> (TestDb, Db) {
    let test = TestDb::new(backend).await;
    let db = crate::rules::connect(configure(Config::new(test.url())))
        .await
        .expect("connects");
    (test, db)
}

async fn add(db: &Db, email: &str) -> Result<(), Error> {
    let row = users::ActiveModel {
        id: Set(db.new_id()),
        email: Set(email.to_owned()),
        ..Default::default()
    };
    row.insert(db).await?;
    Ok(())
}

async fn count(db: &Db) -> u64 {
    users::Entity::find().count(db).await.expect("a count")
}

/// The number that `sql` gives.
async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.expect("answers");
    row.expect("a row").try_get_by_index(0).expect("a number")
}

/// The text that `sql` gives.
async fn text(db: &impl ConnectionTrait, sql: &str) -> String {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.expect("answers");
    row.expect("a row").try_get_by_index(0).expect("a text")
}

/// Waits until `done`, or fails after five seconds.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// How many connections the server counts for this database, those of the ones who ask not among them.
async fn server_counts(test: &TestDb) -> i64 {
    let watcher = test.connect().await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
        AND usename = current_user AND backend_type = 'client backend' AND query NOT LIKE '%pg_stat_activity%'";
    let counted = number(&watcher, sql).await;
    watcher.close().await.expect("closes");
    counted
}

/// Runs each function on both backends.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use migration::testing::Backend;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(Backend::Postgres).await;
            }
        })+
    };
}
use on_both;
