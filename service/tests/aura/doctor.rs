//! `aura doctor`.

use migration::isolation::{Role, Roles};
use migration::testing::{Backend, Bouncer, Login, PoolMode, TestDb};
use sea_orm::{ConnectionTrait, Database};
use serde_json::Value as Json;

use crate::stage::{Said, Stage, code, program, run};

/// How things stand, by what was looked at.
fn level<'j>(report: &'j Json, check: &str) -> &'j str {
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("{check} in {report}"));
    found["level"].as_str().expect("a word")
}

fn advice(report: &Json, check: &str) -> String {
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("{check} in {report}"));
    format!("{} {}", found["said"], found["advice"])
}

fn on(url: &str) -> Said {
    let folder = tempfile::tempdir().expect("a folder");
    let said = run(program(&folder)
        .args(["doctor", "--json"])
        .env("DATABASE_URL", url));
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
    assert!(
        !said.err.contains("s3cret") && !said.out.contains("s3cret"),
        "{said:?}"
    );
    said
}

migration::both_backends! {
    async fn a_migrated_database_is_well(db: TestDb) {
        let stage = Stage::new(db);
        // A copied file is not in the mode that the service gives it.
        stage.done(&["user", "list"]);
        let report = stage.json(&["doctor"]);
        assert_eq!(report["ok"], true);
        for check in ["connection", "version", "schema", "drift", "isolation", "clock", "passwords"] {
            assert_eq!(level(&report, check), "ok", "{report}");
        }
        let said = stage.done(&["doctor", "--no-drift"]);
        assert!(said.out.contains("skipped  drift"), "{said:?}");
        assert_eq!(said.err, "");
        let strict = stage.run(&["doctor", "--no-drift", "--strict"]).code;
        match stage.test.backend() {
            Backend::Sqlite => {
                assert_eq!((level(&report, "journal"), strict), ("ok", code::DONE));
            }
            Backend::Postgres => {
                // The tests are the owner of their database.
                assert_eq!((level(&report, "login"), strict), ("warning", code::FAILED));
                assert_eq!((level(&report, "pooler"), level(&report, "wall")), ("ok", "skipped"));
            }
        }
    }

    async fn what_was_changed_by_hand_is_found(db: TestDb) {
        db.execute("CREATE INDEX by_hand ON users (name)").await.expect("an index");
        let stage = Stage::new(db);
        let report = stage.json(&["doctor"]);
        assert_eq!(level(&report, "drift"), "warning", "{report}");
        stage.test.execute("DROP INDEX applications_slug_live_key").await.expect("a rule less");
        let said = stage.run(&["doctor", "--json"]);
        assert_eq!((said.code, level(&said.json(), "drift")), (code::FAILED, "failed"), "{said:?}");
        assert!(advice(&said.json(), "drift").contains("applications"), "{said:?}");
    }

    async fn the_history_is_looked_at(db: TestDb) {
        let stage = Stage::new(db);
        let one = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 0)";
        stage.test.execute(one).await.expect("a migration of the future");
        let report = stage.json(&["doctor", "--no-drift"]);
        assert_eq!(level(&report, "schema"), "warning");
        assert!(advice(&report, "schema").contains("upgrade"), "{report}");
        stage.test.execute("DELETE FROM seaql_migrations WHERE version LIKE '%000025%' OR version LIKE 'm2999%'").await.expect("one less");
        let said = stage.run(&["doctor", "--no-drift", "--json"]);
        assert_eq!((said.code, level(&said.json(), "schema")), (code::FAILED, "failed"));
        assert!(advice(&said.json(), "schema").contains("1 pending"), "{said:?}");
    }
}

#[tokio::test]
async fn an_empty_database_has_no_schema_yet() {
    let db = TestDb::empty(Backend::Postgres).await;
    let said = on(db.url());
    let report = said.json();
    assert_eq!(
        (said.code, level(&report, "connection")),
        (code::FAILED, "ok")
    );
    assert_eq!(
        (level(&report, "schema"), level(&report, "drift")),
        ("failed", "skipped")
    );
    assert!(
        advice(&report, "schema").contains("migration -- up"),
        "{report}"
    );
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_explained() {
    let db = TestDb::new(Backend::Postgres).await;
    let url = url::Url::parse(db.url()).expect("a URL");
    let (mut wrong_password, mut no_database, mut no_server) =
        (url.clone(), url.clone(), url.clone());
    wrong_password
        .set_password(Some("s3cret"))
        .expect("a URL with a host");
    no_database.set_path("/no_such_database");
    no_server.set_port(Some(1)).expect("a URL with a host");
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.db");
    std::fs::write(
        &text,
        "this is a text and no database, and it is long enough to be looked at",
    )
    .expect("written");
    let (text, folder) = (text.display(), folder.path().display());
    for (url, why) in [
        (wrong_password.to_string(), "password"),
        (no_database.to_string(), "createdb no_such_database"),
        (no_server.to_string(), "is it running"),
        ("sqlite://aura.db?mode=rwc".to_owned(), "migration -- up"),
        (format!("sqlite://{folder}/missing.db"), "no such file"),
        (format!("sqlite://{folder}?mode=rwc"), "directory"),
        (format!("sqlite://{text}"), "not a SQLite database"),
        ("mysql://root:s3cret@localhost/x".to_owned(), "postgres://"),
    ] {
        let said = on(&url);
        let report = said.json();
        assert_eq!(said.code, code::FAILED, "{url}: {report}");
        assert!(report.to_string().contains(why), "{why}: {report}");
        // What can be said all the same.
        assert_eq!(level(&report, "passwords"), "ok");
    }
}

#[tokio::test]
async fn a_transaction_pooler_is_recognised() {
    let db = TestDb::new(Backend::Postgres).await;
    let bouncer = Bouncer::start(db.url(), PoolMode::Transaction, &[], &[]).await;
    let unknown = on(bouncer.url()).json();
    let separator = if bouncer.url().contains('?') {
        '&'
    } else {
        '?'
    };
    let known = on(&format!("{}{separator}pooled=true", bouncer.url())).json();
    assert_eq!(level(&known, "pooler"), "ok", "{known}");
    assert_eq!(
        (level(&known, "schema"), level(&known, "version")),
        ("skipped", "ok")
    );
    if level(&unknown, "connection") == "ok" {
        assert_eq!(level(&unknown, "pooler"), "warning", "{unknown}");
        assert!(
            advice(&unknown, "pooler").contains("pooled=true"),
            "{unknown}"
        );
    }
    let stage = Stage::new(db);
    let mut both = stage.command(&["doctor", "--json"]);
    let both = run(both.env(
        "DATABASE_URL_POOLER",
        format!("{}{separator}pooled=true", bouncer.url()),
    ))
    .json();
    assert_eq!(
        (level(&both, "pooler"), level(&both, "schema")),
        ("ok", "ok"),
        "{both}"
    );
}

/// A login of the test database that is a member of this role.
async fn login(test: &TestDb, role: Role) -> Login {
    let login = test.create_login().await;
    let owner = test.connect().await;
    let roles = Roles::read(&owner).await.expect("roles");
    owner.close().await.expect("closed");
    let admin = Database::connect(test.admin_url().expect("a server")).await;
    let admin = admin.expect("the administrator");
    let grant = format!("GRANT \"{}\" TO {}", roles.name(role), login.name);
    admin.execute_unprepared(&grant).await.expect("granted");
    admin.close().await.expect("closed");
    login
}

#[tokio::test]
async fn the_login_and_the_wall_are_looked_at() {
    let db = TestDb::new(Backend::Postgres).await;
    let service = login(&db, Role::Service).await;
    let guest = login(&db, Role::Guest).await;
    let folder = tempfile::tempdir().expect("a folder");
    let look = |runtime: &str| {
        let mut command = program(&folder);
        command.args(["doctor", "--json"]);
        command.env("DATABASE_URL", &service.url);
        run(command.env("DATABASE_URL_RUNTIME", runtime)).json()
    };
    let report = look(&guest.url);
    assert_eq!(
        (level(&report, "login"), level(&report, "wall")),
        ("ok", "ok"),
        "{report}"
    );
    assert_eq!(level(&report, "isolation"), "ok", "{report}");
    // It may not even read what was applied.
    assert_eq!(
        (level(&report, "schema"), level(&report, "drift")),
        ("warning", "skipped"),
        "{report}"
    );
    db.execute(&format!(
        "GRANT SELECT ON seaql_migrations, _aura_migrations TO \"{}\"",
        service.name
    ))
    .await
    .expect("granted");
    // It owns nothing, and may make no schema to compare with.
    let report = look(&guest.url);
    assert_eq!(
        (level(&report, "schema"), level(&report, "drift")),
        ("ok", "warning"),
        "{report}"
    );
    assert_eq!(report["ok"], true);
    let report = look(&service.url);
    assert_eq!(
        (level(&report, "wall"), &report["ok"]),
        ("failed", &false.into()),
        "{report}"
    );
    let admin = db.admin_url().expect("a server");
    let report = on(admin).json();
    assert!(advice(&report, "login").contains("superuser"), "{report}");
}
