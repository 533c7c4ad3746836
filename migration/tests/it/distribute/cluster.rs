//! On a cluster: what is moved is all there, and the schema is the one that `up` makes there from empty.

use migration::testing::on_citus;
use url::Url;

use super::grown::{filled, grow, nodes, rows};
use super::plan;
use crate::cli::Place;
use crate::world::{Refusal, World};

/// Says that there is no cluster, where there is none.
pub(super) fn no_cluster() -> bool {
    if !on_citus() {
        eprintln!("not run: TEST_CITUS_URL names no cluster");
    }
    !on_citus()
}

#[tokio::test]
async fn a_filled_database_is_distributed_with_its_rows() {
    if no_cluster() {
        return;
    }
    let db = filled().await;
    let before = rows(&db).await;
    assert!(before.len() > 40, "{before:?}");
    grow(&db).await;
    let place = Place::new();
    place
        .on(db.url(), "down")
        .fails(&["`distribute` puts them in their places"]);
    place
        .on(db.url(), "distribute --dry-run")
        .succeeds()
        .says(&[
            "Citus",
            "move users ",
            "everywhere",
            "by application_id",
            " 2 rows",
        ]);
    place.on(db.url(), "distribute --yes").succeeds().says(&[
        "closing all tables ... ",
        "moving sessions by id ... 2 rows, ",
        "opening all tables ... ",
        ": moved 21 tables with ",
        ": as its migrations make it",
    ]);
    assert_eq!(rows(&db).await, before);
    place.on(db.url(), "distribute --yes").succeeds().says(&[
        "nothing to do, all tables are distributed",
        "as its migrations make it",
    ]);
    place.on(db.url(), "check").succeeds();
    assert!(plan(&db).await.steps.is_empty());
    assert_eq!(rows(&db).await, before);

    // What held before holds again.
    let world = World::over(db).await;
    for sql in [
        "INSERT INTO membership_roles (application_id, user_id, role_id) VALUES ({a.applications}, {b.users}, {a.roles})",
        "INSERT INTO users (email) VALUES ('a@example.org')",
        "INSERT INTO roles (application_id, id, key, name) VALUES ({a.applications}, {9}, 'editor', 'Again')",
    ] {
        world.refused(sql).await;
    }
    let refused = world
        .refused("UPDATE audit_events SET action = 'x.y' WHERE application_id = {a.applications}")
        .await;
    assert_eq!(refused, Refusal::AppendOnly);
    assert_eq!(
        world
            .done("DELETE FROM applications WHERE id = {b.applications}")
            .await,
        1
    );
    assert_eq!(world.count("clients", "true").await, 1);
}

#[tokio::test]
async fn what_others_do_meanwhile_is_asked_about() {
    if no_cluster() {
        return;
    }
    let db = filled().await;
    grow(&db).await;
    let world = World::over(db).await;
    let place = Place::new();
    place
        .on(world.url(), "distribute --yes")
        .fails(&["others are connected: ", "--beside-others"]);
    place
        .on(world.url(), "distribute --yes --beside-others")
        .succeeds();
    assert_eq!(world.count("users", "true").await, 2);
}

#[tokio::test]
async fn a_worker_is_refused() {
    if no_cluster() {
        return;
    }
    let db = filled().await;
    grow(&db).await;
    let worker = nodes(&db).await.swap_remove(1);
    let mut url: Url = db.url().parse().unwrap();
    url.set_host(worker.host_str()).unwrap();
    url.set_port(worker.port()).unwrap();
    for command in ["distribute --dry-run", "distribute --yes"] {
        Place::new()
            .on(url.as_str(), command)
            .fails(&["this is a worker", "its coordinator, "]);
    }
}
