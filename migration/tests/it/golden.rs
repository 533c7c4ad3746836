//! The schema as it stands is committed as text, one file for each backend: a change of it shows in review.
//!
//! `UPDATE_GOLDEN=1 cargo test -p migration --test it golden::` writes the files anew.

use std::path::PathBuf;

use migration::testing::{Backend, TestDb};

use crate::catalog::{Catalog, backend_name, text::difference};

async fn all_migrations_give_the_committed_schema(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the schema there is compared by `check`; its SQL is in golden/citus.sql"
    );
    let backend = backend_name(db.backend());
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{backend}.txt"));
    let found = Catalog::of(&db).await.to_string();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|update| update == "1") {
        std::fs::write(&file, found).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = difference(&committed, &found);
    assert!(
        difference.is_empty(),
        "the schema is not that of {}. If the change is meant, run \
         `UPDATE_GOLDEN=1 cargo test -p migration --test it golden::` and commit the file.\n\n{difference}",
        file.display()
    );
}

migration::both_backends!(
    all_migrations_give_the_committed_schema,
    a_difference_in_any_part_is_seen,
    what_is_the_same_has_no_difference
);

/// Pairs of schemas that differ in one part alone: the first of them, the second, and what the difference must show.
const PAIRS: [(&str, &str, &str); 10] = [
    (
        "CREATE INDEX i ON things (a) WHERE b > 0",
        "CREATE INDEX i ON things (a) WHERE b > 1",
        "+  index i:",
    ),
    (
        "CREATE INDEX i ON things (a)",
        "CREATE INDEX i ON things (a DESC)",
        "+  index i:",
    ),
    (
        "CREATE INDEX i ON things (a)",
        "CREATE UNIQUE INDEX i ON things (a)",
        "+  index i:",
    ),
    (
        "CREATE TABLE more (a integer DEFAULT 1)",
        "CREATE TABLE more (a integer DEFAULT 2)",
        "+  column a",
    ),
    (
        "CREATE TABLE more (a integer)",
        "CREATE TABLE more (a integer NOT NULL)",
        "+  column a",
    ),
    (
        "CREATE TABLE more (a integer, CONSTRAINT c CHECK (a > 0))",
        "CREATE TABLE more (a integer, CONSTRAINT c CHECK (a > 1))",
        "+  check c",
    ),
    (
        "CREATE TABLE more (a integer, b integer, CONSTRAINT k PRIMARY KEY (a, b))",
        "CREATE TABLE more (a integer, b integer, CONSTRAINT k PRIMARY KEY (b, a))",
        "+  primary key k (b, a)",
    ),
    (
        "CREATE TABLE more (a integer CONSTRAINT f REFERENCES things (a))",
        "CREATE TABLE more (a integer CONSTRAINT f REFERENCES things (a) ON DELETE CASCADE)",
        "+  foreign key f",
    ),
    (
        "CREATE VIEW v AS SELECT a FROM things",
        "CREATE VIEW v AS SELECT a + 1 AS a FROM things",
        "+",
    ),
    ("{trigger 1}", "{trigger 2}", "2"),
];

async fn a_difference_in_any_part_is_seen(migrated: TestDb) {
    let backend = migrated.backend();
    for (first, second, shown) in PAIRS {
        let (first, second) = (with(backend, first).await, with(backend, second).await);
        assert_ne!(first, second);
        let difference = difference(&first.to_string(), &second.to_string());
        assert!(
            difference
                .lines()
                .any(|line| line.starts_with('+') && line.contains(shown)),
            "`{shown}` is not in\n{difference}"
        );
    }
}

async fn what_is_the_same_has_no_difference(migrated: TestDb) {
    for (first, ..) in PAIRS {
        let backend = migrated.backend();
        let (one, other) = (with(backend, first).await, with(backend, first).await);
        assert_eq!(one, other);
        assert_eq!(difference(&one.to_string(), &other.to_string()), "");
    }
}

/// A small schema and in it what `sql` makes.
async fn with(backend: Backend, sql: &str) -> Catalog {
    let db = TestDb::empty(backend).await;
    db.execute("CREATE TABLE things (a integer PRIMARY KEY, b integer)")
        .await
        .unwrap();
    let number = sql.trim_matches(|letter: char| !letter.is_ascii_digit());
    let sql = match (backend, sql.starts_with("{trigger")) {
        (_, false) => sql.to_owned(),
        (Backend::Sqlite, true) => format!(
            "CREATE TRIGGER t AFTER UPDATE ON things BEGIN DELETE FROM things WHERE b = {number}; END"
        ),
        (Backend::Postgres, true) => format!(
            "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b := {number}; RETURN NEW; END $$; \
             CREATE TRIGGER t BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION t()"
        ),
    };
    db.execute(&sql).await.unwrap();
    Catalog::of(&db).await
}
