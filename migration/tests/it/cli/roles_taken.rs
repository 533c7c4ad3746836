//! Roles that are there already: whose members would come in with them, and what two schemas of one database have.

use migration::migrate::Options;
use migration::testing::{Backend, Login, TestDb};
use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use super::{Place, admin, offline, preview::run as feed, text};

/// An empty database, a role of the name that ours would have, and somebody who is a member of it.
struct Stage {
    db: TestDb,
    admin: DatabaseConnection,
    name: String,
    stranger: Login,
}

impl Stage {
    async fn new(kind: &str) -> Self {
        let db = TestDb::empty(Backend::Postgres).await;
        let (admin, stranger) = (admin(&db).await, db.create_login().await);
        let name = text(&db.connect().await, "SELECT current_database()::text").await;
        let make = format!(
            "CREATE ROLE {name}_{kind} NOLOGIN; GRANT {name}_{kind} TO {}",
            stranger.name
        );
        admin.execute_unprepared(&make).await.unwrap();
        Self {
            db,
            admin,
            name,
            stranger,
        }
    }

    /// Whether the stranger may read a table.
    async fn reads(&self) -> bool {
        let sql = format!(
            "SELECT has_table_privilege('{}', 'clients', 'SELECT')::text",
            self.stranger.name
        );
        text(&self.admin, &sql).await == "true"
    }

    async fn tables(&self) -> String {
        text(
            &self.db.connect().await,
            "SELECT count(*)::text FROM pg_tables WHERE schemaname = 'public'",
        )
        .await
    }
}

#[tokio::test]
async fn a_role_with_members_of_somebody_else_is_not_taken() {
    for kind in ["service", "runtime", "guest", "reader"] {
        let stage = Stage::new(kind).await;
        let (name, place, url) = (&stage.name, Place::new(), stage.db.url());
        let listed = format!("{name}_{kind} ({})", stage.stranger.name);
        let say = format!("--role-prefix {name}`");
        for command in [
            "up",
            "up --dry-run",
            "sql",
            "fresh --yes",
            "roles",
            "roles --sql",
        ] {
            place.on(url, command).fails(&[&listed, &say]);
        }
        // A script that nobody has looked at a database for looks itself.
        let script = place.run(offline(Backend::Postgres)).succeeds().stdout;
        let (done, said) = feed(&stage.db, &script);
        assert!(
            !done && said.contains("say so with --role-prefix"),
            "{said}"
        );
        assert!(!stage.reads().await, "{kind}");
        place
            .on(url, "--role-prefix unlike_any_other reset --yes")
            .succeeds();
        assert_eq!(stage.tables().await, "0");

        // Another prefix; then the tables know their roles, whatever stands beside them.
        place
            .on(url, &format!("--role-prefix {name}_own up"))
            .succeeds();
        assert!(!stage.reads().await, "{kind}");
        for command in ["up", "roles", "fresh --yes", "roles"] {
            place.on(url, command).succeeds();
        }
        place
            .on(url, "roles")
            .succeeds()
            .says(&[&format!("service  {name}_own_service ")]);
        assert!(!stage.reads().await, "{kind}");
    }
}

/// A prefix that was said goes with the script, and says that the roles are meant.
#[tokio::test]
async fn a_script_takes_the_roles_that_were_said() {
    for command in ["up --dry-run", offline(Backend::Postgres)] {
        let stage = Stage::new("service").await;
        let (name, place, url) = (&stage.name, Place::new(), stage.db.url());
        let script = place.on(url, &format!("--role-prefix {name}_zed {command}"));
        let (done, said) = feed(&stage.db, &script.succeeds().stdout);
        assert!(done, "{said}");
        place
            .on(url, "roles")
            .succeeds()
            .says(&[&format!("service  {name}_zed_service ")]);
        assert!(!stage.reads().await);

        let stage = Stage::new("service").await;
        let (name, url) = (&stage.name, stage.db.url());
        let script = place.on(url, &format!("--role-prefix {name} {command}"));
        let (done, said) = feed(&stage.db, &script.succeeds().stdout);
        assert!(done, "{said}");
        assert!(stage.reads().await);
    }
}

#[tokio::test]
async fn without_the_members_or_said_to_be_meant_it_is_taken() {
    let stage = Stage::new("service").await;
    let (name, place) = (&stage.name, Place::new());
    let out = format!("REVOKE {name}_service FROM {}", stage.stranger.name);
    stage.admin.execute_unprepared(&out).await.unwrap();
    place.on(stage.db.url(), "up").succeeds();
    assert!(!stage.reads().await);

    let stage = Stage::new("service").await;
    let up = format!("--role-prefix {} up", stage.name);
    place.on(stage.db.url(), &up).succeeds();
    assert!(stage.reads().await);
    // What the tables know is theirs also while they are made anew.
    for command in ["fresh --yes", "refresh --yes"] {
        place.on(stage.db.url(), command).succeeds();
        assert!(stage.reads().await, "{command}");
    }
}

/// The tables have been there without roles, which an administrator makes, and somebody else gives away.
#[tokio::test]
async fn what_comes_later_with_members_is_not_taken_either() {
    let db = TestDb::empty(Backend::Postgres).await;
    let (admin, stranger) = (admin(&db).await, db.create_login().await);
    let name = text(&db.connect().await, "SELECT current_database()::text").await;
    let take = format!("ALTER ROLE {name} NOCREATEROLE");
    admin.execute_unprepared(&take).await.unwrap();
    let place = Place::new();
    place.on(db.url(), "up -n 22").succeeds();
    let sql = place.on(db.url(), "roles --sql").succeeds().stdout;
    admin.execute_unprepared(&sql).await.unwrap();
    let give = format!("GRANT {name}_service TO {}", stranger.name);
    admin.execute_unprepared(&give).await.unwrap();
    for command in ["roles", "roles --sql", "up"] {
        place
            .on(db.url(), command)
            .fails(&[&format!("{name}_service ({})", stranger.name)]);
    }
    let said = format!("--role-prefix {name} roles");
    place
        .on(db.url(), &said)
        .succeeds()
        .says(&["nothing is missing"]);
    place.on(db.url(), "up").succeeds();
}

#[tokio::test]
async fn two_schemas_of_one_database_have_roles_of_their_own() {
    let db = TestDb::empty(Backend::Postgres).await;
    let name = text(&db.connect().await, "SELECT current_database()::text").await;
    let place = Place::new();
    let roles = |schema: &str, command: &str| {
        let command = format!("--database-schema {schema} {command}");
        place.on(db.url(), &command).succeeds()
    };
    roles("public", "up");
    // One that was there before has what its tables know.
    roles("old", &format!("--role-prefix {name} up"));
    roles("shop", "up");
    for (schema, prefix) in [
        ("public", name.clone()),
        ("old", name.clone()),
        ("shop", format!("{name}_shop")),
    ] {
        roles(schema, "roles").says(&[&format!("service  {prefix}_service  there")]);
        roles(schema, "check");
    }
    let right = format!(
        "SELECT (has_table_privilege('{name}_shop_service', 'shop.clients', 'SELECT')
           AND NOT has_table_privilege('{name}_shop_service', 'public.clients', 'SELECT')
           AND NOT has_table_privilege('{name}_service', 'shop.clients', 'SELECT'))::text"
    );
    assert_eq!(text(&admin(&db).await, &right).await, "true");

    // A script for psql begins with it too.
    assert!(roles("script", "sql").stdout.contains("'_' || 'script'"));
    assert!(
        !roles("public", "sql")
            .stdout
            .contains("role_prefix_is_default")
    );

    // As a library too, on whatever pool.
    let pool = db.connect().await;
    pool.execute_unprepared("CREATE SCHEMA library")
        .await
        .unwrap();
    let mut options = ConnectOptions::new(db.url());
    options.max_connections(3).set_schema_search_path("library");
    let pool = Database::connect(options).await.unwrap();
    migration::migrate(&pool, &Options::default())
        .await
        .unwrap();
    let known = "SELECT o.rolname::text FROM pg_policy AS p JOIN pg_roles AS o ON o.oid = ANY (p.polroles) \
         WHERE p.polrelid = 'library.users'::regclass AND p.polname = 'service'";
    assert_eq!(text(&pool, known).await, format!("{name}_library_service"));
}
