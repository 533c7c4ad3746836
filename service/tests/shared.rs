//! The instance of a process ([`Db::shared`]) is read from the environment: so this test is a program of its own, which
//! runs itself with an environment of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "a statement shows whether a connection answers"
)]

use std::process::{Command, ExitCode};

use migration::testing::{Backend, TestDb};
use sea_orm::ConnectionTrait;
use service::Db;

/// Tells the program that it is the one with the environment.
const INSIDE: &str = "inside";

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(INSIDE) {
        the_instance_of_a_process_is_one_until_it_is_closed().await;
        return ExitCode::SUCCESS;
    }
    let mut failed = 0;
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let test = TestDb::new(backend).await;
        let mut program = Command::new(std::env::current_exe().expect("this program"));
        program.arg(INSIDE).env("DATABASE_URL", test.url());
        let ended = program.status().expect("it runs");
        println!("test the_instance_of_a_process::{backend} ... {ended}");
        failed += u8::from(!ended.success());
    }
    println!("{} passed, {failed} failed", 2 - failed);
    ExitCode::from(failed)
}

async fn the_instance_of_a_process_is_one_until_it_is_closed() {
    Db::close_shared().await.expect("nothing to close");
    let (one, other) = tokio::join!(Db::shared(), Db::shared());
    let (one, other) = (one.expect("connects"), other.expect("connects"));
    one.execute_unprepared("SELECT 1").await.expect("answers");
    Db::close_shared().await.expect("closes");
    assert!(
        other.execute_unprepared("SELECT 1").await.is_err(),
        "both were the same, and it is closed"
    );
    let anew = Db::shared().await.expect("connects anew");
    anew.execute_unprepared("SELECT 1").await.expect("answers");
    anew.close().await.expect("closes");
}
