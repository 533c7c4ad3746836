//! The tables change hands.

use super::{Stage, ask, down_to, value};
use crate::cli::Place;

async fn all_works(stage: &Stage) {
    let found = stage.as_guest("a", "SELECT count(*) FROM clients").await;
    assert_eq!(found.unwrap(), [["1"]]);
    let reader = "SELECT count(*) FROM aura_reader.clients";
    assert_eq!(value(&stage.reader.url, reader).await, "2");
}

/// A new owner, ordinary like the former one.
async fn heir(stage: &Stage) -> (String, String) {
    let login = stage.world.login().await;
    let database = value(stage.world.url(), "SELECT current_database()::text").await;
    let grant = format!(
        "GRANT CREATE ON DATABASE {database} TO {0}; GRANT CREATE ON SCHEMA public TO {0}",
        login.name
    );
    ask(stage.world.admin_url(), &grant).await.unwrap();
    (login.name, login.url)
}

#[tokio::test]
async fn with_everything_else_it_works_on() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    all_works(&stage).await;
    let (name, url) = heir(&stage).await;
    let owner = value(stage.world.url(), "SELECT current_user::text").await;
    // All that the login owns here, but not the database, which other databases' owners would have to give too.
    let give = format!(
        "DO $$ DECLARE o record; BEGIN
           FOR o IN SELECT CASE c.relkind WHEN 'v' THEN 'VIEW ' ELSE 'TABLE ' END || c.oid::regclass AS name FROM pg_class c
             WHERE c.relowner = '{owner}'::regrole AND c.relkind IN ('r', 'v') LOOP
             EXECUTE 'ALTER ' || o.name || ' OWNER TO {name}'; END LOOP;
           FOR o IN SELECT 'FUNCTION ' || p.oid::regprocedure AS name FROM pg_proc p WHERE p.proowner = '{owner}'::regrole LOOP
             EXECUTE 'ALTER ' || o.name || ' OWNER TO {name}'; END LOOP;
           FOR o IN SELECT 'SCHEMA ' || n.nspname AS name FROM pg_namespace n WHERE n.nspname LIKE 'aura\\_%' LOOP
             EXECUTE 'ALTER ' || o.name || ' OWNER TO {name}'; END LOOP;
         END $$"
    );
    ask(stage.world.admin_url(), &give).await.unwrap();
    all_works(&stage).await;
    Place::new().on(&url, "rotate-key").succeeds();
    all_works(&stage).await;
}

#[tokio::test]
async fn without_the_rest_the_wall_works_on_and_what_does_not_is_said() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let (name, url) = heir(&stage).await;
    let owner = value(stage.world.url(), "SELECT current_user::text").await;
    let give = format!(
        "DO $$ DECLARE o record; BEGIN
           FOR o IN SELECT c.oid::regclass AS name FROM pg_class c
             WHERE c.relowner = '{owner}'::regrole AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace LOOP
             EXECUTE 'ALTER TABLE ' || o.name || ' OWNER TO {name}'; END LOOP;
         END $$"
    );
    ask(stage.world.admin_url(), &give).await.unwrap();
    let found = stage.as_guest("a", "SELECT count(*) FROM clients").await;
    assert_eq!(found.unwrap(), [["1"]]);
    let said = Place::new().on(&url, "roles --sql").stdout;
    let statements: Vec<_> = said
        .lines()
        .filter(|line| line.contains(&format!("OWNER TO {name};")))
        .collect();
    for change in [
        "ALTER VIEW aura_reader.clients ",
        "ALTER FUNCTION aura_wall.signed() ",
        "ALTER SCHEMA aura_search ",
        "ALTER TABLE aura_search.email_documents ",
        "ALTER FUNCTION aura_search.expected(",
        "ALTER FUNCTION search_emails(",
    ] {
        let said_it = statements.iter().any(|line| line.starts_with(change));
        assert!(said_it, "{change}: {said}");
    }
    // What would be left behind is not passed over.
    Place::new()
        .on(&url, &down_to("add_email_documents"))
        .fails(&["must be owner of function public.search_emails"]);
    ask(stage.world.admin_url(), &statements.join("\n"))
        .await
        .unwrap();
    all_works(&stage).await;
    let search = "SELECT count(*) FROM search_emails({a.applications}, 'subject', NULL, NULL, NULL, NULL, NULL, NULL, 10)";
    ask(&stage.service.url, &stage.world.sql(search))
        .await
        .unwrap();
    let said = Place::new().on(&url, "roles --sql").stdout;
    assert!(!said.contains("OWNER TO"), "{said}");
    Place::new()
        .on(&url, &down_to("add_email_documents"))
        .succeeds();
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'aura_search'";
    assert_eq!(value(stage.world.admin_url(), left).await, "0");
}
