//! The SQL of migrations: fed to the database's own program it does what `up` does.
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use migration::testing::{Backend, TestDb, find_postgres};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Place, admin, catalog, known, offline, text};
use crate::catalog::{Catalog, text::difference};
use crate::rows;

const RECORD: &str = "SELECT version || ' ' || checksum AS line FROM _aura_migrations JOIN seaql_migrations \
                      USING (version)";

async fn a_whole_script_makes_what_up_makes(db: TestDb) {
    let backend = db.backend();
    let fed = TestDb::empty(backend).await;
    let place = Place::new();
    // Offline: there is no database at the URL.
    let offline = offline(backend);
    let script = place
        .on("postgres://nobody@nowhere.invalid/none", offline)
        .succeeds()
        .stdout;
    feed(&fed, &script);
    assert_same(&db, &fed).await;

    // And in two parts, by name.
    let parts = TestDb::empty(backend).await;
    for range in ["--to 000009", "--from 000010_create_domains"] {
        let script = place.run(&format!("{offline} {range}")).succeeds().stdout;
        feed(&parts, &script);
    }
    assert_same(&db, &parts).await;
    assert_eq!(std::fs::read_dir(place.dir.path()).unwrap().count(), 0);
}

async fn a_dry_run_is_what_up_will_do(db: TestDb) {
    let backend = db.backend();
    let half = TestDb::empty(backend).await;
    let place = Place::new();
    place.on(half.url(), "up -n 7").succeeds();
    let before = Catalog::of(&half).await;
    let script = place.on(half.url(), "up --dry-run").succeeds().stdout;
    assert_eq!(Catalog::of(&half).await, before);
    place.on(half.url(), "status").gives(2);
    assert_eq!(script, place.on(half.url(), "sql").succeeds().stdout);
    assert!(!script.contains("000007_"), "{script}");
    feed(&half, &script);
    assert_same(&db, &half).await;
    for command in ["up --dry-run", "sql"] {
        let run = place.on(half.url(), command).succeeds();
        assert_eq!(run.stdout, "-- nothing is pending\n");
    }

    // Of what is not there yet, nothing is made.
    let empty = TestDb::empty(backend).await;
    let script = place.on(empty.url(), "up --dry-run -n 2").succeeds().stdout;
    assert!(
        script.contains("000002_") && !script.contains("000003_"),
        "{script}"
    );
    assert!(empty.path().is_none_or(|path| !path.exists()));
}

/// What `up` would refuse to throw away, its script does too: offline, or of a database that had nothing to lose then.
async fn a_script_refuses_what_up_refuses(db: TestDb) {
    let backend = db.backend();
    let db = TestDb::empty(backend).await;
    let place = Place::new();
    place.on(db.url(), "up -n 16").succeeds();
    let offline = format!("{} --from 000017", offline(backend));
    let offline = place.run(&offline).succeeds().stdout;
    let dry = place.on(db.url(), "up --dry-run").succeeds().stdout;
    db.execute(&rows::of(backend, rows::EVENT)).await.unwrap();
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    let events = "SELECT CAST(count(*) AS text) || min(action) FROM audit_events";
    for script in [offline, dry] {
        let (done, said) = run(&db, &script);
        assert!(!done && said.contains("`audit_events` has rows"), "{said}");
        assert_eq!(text(&connection, events).await, "1user.create");
        assert_eq!(catalog(&connection).await, before);
        place
            .on(db.url(), "status")
            .gives(2)
            .says(&["16 applied, "]);
    }
    // On this database it is known before.
    place
        .on(db.url(), "up --dry-run")
        .fails(&["000017", "`audit_events` has rows"]);
}

migration::both_backends!(
    a_script_refuses_what_up_refuses,
    a_whole_script_makes_what_up_makes,
    a_dry_run_is_what_up_will_do
);

/// What is printed is what is sent, word for word.
#[tokio::test]
async fn the_script_says_what_the_database_is_told() {
    let db = TestDb::empty(Backend::Postgres).await;
    let admin = admin(&db).await;
    admin
        .execute_unprepared(
            "CREATE SCHEMA spy; CREATE TABLE spy.told (number serial, query text);
             CREATE FUNCTION spy.listen() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
               'BEGIN INSERT INTO spy.told (query) VALUES (current_query()); END';
             CREATE EVENT TRIGGER spy ON ddl_command_end EXECUTE FUNCTION spy.listen()",
        )
        .await
        .unwrap();
    let place = Place::new();
    let script = place.on(db.url(), "up --dry-run").succeeds().stdout;
    place.on(db.url(), "up").succeeds();
    let told = Statement::from_string(
        DbBackend::Postgres,
        "SELECT query FROM spy.told WHERE query !~ '_migrations\"' ORDER BY number",
    );
    let told = admin.query_all_raw(told).await.unwrap();
    assert!(told.len() > known() * 4, "{}", told.len());
    let mut rest = script.as_str();
    for row in told {
        let sql: String = row.try_get("", "query").unwrap();
        let at = rest
            .find(&format!("{sql};\n"))
            .unwrap_or_else(|| panic!("not in the script, in this place: {sql}"));
        // A statement can be several commands.
        rest = &rest[at..];
    }
}

#[test]
fn a_range_is_named_well_or_refused() {
    let place = Place::new();
    let sql = |range: &str| place.run(&format!("sql --backend sqlite {range}"));
    sql("--from nothing").fails(&["there is no migration `nothing`"]);
    sql("--from create").fails(&["`create` can be ", " or ", "say more"]);
    sql("--from 000003 --to 000002").fails(&["000003", "comes after", "000002"]);
    let one = sql("--from 000003 --to 000003").succeeds().stdout;
    assert!(one.contains("\"applications\"") && !one.contains("CREATE TABLE \"users\""));
    let all = sql("").succeeds().stdout;
    assert_eq!(
        all.matches("INSERT INTO \"seaql_migrations\"").count(),
        known()
    );
}

async fn assert_same(expected: &TestDb, found: &TestDb) {
    let (one, other) = (Catalog::of(expected).await, Catalog::of(found).await);
    assert_eq!(difference(&one.to_string(), &other.to_string()), "");
    let (one, other) = (expected.connect().await, found.connect().await);
    let all = if expected.path().is_some() {
        "group_concat(line)"
    } else {
        "string_agg(line, ',' ORDER BY line)"
    };
    let sql = format!("SELECT {all} FROM ({RECORD} ORDER BY 1) AS r");
    assert_eq!(text(&one, &sql).await, text(&other, &sql).await);
    let place = Place::new();
    place.on(found.url(), "status").succeeds();
    place.on(found.url(), "check").succeeds();
    place
        .on(found.url(), "up")
        .succeeds()
        .says(&["nothing to do"]);
}

/// Has the database's own program run a script to its end.
fn feed(db: &TestDb, script: &str) {
    let (done, complaints) = run(db, script);
    assert!(
        done && !complaints.contains("ERROR"),
        "{complaints}\n{script}"
    );
}

/// Has the database's own program run a script: whether it came to its end, and its complaints.
pub(super) fn run(db: &TestDb, script: &str) -> (bool, String) {
    let mut command = if let Some(path) = db.path() {
        let mut command = Command::new("sqlite3");
        command.arg(path);
        command
    } else {
        // Beside the server's programs, unless that is a build of the server alone.
        let beside = find_postgres(|name| std::env::var_os(name), Path::new("/"))
            .ok()
            .map(|bin| bin.join("psql"));
        let psql = beside.filter(|psql| psql.exists());
        let mut command = Command::new(psql.unwrap_or_else(|| "psql".into()));
        command.args(["-X", "-q", db.url()]);
        command
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; .ci/setup installs it"));
    // One that stops reads no more.
    let _ = child.stdin.take().unwrap().write_all(script.as_bytes());
    let output = child.wait_with_output().unwrap();
    // PostgreSQL 14 warns of what the owner of a database may not grant in `public`, the migrator or psql alike.
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), complaints)
}
