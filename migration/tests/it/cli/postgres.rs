//! Servers that do not let us in, and schemas.
use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::sea_orm::ConnectionTrait;
use url::Url;

use super::{Place, Run, admin, catalog, known, text};

fn changed(url: &str, change: impl FnOnce(&mut Url)) -> String {
    let mut url = Url::parse(url).unwrap();
    change(&mut url);
    url.into()
}

#[test]
fn a_refused_connection_is_said_at_once() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let started = Instant::now();
    Place::new()
        .on(&format!("postgres://ann:s3cret@127.0.0.1:{port}/app"), "up")
        .fails(&[
            &format!("cannot reach the server at 127.0.0.1:{port}"),
            "refused",
        ]);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn an_unknown_host_is_unreachable() {
    Place::new()
        .on(
            "postgres://ann:s3cret@nowhere.invalid/app",
            "up --connect-timeout 30",
        )
        .fails(&["cannot reach the server at nowhere.invalid:5432"]);
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time() {
    // The backlog accepts; nobody ever reads.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let started = Instant::now();
    Place::new()
        .on(
            &format!("postgres://ann:s3cret@{address}/app"),
            "up --connect-timeout 1",
        )
        .fails(&[
            &format!("no connection to {address} within 1 s"),
            "--connect-timeout",
        ]);
    let waited = started.elapsed();
    assert!(
        waited >= Duration::from_secs(1) && waited < Duration::from_secs(5),
        "{waited:?}"
    );
}

#[test]
fn a_server_of_another_kind_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    Place::new()
        .on(&format!("postgres://ann:s3cret@{address}/app"), "up")
        .fails(&[&format!("cannot reach the server at {address}")]);
}

#[tokio::test]
async fn a_wrong_password_is_said() {
    migration::not_on_citus!("whom a cluster lets in, and how, is its administrator's affair");
    let db = TestDb::empty(Backend::Postgres).await;
    let url = changed(db.url(), |url| {
        url.set_password(Some("not-the-password")).unwrap();
    });
    let user = Url::parse(&url).unwrap().username().to_owned();
    let started = Instant::now();
    Place::new().on(&url, "up").fails(&[
        &format!("refuses the login of `{user}`"),
        "check user and password",
    ]);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_missing_database_is_said() {
    let db = TestDb::empty(Backend::Postgres).await;
    let url = changed(db.url(), |url| url.set_path("/no_such_database"));
    for command in ["up", "status"] {
        Place::new().on(&url, command).fails(&[
            "database `no_such_database` does not exist",
            "createdb no_such_database",
        ]);
    }
}

#[tokio::test]
async fn missing_privileges_are_said() {
    let db = TestDb::empty(Backend::Postgres).await;
    let login = db.create_login().await;
    let admin = admin(&db).await;
    // PostgreSQL 14 lets everybody create in `public`, and the owner of the database as one of them.
    let owner_alone = "DO $$ BEGIN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        EXECUTE format('GRANT CREATE ON SCHEMA public TO %I', (
            SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()));
    END $$";
    admin.execute_unprepared(owner_alone).await.unwrap();
    let place = Place::new();
    place
        .on(&login.url, "up")
        .fails(&["permission denied for schema public", "owner"]);
    place
        .on(&login.url, "up -s other")
        .fails(&["permission denied for database", "owner"]);
    assert_eq!(catalog(&db.connect().await).await, "");

    // What is there but hidden from the login is not taken for missing.
    place.on(db.url(), "up -n 1").succeeds();
    place
        .on(&login.url, "status")
        .fails(&["permission denied for table seaql_migrations"]);
    place
        .on(&login.url, "up")
        .fails(&["permission denied for table seaql_migrations"]);
    // To read it suffices for the status.
    let grant = format!("GRANT SELECT ON seaql_migrations TO {}", login.name);
    db.execute(&grant).await.unwrap();
    place
        .on(&login.url, "status")
        .gives(2)
        .says(&["1 applied, ", "1 without a checksum to compare"]);
    let grant = format!("GRANT SELECT ON _aura_migrations TO {}", login.name);
    db.execute(&grant).await.unwrap();
    let run = place.on(&login.url, "status").gives(2);
    assert!(!run.stdout.contains("checksum"), "{}", run.stdout);
    // In a database that takes no writes too.
    let url = changed(db.url(), |url| {
        url.query_pairs_mut()
            .append_pair("options[default_transaction_read_only]", "on");
    });
    place.on(&url, "status").gives(2).says(&["1 applied, "]);
    place.on(&url, "up").fails(&["the database is read-only"]);

    let database = Url::parse(db.url()).unwrap().path()[1..].to_owned();
    let revoke = format!("REVOKE CONNECT ON DATABASE \"{database}\" FROM PUBLIC");
    admin.execute_unprepared(&revoke).await.unwrap();
    place
        .on(&login.url, "up")
        .fails(&["permission denied for database", "CONNECT"]);
}

#[tokio::test]
async fn a_lock_is_waited_for_and_then_given_up() {
    let db = TestDb::empty(Backend::Postgres).await;
    // The next one changes a table.
    Place::new().on(db.url(), "up -n 15").succeeds();
    let holder = db.connect().await;
    let lock = "BEGIN; DO $$ DECLARE tables text := (SELECT string_agg(oid::regclass::text, ', ') FROM pg_class \
                WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace \
                AND relname !~ '_migrations$'); \
                BEGIN EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS SHARE MODE'; END $$; SELECT pg_sleep(3); COMMIT";
    let held = tokio::spawn(async move { holder.execute_unprepared(lock).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let url = db.url().to_owned();
    let run = tokio::task::spawn_blocking(move || Place::new().on(&url, "up --lock-timeout 0.2"));
    run.await
        .unwrap()
        .fails_with(
            4,
            &[
                "applying m",
                "locked by another process",
                "--lock-timeout",
                "as it was before it",
            ],
        )
        .says(&["... failed\n"]);
    held.await.unwrap().unwrap();
    Place::new()
        .on(db.url(), "status")
        .gives(2)
        .says(&["15 applied, "]);
}

/// The name that needs the most care: quotes, a comma, a blank, a dollar, capitals, no ASCII.
const STRANGE: &str = r#"My "app", $user – ö"#;

#[tokio::test]
async fn a_schema_is_made_and_everything_is_in_it() {
    let db = TestDb::empty(Backend::Postgres).await;
    let place = Place::new();
    for schema in ["app", STRANGE] {
        let run = |args: &[&str]| {
            Run::of(
                place
                    .command()
                    .env("DATABASE_URL", db.url())
                    .arg("-s")
                    .arg(schema)
                    .args(args),
            )
        };
        run(&["status"]).gives(2).says(&["0 applied, "]);
        run(&["up"])
            .succeeds()
            .says(&[&format!("applied {}, 0 pending\n", known())]);
        run(&["up"])
            .succeeds()
            .says(&["nothing to do, 0 pending\n"]);
        let connection = db.connect().await;
        let tables = "SELECT string_agg(DISTINCT schemaname, '|') FROM pg_tables \
                      WHERE schemaname !~ '^(pg_|information_schema)'";
        // What searches read is beside it, and what tenants are signed with: where there are those.
        let beside = if on_citus() {
            schema.to_owned()
        } else {
            format!("{schema}|{schema}_search|{schema}_wall")
        };
        assert_eq!(text(&connection, tables).await, beside);
        run(&["reset", "--yes"]).succeeds();
        assert_eq!(catalog(&connection).await, "");
    }
    // As DATABASE_SCHEMA and, as Prisma has it, in the URL.
    Run::of(
        place
            .command()
            .env("DATABASE_URL", db.url())
            .env("DATABASE_SCHEMA", "app")
            .arg("up"),
    )
    .succeeds();
    let url = changed(db.url(), |url| {
        url.query_pairs_mut().append_pair("schema", "app");
    });
    place
        .on(&url, "up")
        .succeeds()
        .says(&["nothing to do, 0 pending\n"]);
}

#[tokio::test]
async fn an_existing_schema_needs_no_right_to_make_one() {
    let db = TestDb::empty(Backend::Postgres).await;
    let login = db.create_login().await;
    let make = format!("CREATE SCHEMA mine AUTHORIZATION {}", login.name);
    admin(&db).await.execute_unprepared(&make).await.unwrap();
    Place::new().on(&login.url, "up -s mine").succeeds();
}

/// `PostgreSQL`'s default search path begins with the user's own schema.
#[tokio::test]
async fn without_a_schema_it_is_public_even_when_the_user_has_one() {
    let db = TestDb::empty(Backend::Postgres).await;
    let user = Url::parse(db.url()).unwrap().username().to_owned();
    db.execute(&format!("CREATE SCHEMA \"{user}\""))
        .await
        .unwrap();
    Place::new().on(db.url(), "up -n 2").succeeds();
    let connection = db.connect().await;
    let place = "SELECT schemaname::text FROM pg_tables WHERE tablename = 'users'";
    assert_eq!(text(&connection, place).await, "public");
}

#[tokio::test]
async fn names_that_no_schema_can_have_are_refused() {
    let db = TestDb::empty(Backend::Postgres).await;
    let long = "ä".repeat(32);
    for (name, reason) in [
        ("", "empty"),
        ("pg_mine", "keeps that name"),
        (&long, "63 bytes"),
    ] {
        Run::of(
            Place::new()
                .command()
                .env("DATABASE_URL", db.url())
                .args(["-s", name]),
        )
        .fails(&["cannot be the name of a schema", reason]);
    }
}

#[tokio::test]
async fn parameters_of_other_programs_are_noted() {
    let db = TestDb::empty(Backend::Postgres).await;
    let url = changed(db.url(), |url| {
        url.query_pairs_mut()
            .append_pair("channel_binding", "prefer");
    });
    let run = Place::new().on(&url, "status");
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(
        run.stderr,
        "note: the URL's parameter `channel_binding` has no effect here\n"
    );
}
