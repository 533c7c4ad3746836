//! The schemas beside the tables: what they are called, who may look in, and what is where they cannot be made.

use migration::testing::{Backend, TestDb};

use super::{Stage, ask, down_to, value};
use crate::cli::Place;

const SCHEMAS: &str = "SELECT coalesce(string_agg(nspname::text, ' ' ORDER BY nspname), '') FROM pg_namespace \
     WHERE nspname !~ '^(pg_|information_schema)'";

#[tokio::test]
async fn each_schema_has_its_own() {
    migration::not_on_citus!("there is no wall");
    let db = TestDb::empty(Backend::Postgres).await;
    let long = "ö".repeat(31);
    for schema in ["public", "aura", "shop", "My \"app\" $body$", "it's", &long] {
        let run = |command: &str| {
            migration_in(&db, schema, command);
        };
        run("up");
        run("status");
    }
    let found = value(db.url(), SCHEMAS).await;
    for schema in [
        "aura_wall",
        "aura_reader",
        "shop_wall",
        "shop_reader",
        "My \"app\" $body$_wall",
    ] {
        assert!(found.contains(schema), "{schema} is not in {found}");
    }
    let walls = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_wall'";
    assert_eq!(value(db.url(), walls).await, "6");
    for schema in ["aura", "shop", "My \"app\" $body$", "it's", &long] {
        migration_in(&db, schema, "fresh --yes");
        migration_in(&db, schema, "reset --yes");
    }
    assert_eq!(
        value(
            db.url(),
            "SELECT count(*) || ' ' || min(nspname) FROM pg_namespace WHERE nspname LIKE '%\\_wall'"
        )
        .await,
        "1 aura_wall"
    );
    migration_in(&db, "public", "reset --yes");
    let left = value(db.url(), SCHEMAS).await;
    assert!(
        !left.contains("_wall") && !left.contains("_reader"),
        "{left}"
    );
}

/// What stands beside the tables of one schema is never the tables of another.
#[tokio::test]
async fn a_schema_that_another_one_needs_is_not_migrated() {
    migration::not_on_citus!("there is no wall");
    let db = TestDb::empty(Backend::Postgres).await;
    let up = |schema: &str| Place::new().on(db.url(), &format!("--database-schema {schema} up"));
    up("shop").succeeds();
    for beside in ["shop_wall", "shop_reader", "shop_search"] {
        up(beside).fails(&[beside, "cannot be the name of a schema"]);
    }
    up("news_wall").succeeds();
    up("news").fails(&["`news` cannot be the name of a schema"]);
    up("aura_wall").fails(&["it is for what stands beside the tables in `public`"]);
    // Once more in each, and a name that only looks like it.
    for schema in ["shop", "news_wall", "city_reader"] {
        up(schema).succeeds();
    }
}

fn migration_in(db: &TestDb, schema: &str, command: &str) {
    let place = Place::new();
    let mut migrator = place.command();
    migrator
        .env("DATABASE_URL", db.url())
        .env("DATABASE_SCHEMA", schema)
        .args(command.split_whitespace());
    let output = migrator.output().unwrap();
    assert!(
        output.status.success(),
        "{command} in {schema}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn a_schema_of_somebody_else_is_not_used() {
    migration::not_on_citus!("there is no wall");
    let db = TestDb::empty(Backend::Postgres).await;
    ask(db.admin_url().unwrap(), "CREATE SCHEMA aura_wall")
        .await
        .unwrap();
    Place::new()
        .on(db.url(), "up")
        .fails(&["the schema aura_wall belongs to somebody else"]);
}

/// Whatever default privileges hand out.
#[tokio::test]
async fn nobody_else_is_let_in() {
    migration::not_on_citus!("there is no wall");
    let db = TestDb::empty(Backend::Postgres).await;
    for what in ["TABLES", "FUNCTIONS", "SCHEMAS", "SEQUENCES"] {
        let grant = format!("ALTER DEFAULT PRIVILEGES GRANT ALL ON {what} TO PUBLIC");
        ask(db.url(), &grant).await.unwrap();
    }
    Place::new().on(db.url(), "up").succeeds();
    let login = db.create_login().await;
    let rights = format!(
        "SELECT coalesce(string_agg(what, ', '), 'none') FROM (
           SELECT nspname::text AS what FROM pg_namespace
           WHERE nspname IN ('aura_wall', 'aura_reader') AND has_schema_privilege('{0}', oid, 'USAGE, CREATE')
           UNION ALL SELECT oid::regclass::text FROM pg_class
           WHERE relnamespace::regnamespace::text IN ('aura_wall', 'aura_reader') AND relkind IN ('r', 'v')
             AND has_table_privilege('{0}', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
           UNION ALL SELECT oid::regprocedure::text FROM pg_proc
           WHERE pronamespace::regnamespace::text = 'aura_wall' AND has_function_privilege('{0}', oid, 'EXECUTE')) AS found",
        login.name
    );
    assert_eq!(value(db.url(), &rights).await, "none");
}

#[tokio::test]
async fn where_no_schema_may_be_made_the_rest_is_migrated_and_the_statement_is_said() {
    migration::not_on_citus!("there is no wall");
    let db = TestDb::empty(Backend::Postgres).await;
    let login = db.create_login().await;
    let admin = db.admin_url().unwrap();
    ask(
        admin,
        &format!("CREATE SCHEMA shop AUTHORIZATION {}", login.name),
    )
    .await
    .unwrap();
    let run = |command: &str| {
        let place = Place::new();
        let mut migrator = place.command();
        migrator
            .env("DATABASE_URL", &login.url)
            .env("DATABASE_SCHEMA", "shop")
            .args(command.split(' '));
        let output = migrator.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    run("up");
    let schemas = value(db.url(), SCHEMAS).await;
    assert!(!schemas.contains("_wall"), "{schemas}");
    let said = run("roles --sql");
    for schema in ["shop_wall", "shop_reader"] {
        let statement = format!("CREATE SCHEMA {schema} AUTHORIZATION {};", login.name);
        assert!(said.contains(&statement), "{statement} is not in {said}");
    }
    ask(admin, &said).await.unwrap();
    run("roles");
    assert!(!run("roles --sql").contains("CREATE SCHEMA"));
    let views = "SELECT count(*) > 20 FROM pg_views WHERE schemaname = 'shop_reader'";
    assert_eq!(value(db.url(), views).await, "t");
    let key = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('shop_wall.keys')";
    assert_eq!(value(admin, key).await, "1");
    run(&down_to("isolate"));
}

#[tokio::test]
async fn nobody_makes_anything_beside_the_tables() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    for login in [&stage.service, &stage.guest, &stage.runtime, &stage.reader] {
        for schema in ["aura_wall", "aura_reader"] {
            let may = format!(
                "SELECT has_schema_privilege('{}', '{schema}', 'CREATE')",
                login.name
            );
            assert_eq!(
                value(stage.world.url(), &may).await,
                "f",
                "{} {schema}",
                login.name
            );
        }
    }
}
