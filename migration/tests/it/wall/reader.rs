//! The reader's views.

use migration::isolation::Role;
use migration::schema::{AddedColumn, Column, Table};
use migration::testing::{Backend, TestDb};
use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::DatabaseConnection;

use super::{DENIED, Stage, ask, refused, value};

/// What differs between tables and views: no line for a table and a view with the same columns in the same order.
const DIFFERENCES: &str = "\
WITH t AS (
  SELECT c.relname::text AS name, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ '^(seaql|_aura)_migrations$' GROUP BY 1),
v AS (
  SELECT c.relname::text AS name, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE c.relnamespace = 'aura_reader'::regnamespace AND c.relkind = 'v' GROUP BY 1)
SELECT coalesce(t.name, v.name) || ': ' || CASE WHEN v.name IS NULL THEN 'has no view' WHEN t.name IS NULL THEN 'has no table'
  ELSE 'table ' || t.columns || ' and view ' || v.columns END
FROM t FULL JOIN v USING (name) WHERE t.columns IS DISTINCT FROM v.columns ORDER BY 1";

/// Tables that have no view, each with the reason. One that has a view has to go from the list.
const WITHOUT_VIEW: &[(&str, &str)] = &[];

/// Where tables and views are not in step.
async fn differences(url: &str) -> Vec<String> {
    let found = ask(url, DIFFERENCES).await.unwrap().concat();
    let known = |line: &str| {
        WITHOUT_VIEW
            .iter()
            .any(|(table, _)| *line == format!("{table}: has no view"))
    };
    assert_eq!(
        found.iter().filter(|line| known(line)).count(),
        WITHOUT_VIEW.len()
    );
    found.into_iter().filter(|line| !known(line)).collect()
}

#[tokio::test]
async fn every_table_has_a_view_with_all_its_columns() {
    migration::not_on_citus!(
        "the reader has rights and policies of another kind there: see citus/floor.rs"
    );
    let db = TestDb::new(Backend::Postgres).await;
    let found = differences(db.url()).await;
    assert!(
        found.is_empty(),
        "the reader's views are not in step: say `schema::isolate` after the table is made or a column is added\n{found:#?}"
    );
    let barriers = "SELECT count(*) FILTER (WHERE 'security_barrier=true' = ANY (reloptions)) = count(*) FROM pg_class \
                    WHERE relnamespace = 'aura_reader'::regnamespace AND relkind = 'v'";
    assert_eq!(value(db.url(), barriers).await, "t");
}

/// The test above can fail, and `isolate` keeps views in step.
#[tokio::test]
async fn views_follow_their_tables() {
    migration::not_on_citus!(
        "the reader has rights and policies of another kind there: see citus/floor.rs"
    );
    let db = TestDb::new(Backend::Postgres).await;
    let connection = db.connect().await;
    db.execute("CREATE TABLE odd (id uuid); ALTER TABLE roles ADD COLUMN colour text")
        .await
        .unwrap();
    let found = differences(db.url()).await;
    assert!(
        found.len() == 2 && found[0] == "odd: has no view" && found[1].starts_with("roles: table"),
        "{found:?}"
    );
    db.execute("DROP TABLE odd; ALTER TABLE roles DROP COLUMN colour")
        .await
        .unwrap();

    let manager = SchemaManager::new(&connection);
    let notes = Table::new("notes", "Notes")
        .tenant_owned()
        .column(Column::text("body", "The note").length(1, 100))
        .timestamps();
    notes.create(&manager).await.unwrap();
    migration::schema::isolate(&manager, "notes").await.unwrap();
    assert!(differences(db.url()).await.is_empty());
    let colour = AddedColumn::new(
        "notes",
        Column::text("colour", "Its colour").length(1, 20).null(),
    );
    colour.create(&manager).await.unwrap();
    assert_eq!(differences(db.url()).await.len(), 1);
    migration::schema::isolate(&manager, "notes").await.unwrap();
    assert!(differences(db.url()).await.is_empty());
    // What somebody built upon a view stays where nothing it needs goes.
    db.execute("CREATE VIEW bodies AS SELECT body FROM aura_reader.notes")
        .await
        .unwrap();
    let size = AddedColumn::new("notes", Column::bigint("size", "Its size").null());
    size.create(&manager).await.unwrap();
    migration::schema::isolate(&manager, "notes").await.unwrap();
    assert!(differences(db.url()).await.is_empty());
    db.execute("DROP VIEW bodies").await.unwrap();
    migration::schema::lift_isolation(&manager, "notes")
        .await
        .unwrap();
    assert_eq!(differences(db.url()).await, ["notes: has no view"]);
    colour.drop(&manager).await.unwrap();
    migration::schema::isolate(&manager, "notes").await.unwrap();
    assert!(differences(db.url()).await.is_empty());
    migration::schema::lift_isolation(&manager, "notes")
        .await
        .unwrap();
    notes.drop(&manager).await.unwrap();
    assert!(differences(db.url()).await.is_empty());
}

/// Every table as the reader gets it, as one text.
async fn dump(stage: &Stage, login: &str) -> String {
    let mut dump = String::new();
    for table in tables(&stage.world.db).await {
        let sql = format!(
            "SET search_path = aura_reader, public; SELECT t.*, to_jsonb(t), t::text FROM {table} t"
        );
        for row in ask(login, &sql).await.unwrap() {
            dump += &row.join("\t");
            dump.push('\n');
        }
    }
    dump
}

async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let catalog = crate::catalog::Catalog::read(db).await;
    catalog.tables.into_keys().collect()
}

#[tokio::test]
async fn the_reader_sees_every_row_and_no_secret() {
    migration::not_on_citus!(
        "the reader has rights and policies of another kind there: see citus/floor.rs"
    );
    let stage = Stage::new().await;
    stage
        .world
        .done("UPDATE clients SET deleted_at = now(), deletion_id = {7} WHERE application_id = {a.applications}")
        .await;
    for sql in [
        "UPDATE sessions SET secret_hash = sha256('a session')",
        "UPDATE verification_tokens SET secret_hash = sha256('a token')",
        "UPDATE invitations SET secret_hash = sha256('an invitation')",
        "UPDATE user_passwords SET password_hash = '$argon2id$hidden'",
        "UPDATE domains SET challenge = 'aura-hidden-0123456789'",
    ] {
        stage.world.done(sql).await;
    }
    let hidden = "SELECT encode(sha256('a session'), 'hex') || ' ' || encode(sha256('a token'), 'hex') || ' ' \
                  || encode(sha256('an invitation'), 'hex') || ' $argon2id$hidden aura-hidden-0123456789'";
    let secrets = value(stage.world.url(), hidden).await;
    let found = dump(&stage, &stage.reader.url).await;
    for secret in secrets.split(' ') {
        assert!(!found.contains(secret), "{secret} is in\n{found}");
    }
    for name in tables(&stage.world.db).await {
        let both = format!("SELECT (SELECT count(*) FROM aura_reader.{name}) = 2");
        assert_eq!(value(&stage.reader.url, &both).await, "t", "{name}");
    }
    // The same search as the owner finds them: it can fail.
    let all = "SELECT string_agg(s.*::text, '') || (SELECT string_agg(p.*::text, '') FROM user_passwords p) FROM sessions s";
    let all = value(stage.world.url(), all).await;
    assert!(all.contains(secrets.split(' ').next().unwrap()) && all.contains("$argon2id$hidden"));
}

/// A function that tells what it is given, and is as cheap as can be: the planner would call it first.
#[tokio::test]
async fn no_function_sees_what_the_view_hides() {
    migration::not_on_citus!(
        "the reader has rights and policies of another kind there: see citus/floor.rs"
    );
    let stage = Stage::new().await;
    let make = format!(
        "CREATE SCHEMA leaks; GRANT USAGE ON SCHEMA leaks TO PUBLIC;
         CREATE FUNCTION leaks.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
         $$ BEGIN IF length($1) > 0 THEN RAISE EXCEPTION 'it was: %', $1; END IF; RETURN true; END $$;
         GRANT EXECUTE ON FUNCTION leaks.tell(text) TO {}",
        stage.reader.name
    );
    ask(stage.world.admin_url(), &make).await.unwrap();
    for (table, secret) in [
        ("sessions", "encode(secret_hash, 'hex')"),
        ("verification_tokens", "encode(secret_hash, 'hex')"),
        ("invitations", "encode(secret_hash, 'hex')"),
        ("user_passwords", "password_hash"),
        ("domains", "challenge"),
    ] {
        for sql in [
            format!("SELECT 1 FROM aura_reader.{table} WHERE leaks.tell({secret})"),
            format!("EXPLAIN ANALYZE SELECT 1 FROM aura_reader.{table} WHERE leaks.tell({secret})"),
            format!("SELECT * FROM aura_reader.{table} ORDER BY leaks.tell({secret})"),
        ] {
            ask(&stage.reader.url, &sql)
                .await
                .unwrap_or_else(|told| panic!("{sql}: {told}"));
        }
        let owner = format!("SELECT 1 FROM public.{table} WHERE leaks.tell({secret})");
        let told = ask(stage.world.admin_url(), &owner).await;
        assert!(told.is_err_and(|told| told.contains("it was: ")), "{table}");
    }
    // A column that is shown is told: the function works.
    let shown = "SELECT 1 FROM aura_reader.users WHERE leaks.tell(email)";
    assert!(ask(&stage.reader.url, shown).await.is_err());
    let stats = "SELECT count(*) FROM pg_stats WHERE tablename IN ('sessions', 'user_passwords', 'domains')";
    ask(
        stage.world.url(),
        "ANALYZE sessions, user_passwords, domains",
    )
    .await
    .unwrap();
    assert_eq!(value(&stage.reader.url, stats).await, "0");
}

#[tokio::test]
async fn the_reader_only_reads_and_only_through_the_views() {
    migration::not_on_citus!(
        "the reader has rights and policies of another kind there: see citus/floor.rs"
    );
    let stage = Stage::new().await;
    for table in tables(&stage.world.db).await {
        for sql in [
            format!("SELECT 1 FROM public.{table}"),
            format!("DELETE FROM aura_reader.{table}"),
            format!("UPDATE aura_reader.{table} SET created_at = now()"),
        ] {
            refused(&ask(&stage.reader.url, &sql).await, DENIED, &sql);
        }
        for login in [&stage.service, &stage.runtime, &stage.guest] {
            let sql = format!("SELECT 1 FROM aura_reader.{table}");
            refused(&ask(&login.url, &sql).await, DENIED, &sql);
        }
    }
}

/// The login that migrates needs not be a member of the service role for the views to have rows.
#[tokio::test]
async fn views_have_rows_whatever_roles_their_owner_has() {
    migration::not_on_citus!(
        "the reader has rights and policies of another kind there: see citus/floor.rs"
    );
    // Migrated here: the owner of the template is of the same role, and others use it meanwhile.
    let db = TestDb::empty(Backend::Postgres).await;
    crate::cli::Place::new().on(db.url(), "up").succeeds();
    let stage = Stage::of(db).await;
    let owner = value(stage.world.url(), "SELECT current_user::text").await;
    let service = stage.roles.name(Role::Service);
    // Since 16 whoever granted it takes it back.
    let revoke = format!("REVOKE \"{service}\" FROM \"{owner}\"");
    ask(stage.world.url(), &revoke).await.unwrap();
    let member = format!("SELECT pg_has_role('{service}', 'USAGE')");
    assert_eq!(value(stage.world.url(), &member).await, "f");
    let count = "SELECT count(*) FROM aura_reader.clients";
    assert_eq!(value(&stage.reader.url, count).await, "2");
}

#[tokio::test]
async fn what_a_reader_has_to_be_told_is_said() {
    migration::not_on_citus!(
        "the reader has rights and policies of another kind there: see citus/floor.rs"
    );
    let stage = Stage::new().await;
    let place = crate::cli::Place::new();
    let said = place.on(stage.world.url(), "roles --sql");
    let database = value(stage.world.url(), "SELECT current_database()::text").await;
    let statement = format!(
        "ALTER ROLE {} IN DATABASE {database} SET search_path = aura_reader, public;",
        stage.reader.name
    );
    let said = said.says(&[&statement]);
    assert!(
        !said
            .stdout
            .contains(&format!("ALTER ROLE {}", stage.guest.name))
    );
    ask(stage.world.admin_url(), &statement).await.unwrap();
    let blank = "SELECT DISTINCT secret_hash::text FROM sessions";
    assert_eq!(value(&stage.reader.url, blank).await, "\\x");
    let said = place.on(stage.world.url(), "roles --sql");
    assert!(!said.stdout.contains("search_path"), "{}", said.stdout);
}
