//! What somebody else has put where the migrator writes does not run as the migrator.

use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::ConnectionTrait;

use super::{Place, admin, text};

const RECORD: &str =
    "CREATE TABLE seaql_migrations (version varchar PRIMARY KEY, applied_at bigint NOT NULL)";
const CHECKSUMS: &str =
    "CREATE TABLE _aura_migrations (version text PRIMARY KEY, checksum text NOT NULL)";

/// What makes the login `mal` a superuser, when it is run by one.
fn trap(mal: &str) -> String {
    format!(
        "CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql
           AS $$ BEGIN ALTER ROLE {mal} SUPERUSER; RETURN NEW; END $$;
         CREATE FUNCTION trapped(text) RETURNS boolean LANGUAGE plpgsql
           AS $$ BEGIN ALTER ROLE {mal} SUPERUSER; RETURN true; END $$;"
    )
}

#[tokio::test]
async fn a_record_of_somebody_else_does_not_run_as_the_migrator() {
    let trigger =
        "CREATE TRIGGER t BEFORE INSERT ON seaql_migrations FOR EACH ROW EXECUTE FUNCTION trap()";
    let check = "ALTER TABLE seaql_migrations ADD CHECK (trapped(version))";
    let view = "CREATE VIEW seaql_migrations AS SELECT 'x'::varchar AS version, 1::bigint AS applied_at; \
         CREATE TRIGGER t INSTEAD OF INSERT ON seaql_migrations FOR EACH ROW EXECUTE FUNCTION trap()";
    // In a schema that anybody may make something in, and in one of his own.
    for (own, made, refusal) in [
        (
            false,
            format!("{RECORD}; {trigger}"),
            "seaql_migrations belongs to ",
        ),
        (false, RECORD.to_owned(), "seaql_migrations belongs to "),
        (
            false,
            format!("{RECORD}; {CHECKSUMS}"),
            "_migrations belongs to ",
        ),
        (false, view.to_owned(), "seaql_migrations belongs to "),
        (
            true,
            format!("{RECORD}; {trigger}"),
            "seaql_migrations has the trigger t",
        ),
        (
            true,
            format!("{RECORD}; {check}"),
            "seaql_migrations has the check ",
        ),
        (true, view.to_owned(), "seaql_migrations has the trigger t"),
    ] {
        let db = TestDb::empty(Backend::Postgres).await;
        let (admin, mal) = (admin(&db).await, db.create_login().await);
        let schema = if own { "his" } else { "public" };
        let place = format!(
            "CREATE SCHEMA IF NOT EXISTS his AUTHORIZATION {0}; GRANT CREATE ON SCHEMA public TO {0}",
            mal.name
        );
        admin.execute_unprepared(&place).await.unwrap();
        let trap = trap(&mal.name);
        let as_mal = sea_orm_migration::sea_orm::Database::connect(&mal.url)
            .await
            .unwrap();
        as_mal
            .execute_unprepared(&format!("SET search_path = {schema}; {trap} {made}"))
            .await
            .unwrap();
        for command in ["up", "fresh --yes", "refresh --yes", "baseline"] {
            let run = Place::new().on(db.admin_url().unwrap(), &format!("-s {schema} {command}"));
            // What is of his name may be refused sooner.
            assert_eq!(run.code, 1, "{made}: {command}: {}", run.stdout);
            if command == "up" {
                run.fails(&[refusal, "would run as this login"]);
            }
        }
        let sql = format!(
            "SELECT rolsuper::text FROM pg_roles WHERE rolname = '{}'",
            mal.name
        );
        assert_eq!(text(&admin, &sql).await, "false", "{made}");
    }
}

#[tokio::test]
async fn what_was_hung_on_the_record_is_seen_and_not_run() {
    let db = TestDb::new(Backend::Postgres).await;
    let place = Place::new();
    db.execute(
        "CREATE RULE quiet AS ON DELETE TO _aura_migrations DO INSTEAD NOTHING;
         CREATE FUNCTION public.hang() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER hung BEFORE INSERT ON seaql_migrations FOR EACH ROW EXECUTE FUNCTION public.hang()",
    )
    .await
    .unwrap();
    let run = place.on(db.url(), "check --ignore hang*");
    for line in ["+ trigger CREATE TRIGGER hung", "+ rule CREATE RULE quiet"] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    place
        .on(db.url(), "down")
        .fails(&["_aura_migrations has the rule quiet"]);
    db.execute("DROP RULE quiet ON _aura_migrations; DROP TRIGGER hung ON seaql_migrations; DROP FUNCTION hang()")
        .await
        .unwrap();
    place.on(db.url(), "check").succeeds();
}

#[tokio::test]
async fn a_schema_of_somebody_else_beside_the_tables_is_refused_for_a_superuser_too() {
    for schema in ["aura_wall", "aura_reader", "aura_search"] {
        let db = TestDb::empty(Backend::Postgres).await;
        let (admin, mal) = (admin(&db).await, db.create_login().await);
        let make = format!("CREATE SCHEMA {schema} AUTHORIZATION {}", mal.name);
        admin.execute_unprepared(&make).await.unwrap();
        let refusal = format!("the schema {schema} belongs to {}", mal.name);
        let place = Place::new();
        let url = db.admin_url().unwrap();
        for command in ["up", "fresh --yes"] {
            place.on(url, command).fails(&[&refusal]);
        }
        let tables = "SELECT count(*)::text FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(text(&admin, tables).await, "0");

        // Given to the database's owner it is trusted.
        let give = format!(
            "DO $$ BEGIN EXECUTE format('ALTER SCHEMA {schema} OWNER TO %I',
               (SELECT datdba::regrole FROM pg_database WHERE datname = current_database())); END $$"
        );
        admin.execute_unprepared(&give).await.unwrap();
        place.on(url, "up").succeeds();
        place.on(url, "check").succeeds();
    }
}

/// An administrator goes on where the database's owner began, and the other way round.
#[tokio::test]
async fn whoever_is_to_be_trusted_is_not_refused() {
    let db = TestDb::empty(Backend::Postgres).await;
    let place = Place::new();
    place.on(db.url(), "up -n 10").succeeds();
    place.on(db.admin_url().unwrap(), "up").succeeds();
    place.on(db.admin_url().unwrap(), "down").succeeds();
    place.on(db.admin_url().unwrap(), "up").succeeds();
}
