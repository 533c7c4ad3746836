//! `fresh`: what it drops and what it must not.
use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::ConnectionTrait;

use super::{Place, admin, catalog, known, text};

async fn fresh_drops_what_anybody_made_and_migrates(db: TestDb) {
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    let clutter = match db.backend() {
        Backend::Sqlite => {
            "CREATE TABLE \"odd \"\" name\" (id integer PRIMARY KEY, other integer REFERENCES users);
             CREATE VIEW people AS SELECT email FROM users;
             CREATE VIRTUAL TABLE words USING fts5 (text);
             INSERT INTO words VALUES ('hello')"
        }
        Backend::Postgres => {
            "CREATE TYPE mood AS ENUM ('good'); CREATE TYPE pair AS (a int, b mood); CREATE DOMAIN word AS text;
             CREATE FUNCTION moody(mood) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
             CREATE TABLE \"odd \"\" name\" (id serial PRIMARY KEY, other uuid REFERENCES users, mood mood CHECK (moody(mood)));
             CREATE TABLE parted (day date) PARTITION BY RANGE (day);
             CREATE TABLE part PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
             CREATE SEQUENCE numbers;
             CREATE VIEW people AS SELECT email FROM users;
             CREATE MATERIALIZED VIEW addresses AS SELECT * FROM people;
             CREATE FUNCTION everybody() RETURNS SETOF users LANGUAGE sql AS 'SELECT * FROM users';
             CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
             CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)"
        }
    };
    db.execute(clutter).await.unwrap();
    // One that this program does not know is no reason to keep the rest.
    db.execute("INSERT INTO seaql_migrations VALUES ('m99990101_000000_later', 0)")
        .await
        .unwrap();
    Place::new()
        .on(db.url(), "fresh")
        .succeeds()
        .says(&["dropped ", &format!("applied {}, 0 pending\n", known())]);
    assert_eq!(catalog(&connection).await, before);
}
migration::both_backends!(fresh_drops_what_anybody_made_and_migrates);

#[tokio::test]
async fn fresh_leaves_other_schemas_and_extensions_alone() {
    let db = TestDb::new(Backend::Postgres).await;
    let admin = admin(&db).await;
    admin
        .execute_unprepared(
            "CREATE SCHEMA other; CREATE TABLE other.kept (id int); INSERT INTO other.kept VALUES (7);
             CREATE FUNCTION public.of_an_extension() RETURNS int LANGUAGE sql RETURN 1;
             CREATE TABLE public.of_an_extension (id int);
             ALTER EXTENSION plpgsql ADD FUNCTION public.of_an_extension();
             ALTER EXTENSION plpgsql ADD TABLE public.of_an_extension",
        )
        .await
        .unwrap();
    Place::new().on(db.url(), "fresh").succeeds();
    let kept = "SELECT (SELECT id FROM other.kept) || public.of_an_extension()::text
                || (SELECT count(*) FROM public.of_an_extension)";
    assert_eq!(text(&admin, kept).await, "710");
}

#[tokio::test]
async fn fresh_drops_nothing_when_another_schema_needs_it() {
    let db = TestDb::new(Backend::Postgres).await;
    db.execute(
        "CREATE SCHEMA reports; CREATE VIEW reports.emails AS SELECT email FROM public.users",
    )
    .await
    .unwrap();
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    Place::new()
        .on(db.url(), "fresh")
        .fails(&["cannot drop", "view reports.emails depends on"]);
    assert_eq!(catalog(&connection).await, before);
}
