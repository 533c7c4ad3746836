//! Killed at any step and started again, it goes on where it was, and loses nothing.

use std::io::Read as _;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use super::cluster::no_cluster;
use super::grown::{filled, grow, rows};
use crate::cli::Place;
use crate::world::World;

/// Reads until the third step has begun; `false` where the program ended before.
fn wait(output: &mut ChildStdout) -> bool {
    let mut all = Vec::new();
    let mut byte = [0];
    while output.read(&mut byte).unwrap_or(0) == 1 {
        all.push(byte[0]);
        // Numbers are as wide as the last one.
        let text = String::from_utf8_lossy(&all);
        if text.contains("[ 3/") || text.contains("[3/") {
            return true;
        }
    }
    false
}

fn start(place: &Place, url: &str) -> (Child, ChildStdout) {
    let mut child = place
        .command()
        .env("DATABASE_URL", url)
        .args(["distribute", "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    (child, output)
}

/// Each run takes one step and is killed in the midst of the next, sooner or later in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_every_step_it_loses_nothing() {
    if no_cluster() {
        return;
    }
    let mut db = filled().await;
    let before = rows(&db).await;
    grow(&db).await;
    let place = Place::new();
    let mut kills = 0;
    loop {
        let (mut child, mut output) = start(&place, db.url());
        // The first one is the roles', which is taken every time.
        if !wait(&mut output) {
            let ended = child.wait_with_output().unwrap();
            let problem = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(ended.status.success(), "after {kills} kills: {problem}");
            break;
        }
        tokio::time::sleep(Duration::from_millis(13 * kills % 90)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if kills == 12 {
            place
                .on(db.url(), "distribute --dry-run --beside-others")
                .succeeds()
                .says(&["begun by an earlier run"]);
            place
                .on(db.url(), "down")
                .fails(&["a distribution was begun and not ended", "run `distribute`"]);
            let world = World::over(db).await;
            let refused = world
                .refused("INSERT INTO users (email) VALUES ('new@example.org')")
                .await;
            assert!(
                format!("{refused:?}").contains("aura.the_tables_are_being_distributed"),
                "{refused:?}"
            );
            db = world.leave().await;
        }
        assert!(kills < 120, "it does not come to an end");
    }
    place.on(db.url(), "distribute --yes").succeeds();
    assert!(kills > 20, "{kills}");
    assert_eq!(rows(&db).await, before);
    place.on(db.url(), "check").succeeds();
}
