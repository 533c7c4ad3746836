//! The instance of a process. It is read from the environment, so the test runs in a process of its own.

use std::process::Command;

use migration::testing::{Backend, TestDb};
use sea_orm::ConnectionTrait;
use service::Db;

#[tokio::test]
async fn the_instance_of_a_process_is_one_until_it_is_closed() {
    let test = TestDb::new(Backend::Sqlite).await;
    let url = test.url().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                "db::shared::in_a_process_of_its_own",
                "--ignored",
            ])
            .env("DATABASE_URL", url)
            .output()
    });
    let output = output.await.expect("no panic").expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[tokio::test]
#[ignore = "run by the test above, with an environment of its own"]
async fn in_a_process_of_its_own() {
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
