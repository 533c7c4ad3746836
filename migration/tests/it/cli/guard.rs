//! What takes data away is confirmed first.
use migration::testing::TestDb;

use super::{Place, Run, catalog};

const ALL: [&str; 4] = ["fresh", "reset", "refresh", "down -n 2"];

async fn without_a_terminal_it_has_to_be_said(db: TestDb) {
    let place = Place::new();
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    for command in ALL {
        place
            .on(db.url(), command)
            .fails(&["with the data in them", "say `--yes`"]);
    }
    assert_eq!(catalog(&connection).await, before);
    // One step back is what development is made of.
    place.on(db.url(), "down").succeeds();
    place.on(db.url(), "up").succeeds();
}
migration::both_backends!(without_a_terminal_it_has_to_be_said);

#[test]
fn on_another_machine_the_name_has_to_be_said() {
    let place = Place::new();
    let url = "postgres://ann:s3cret@nowhere.invalid/shop";
    for command in ALL {
        for said in ["", " --yes"] {
            let parts = ["it is on another machine", "--yes --database shop"];
            place.on(url, &format!("{command}{said}")).fails(&parts);
        }
        place
            .on(url, &format!("{command} --yes --database shop2"))
            .fails(&["it is not called `shop2`"]);
        // It goes on, to where there is nobody.
        place
            .on(url, &format!("{command} --yes --database shop"))
            .fails(&["cannot reach the server at nowhere.invalid"]);
    }
    place
        .on(url, "up --accept-changed 000006 --yes")
        .fails(&["it is on another machine", "--yes --database shop"]);
    // A name that is wrong is wrong here too.
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let url = format!("postgres://ann:s3cret@{host}:1/shop");
        place
            .on(&url, "reset --yes --database other")
            .fails(&["it is not called `other`"]);
        place.on(&url, "reset").fails(&["say `--yes` if"]);
    }
}

#[test]
fn in_production_it_is_said_even_here() {
    let place = Place::new();
    place.run("up -n 1").succeeds();
    let reset = |args: &[&str]| Run::of(place.command().env("APP_ENV", "production").args(args));
    reset(&["reset"]).fails(&["APP_ENV says that this is production", "`--yes`"]);
    for said in ["Production", "PROD"] {
        Run::of(place.command().env("NODE_ENV", said).arg("reset"))
            .fails(&["NODE_ENV says that this is production", "`--yes`"]);
    }
    reset(&["reset", "--yes"]).succeeds();
}

#[test]
fn a_file_is_called_by_its_name() {
    let place = Place::new();
    place.run("up -n 2").succeeds();
    for command in ["fresh", "reset", "refresh"] {
        place
            .run(&format!("{command} --yes --database wrong"))
            .fails(&["it is not called `wrong`"]);
    }
    place.run("status").gives(2).says(&["2 applied"]);
    for name in ["aura", "aura.db"] {
        place
            .run(&format!("reset --yes --database {name}"))
            .succeeds();
    }
}
