//! From an empty database to a first owner, and what somebody meets who has none.

use migration::testing::{Backend, TestDb};

use crate::stage::{Stage, code, program, run, text};

migration::both_backends! {
    async fn one_command_makes_an_application_and_its_first_owner(db: TestDb) {
        let stage = Stage::new(db);
        let create = ["application", "create", "Harbour Bakery", "--owner", "Ada@Example.com"];
        let said = stage.refused(&create, code::NOT_FOUND);
        assert!(said.contains("aura user create ada@example.com") && said.contains("--create-owner"), "{said}");

        let bakery = stage.json(&[&create[..], &["--create-owner"]].concat());
        assert_eq!(text(&bakery, "/slug"), "harbour-bakery");
        let members = stage.json(&["member", "list", "harbour-bakery"]);
        assert_eq!(text(&members, "/items/0/user/email"), "ada@example.com");
        assert_eq!(text(&members, "/items/0/roles/0/key"), "owner");

        // Then the user is there.
        let said = stage.done(&["application", "create", "Kite & Studio", "--owner", "ada@example.com", "--create-owner"]);
        assert!(said.out.contains("kite-studio"), "{said:?}");
        assert_eq!(stage.json(&["user", "list"])["items"].as_array().map(Vec::len), Some(1));
    }

    async fn an_application_that_cannot_be_made_leaves_no_owner_behind(db: TestDb) {
        let stage = Stage::new(db);
        let create = |owner| ["application", "create", "Bakery", "--create-owner", "--owner", owner];
        stage.done(&create("ada@example.com"));
        let said = stage.refused(&create("bob@example.com"), code::REFUSED);
        assert!(said.contains("slug"), "{said}");
        stage.refused(&["user", "show", "bob@example.com"], code::NOT_FOUND);
        let said = stage.refused(&["application", "create", "東京", "--owner", "ada@example.com"], code::INVALID);
        assert!(said.contains("--slug"), "{said}");
    }
}

#[tokio::test]
async fn the_database_that_is_typed_is_the_one() {
    let stage = Stage::new(TestDb::new(Backend::Sqlite).await);
    for arguments in [
        &["-u", stage.test.url(), "user", "list"][..],
        &["user", "list", "--database-url", stage.test.url()],
    ] {
        let mut command = program(&stage.folder);
        command.env("DATABASE_URL", "sqlite://nowhere.db");
        command
            .env("DATABASE_URL_POOLER", "sqlite://nowhere-either.db")
            .args(arguments);
        let said = run(&mut command);
        assert_eq!(said.code, code::DONE, "{said:?}");
    }
}

async fn a_database_without_the_schema(backend: Backend) {
    let stage = Stage::new(TestDb::empty(backend).await);
    for arguments in [
        &["user", "list"][..],
        &["user", "create", "ada@example.com"],
        &["application", "list"],
        &["audit", "verify"],
        &["purge", "--yes"],
        &["user", "list", "--actor", "ada@example.com"],
    ] {
        let said = stage.refused(arguments, code::FAILED);
        assert!(
            said.contains("cargo run -p migration -- up"),
            "{arguments:?}: {said}"
        );
        assert_eq!(said.lines().count(), 2, "{said}");
    }
    if let Some(file) = stage.test.path() {
        assert!(!file.exists(), "looking made a file");
    }
}

#[tokio::test]
async fn without_the_schema_sqlite_says_what_makes_it() {
    a_database_without_the_schema(Backend::Sqlite).await;
}

#[tokio::test]
async fn without_the_schema_postgres_says_what_makes_it() {
    a_database_without_the_schema(Backend::Postgres).await;
}

#[test]
fn an_empty_folder_stays_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = run(program(&folder).args(["user", "list"]));
    assert_eq!(said.code, code::FAILED);
    assert!(
        said.err.contains("aura.db") && said.err.contains("cargo run -p migration -- up"),
        "{said:?}"
    );
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
}

#[test]
fn a_url_that_cannot_be_used_is_not_quoted() {
    let folder = tempfile::tempdir().expect("a folder");
    for url in [
        "mysql://root:s3cret@localhost/aura",
        "postgres://user:s3c#ret@localhost/aura",
        "s3cret",
    ] {
        let said = run(program(&folder)
            .args(["user", "list"])
            .env("DATABASE_URL", url));
        assert_eq!(said.code, code::FAILED, "{said:?}");
        assert!(
            said.err.contains("DATABASE_URL") && !said.err.contains("s3c"),
            "{said:?}"
        );
    }
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program(&folder);
    // Nobody listens at port 1.
    command.env("DATABASE_URL", "postgres://aura:s3cret@127.0.0.1:1/aura");
    command
        .env("DATABASE_CONNECT_TIMEOUT", "1")
        .args(["user", "list"]);
    let said = run(&mut command);
    assert_eq!(said.code, code::FAILED, "{said:?}");
    assert!(
        said.err.contains("127.0.0.1:1") && !said.err.contains("s3cret"),
        "{said:?}"
    );
}
