//! `check`: every kind of difference is seen, and what is others' is not.
use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::sea_orm::ConnectionTrait;

use super::{Place, admin, catalog, text};

/// What is done by hand, and lines that the diff must have.
type Change = (&'static str, &'static [&'static str]);

const ON_BOTH: [Change; 5] = [
    (
        "DROP INDEX users_email_live_key",
        &["table users", "- index ", "users_email_live_key"],
    ),
    (
        "CREATE INDEX by_hand ON users (name)",
        &["table users", "+ index ", "by_hand"],
    ),
    (
        "DROP TRIGGER users_updated_at",
        &["table users", "- trigger ", "users_updated_at"],
    ),
    (
        "ALTER TABLE users ADD COLUMN shoe_size integer",
        &["table users", "+ ", "shoe_size"],
    ),
    (
        "CREATE TABLE by_hand (id integer)",
        &["table by_hand", "+ table", "+ ", "id "],
    ),
];

const ON_POSTGRES: [Change; 21] = [
    (
        "DROP TABLE client_users CASCADE",
        &["table client_users", "- column client_id uuid not null"],
    ),
    (
        "ALTER TABLE users DROP COLUMN picture CASCADE",
        &["- column picture text"],
    ),
    (
        "ALTER TABLE sessions ADD CHECK (ip <> '')",
        &["+ constraint sessions_ip_check1: CHECK"],
    ),
    (
        "ALTER TABLE users ALTER email DROP NOT NULL",
        &["- column email text not null", "+ column email text"],
    ),
    (
        "ALTER TABLE users ALTER created_at SET DEFAULT '-infinity'",
        &["- column created_at", "+ column created_at", "infinity"],
    ),
    (
        "ALTER TABLE users DROP CONSTRAINT users_name_check",
        &["- constraint users_name_check: CHECK"],
    ),
    (
        "ALTER TABLE clients DROP CONSTRAINT clients_created_by_fkey",
        &["- constraint clients_created_by_fkey: FOREIGN KEY"],
    ),
    (
        "ALTER TABLE users DISABLE TRIGGER users_updated_at",
        &["+ trigger ", "(disabled)"],
    ),
    (
        "CREATE POLICY by_hand ON users USING (true)",
        &["+ policy by_hand permissive to public using (true)"],
    ),
    (
        "GRANT DELETE ON users TO PUBLIC",
        &["+ grant DELETE to public"],
    ),
    (
        "GRANT SELECT (email) ON users TO PUBLIC",
        &["+ grant SELECT (email) to public"],
    ),
    (
        "CREATE OR REPLACE FUNCTION aura_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        &[
            "function aura_refuse_change()",
            "+ BEGIN RETURN NEW; END",
            "append-only",
        ],
    ),
    ("COMMENT ON TABLE users IS 'nobody'", &["+ comment: nobody"]),
    // The reader's views stand in the way.
    (
        "DROP SCHEMA aura_reader CASCADE; ALTER TABLE users ALTER picture TYPE varchar(99)",
        &[
            "- column picture text",
            "+ column picture character varying(99)",
            "view users in schema aura_reader",
        ],
    ),
    (
        "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
        &["- table, row security, forced", "+ table, row security"],
    ),
    (
        "ALTER TABLE sign_in_throttles SET UNLOGGED",
        &["table sign_in_throttles", "+ table, unlogged"],
    ),
    (
        "GRANT EXECUTE ON FUNCTION aura_refuse_change() TO PUBLIC",
        &["function aura_refuse_change()", "+ grant EXECUTE to public"],
    ),
    (
        "CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING",
        &["table users", "+ rule CREATE RULE quiet"],
    ),
    (
        "GRANT USAGE ON SCHEMA aura_wall TO public",
        &["schema aura_wall", "+ grant USAGE to public"],
    ),
    (
        "GRANT CREATE ON SCHEMA aura_search TO public",
        &["schema aura_search", "+ grant CREATE to public"],
    ),
    (
        "DROP POLICY floor ON users",
        &["- policy floor restrictive to public"],
    ),
];

/// As above, where Citus gives it a name of its own.
const ON_CITUS: Change = (
    "ALTER TABLE sessions ADD CHECK (ip <> '')",
    &["+ constraint sessions_check: CHECK"],
);

/// What there is none of there, or what it refuses itself; and what is above.
const NOT_ON_CITUS: [&str; 8] = [
    "ADD CHECK",
    "TRIGGER",
    "aura_refuse_change",
    "aura_wall",
    "aura_search",
    "POLICY floor",
    "UNLOGGED",
    "RULE",
];

async fn every_change_by_hand_is_seen(db: TestDb) {
    let backend = db.backend();
    let place = Place::new();
    place
        .on(db.url(), "check")
        .succeeds()
        .says(&["as its migrations make it"]);
    let mut changes = ON_BOTH.to_vec();
    if backend == Backend::Postgres {
        changes.extend(&ON_POSTGRES);
        if on_citus() {
            changes.retain(|(change, _)| !NOT_ON_CITUS.iter().any(|word| change.contains(word)));
            changes.push(ON_CITUS);
        }
    }
    for (change, lines) in changes {
        let db = TestDb::new(backend).await;
        let change = match (backend, change) {
            (Backend::Postgres, "DROP TRIGGER users_updated_at") => {
                "DROP TRIGGER users_updated_at ON users"
            }
            (_, change) => change,
        };
        if backend == Backend::Postgres && on_citus() {
            // The nodes are handed the whole text, and take one statement at a time.
            for statement in change.split("; ") {
                db.execute(statement).await.unwrap();
            }
        } else {
            db.execute(change).await.unwrap();
        }
        let before = catalog(&db.connect().await).await;
        let run = place.on(db.url(), "check");
        assert_eq!(run.code, 1, "{change}: {}", run.stdout);
        assert!(
            run.stderr.contains("is not as its migrations make it"),
            "{}",
            run.stderr
        );
        for line in lines {
            let found = run.stdout.lines().any(|found| {
                found.starts_with(line) || (!line.starts_with(['+', '-']) && found.contains(line))
            });
            assert!(found, "{change}: no `{line}` in\n{}", run.stdout);
        }
        assert!(
            run.stdout
                .contains("--- what the migrations make\n+++ the database\n")
        );
        // It only looks.
        assert_eq!(catalog(&db.connect().await).await, before);
    }
}

/// What is pending is not amiss.
async fn only_what_is_applied_is_compared(db: TestDb) {
    let db = TestDb::empty(db.backend()).await;
    let place = Place::new();
    place.on(db.url(), "up -n 10").succeeds();
    place.on(db.url(), "check").succeeds();
}

async fn what_is_named_is_left_alone(db: TestDb) {
    for table in ["geo_points", "geo_lines", "plan"] {
        db.execute(&format!("CREATE TABLE {table} (id integer)"))
            .await
            .unwrap();
    }
    // Known by their names.
    db.execute("CREATE TABLE _prisma_migrations (id integer)")
        .await
        .unwrap();
    let place = Place::new();
    place
        .on(db.url(), "check --ignore geo_*")
        .fails(&["make it: table plan differ"]);
    place
        .on(db.url(), "check --ignore geo_* --ignore plan")
        .succeeds();
}

migration::both_backends!(
    every_change_by_hand_is_seen,
    only_what_is_applied_is_compared,
    what_is_named_is_left_alone
);

#[tokio::test]
async fn what_others_made_is_left_alone() {
    let db = TestDb::new(Backend::Postgres).await;
    let admin = admin(&db).await;
    admin
        .execute_unprepared(
            "CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid);
             CREATE TABLE public.tenants (id uuid); CREATE FUNCTION public.nile() RETURNS int LANGUAGE sql RETURN 1;
             CREATE TABLE public.of_an_extension (id int);
             ALTER EXTENSION plpgsql ADD TABLE public.of_an_extension",
        )
        .await
        .unwrap();
    let place = Place::new();
    // Whoever owns the schema's tables, and whoever looks: the tables of others are others'.
    if text(&admin, "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'users' AND relnamespace = 'public'::regnamespace").await
        != text(&admin, "SELECT current_user::text").await
    {
        place.on(db.url(), "check").succeeds();
    }
    let scratch = "SELECT count(*)::text FROM pg_namespace WHERE nspname LIKE '\\_aura%'";
    assert_eq!(text(&admin, scratch).await, "0");
}

/// Whoever owns a table or a function can undo what protects it.
#[tokio::test]
async fn what_is_ours_belongs_to_nobody_else() {
    migration::not_on_citus!("there is no wall, and no function of a trigger");
    for object in [
        "table users",
        "function aura_refuse_change()",
        "schema aura_wall",
    ] {
        let db = TestDb::new(Backend::Postgres).await;
        let (admin, login) = (admin(&db).await, db.create_login().await);
        let give = |to: &str| format!("ALTER {object} OWNER TO {to}");
        admin.execute_unprepared(&give(&login.name)).await.unwrap();
        let place = Place::new();
        let owner = format!("+ owner {}", login.name);
        for url in [db.url(), db.admin_url().unwrap()] {
            let run = place.on(url, "check");
            assert!(
                run.stdout.contains(object) && run.stdout.contains(&owner),
                "{object}: {}{}",
                run.stdout,
                run.stderr
            );
        }
        // An administrator could take it anyway.
        admin
            .execute_unprepared(&give("CURRENT_USER"))
            .await
            .unwrap();
        let run = place.on(db.admin_url().unwrap(), "check");
        assert!(!run.stdout.contains("+ owner"), "{}", run.stdout);
    }
}

#[tokio::test]
async fn that_everybody_may_make_something_beside_the_tables_is_seen() {
    let db = TestDb::empty(Backend::Postgres).await;
    let place = Place::new();
    place.on(db.url(), "-s app up").succeeds();
    let grant = "GRANT USAGE ON SCHEMA app TO PUBLIC";
    db.execute(grant).await.unwrap();
    place.on(db.url(), "-s app check").succeeds();
    db.execute("GRANT CREATE ON SCHEMA app TO PUBLIC")
        .await
        .unwrap();
    place
        .on(db.url(), "-s app check")
        .fails(&["schema app differ"])
        .says(&["+ grant CREATE to public"]);
    place.on(db.url(), "-s app check --ignore app").succeeds();
}

/// A schema of another name compares with itself, whatever the name.
/// Whoever may not make a schema is told what that takes.
#[tokio::test]
async fn a_login_that_may_make_no_schema_is_told() {
    let db = TestDb::new(Backend::Postgres).await;
    let login = db.create_login().await;
    let grant = "GRANT SELECT ON seaql_migrations, _aura_migrations TO";
    db.execute(&format!("{grant} {}", login.name))
        .await
        .unwrap();
    let place = Place::new();
    place.on(&login.url, "status").succeeds();
    place.on(&login.url, "check").fails(&[
        &format!("`{}` may not make a schema in the database", login.name),
        "as the owner of the tables, or GRANT CREATE ON DATABASE \"",
        &format!(" TO \"{}\"", login.name),
    ]);
    // With that it sees what differs, and whose tables those are.
    let grant = format!(
        "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), '{}'); END $$",
        login.name
    );
    admin(&db).await.execute_unprepared(&grant).await.unwrap();
    place.on(&login.url, "check").succeeds();
    db.execute("DROP INDEX users_email_live_key").await.unwrap();
    place.on(&login.url, "check").fails(&["table users differ"]);
}

#[tokio::test]
async fn a_schema_of_any_name_is_compared() {
    let db = TestDb::empty(Backend::Postgres).await;
    let place = Place::new();
    for schema in ["app", "My \"app\", ö"] {
        let run = |command: &str| {
            let mut all = place.command();
            all.env("DATABASE_URL", db.url())
                .args([command, "-s", schema]);
            super::Run::of(&mut all)
        };
        run("up").succeeds();
        run("check").succeeds();
    }
}
