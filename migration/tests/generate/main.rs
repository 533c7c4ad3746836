//! `entity/src`, and the ER diagram in README.md, are exactly what the generator writes from the migrated schema.
//!
//! The generator is `sea-orm-cli`, called as a library with the command that README.md documents, on a fresh `PostgreSQL`
//! database. Where something differs, the test fails with the difference. `UPDATE_GENERATED=1` writes it instead; that is
//! `make db-generate`:
//!
//! ```sh
//! UPDATE_GENERATED=1 cargo test -p migration --test generate
//! ```
//!
//! These tests belong to `migration`, though they are about `entity`: while `entity/src` is stale or broken, `entity` and all
//! that depends on it may not compile, and what repairs it has to. How the entities behave is tested in `entity/tests`.

mod files;
mod generator;
mod readme;

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
};

use files::Files;
use generator::Generated;
use migration::{
    Migrator, MigratorTrait,
    testing::{Backend, TestDb},
};
use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database};
use tokio::sync::OnceCell;

/// How to repair what these tests find.
const REPAIR: &str =
    "If the schema is as you want it, run `make db-generate` and commit what it writes";

#[tokio::test]
async fn entity_src_is_what_the_generator_writes() {
    let generated = &from_public().await.entities;
    let directory = root().join("entity/src");
    if updating() {
        tell(&files::write(&directory, generated));
        return;
    }
    let difference = files::difference("entity/src", &Files::read(&directory), generated);
    assert!(
        difference.is_empty(),
        "entity/src is not what the generator writes. {REPAIR}.\n{difference}"
    );
}

#[tokio::test]
async fn readme_shows_the_er_diagram_that_the_generator_draws() {
    let wanted = readme::fenced(&from_public().await.diagram);
    let path = root().join("README.md");
    let text = readme::read(&path).unwrap_or_else(|problem| panic!("{problem}"));
    let shown = readme::diagram(&text).unwrap_or_else(|problem| panic!("{problem}"));
    if updating() {
        tell(&readme::write_diagram(&path, &text, &shown, &wanted));
        return;
    }
    let difference = files::lines("README.md", &text[shown], &wanted);
    assert!(
        difference.is_empty(),
        "README's ER diagram is not what the generator draws. {REPAIR}.\n{difference}"
    );
}

#[test]
fn readme_documents_the_command_that_runs_here() {
    let text =
        readme::read(&root().join("README.md")).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(
        readme::one_line(&text).contains(generator::COMMAND),
        "README.md has to show the command that writes entity/src (on one line, or on several with `\\`):\n{}",
        generator::COMMAND
    );
}

#[tokio::test]
async fn generating_again_from_another_database_gives_the_same() {
    let again = generate_from_public().await;
    let first = from_public().await;
    let difference = files::difference("generated", &first.entities, &again.entities);
    assert!(
        difference.is_empty(),
        "the generator does not give the same twice:\n{difference}"
    );
    let difference = files::lines("diagram", &first.diagram, &again.diagram);
    assert!(
        difference.is_empty(),
        "the generator does not give the same twice:\n{difference}"
    );
}

/// The committed entities name no schema: they follow the connection's search path, and so serve every schema.
#[tokio::test]
async fn another_schema_gives_the_same_entities_but_for_its_name() {
    let schema = "elsewhere";
    let db = TestDb::empty(Backend::Postgres).await;
    let mut options = ConnectOptions::new(db.url());
    options.set_schema_search_path(schema).max_connections(1);
    let connection = Database::connect(options).await.unwrap();
    connection
        .execute_unprepared(&format!("CREATE SCHEMA {schema}"))
        .await
        .unwrap();
    Migrator::up(&connection, None).await.unwrap();
    connection.close().await.unwrap();

    let mut generated = generate(&db, Some(schema)).await;
    generated
        .entities
        .remove_from_each(&format!("schema_name = \"{schema}\", "));
    let public = from_public().await;
    let difference = files::difference("generated", &public.entities, &generated.entities);
    assert!(
        difference.is_empty(),
        "schema `{schema}` gives other entities than schema `public`:\n{difference}"
    );
    assert_eq!(public.diagram, generated.diagram);
}

#[tokio::test]
async fn a_panic_of_the_generator_becomes_a_message() {
    let problem = generator::run("postgres://localhost", None)
        .await
        .unwrap_err();
    assert!(problem.starts_with("sea-orm-cli panics: "), "{problem}");
    assert!(problem.contains("no database name"), "{problem}");
}

/// What the generator writes from the schema as it is, generated once for all tests.
async fn from_public() -> &'static Generated {
    static ONCE: OnceCell<Generated> = OnceCell::const_new();
    ONCE.get_or_init(generate_from_public).await
}

async fn generate_from_public() -> Generated {
    generate(&TestDb::new(Backend::Postgres).await, None).await
}

async fn generate(db: &TestDb, schema: Option<&str>) -> Generated {
    // What the generator asks of the catalog takes `PostgreSQL` 18 a second with statistics, and 17 without.
    db.execute("ANALYZE").await.unwrap();
    let generated = generator::run(db.url(), schema).await;
    generated.unwrap_or_else(|problem| panic!("{problem}"))
}

fn updating() -> bool {
    env::var_os("UPDATE_GENERATED").is_some_and(|value| !value.is_empty() && value != "0")
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Goes to the terminal also when the test passes, whose output is kept back otherwise.
fn tell(message: &str) {
    let line = format!("{message}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
