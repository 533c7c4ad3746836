//! The command `roles`, and what `up` says of them.

use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::sea_orm::ConnectionTrait;

use super::{Place, admin, text};

async fn name(db: &TestDb) -> String {
    text(&db.connect().await, "SELECT current_database()::text").await
}

/// Up to 14 the schema `public` is the administrator's.
async fn give_schema(db: &TestDb, owner: &str) {
    let give = format!("ALTER SCHEMA public OWNER TO {owner}");
    admin(db).await.execute_unprepared(&give).await.unwrap();
}

#[tokio::test]
async fn roles_shows_who_is_what_and_that_nothing_is_missing() {
    let db = TestDb::empty(Backend::Postgres).await;
    let (name, place) = (name(&db).await, Place::new());
    give_schema(&db, &name).await;
    let up = place.on(db.url(), "up").succeeds();
    assert!(!up.stdout.contains("administrator"), "{}", up.stdout);
    place.on(db.url(), "roles").succeeds().says(&[
        &format!("service  {name}_service  there; members: {name}\n"),
        &format!("runtime  {name}_runtime  there; members: "),
        &format!("guest    {name}_guest "),
        &format!("reader   {name}_reader "),
        "nothing is missing\n",
    ]);
    assert_eq!(place.on(db.url(), "roles --sql").succeeds().stdout, "");
}

/// What is printed can be handed to psql as it is; then the login that migrates does the rest.
#[tokio::test]
async fn without_the_right_to_make_roles_an_administrator_is_told_what_to_run() {
    let db = TestDb::empty(Backend::Postgres).await;
    let (name, place, admin) = (name(&db).await, Place::new(), admin(&db).await);
    let take = format!("ALTER ROLE {name} NOCREATEROLE");
    admin.execute_unprepared(&take).await.unwrap();
    let hint = "shows what an administrator has to run";
    let up = place.on(db.url(), "up").succeeds().says(&[hint]);
    assert_eq!(up.stdout.matches(hint).count(), 1);
    place.on(db.url(), "roles").succeeds().says(&[
        &format!("service  {name}_service  missing\n"),
        "for an administrator to run",
    ]);
    let sql = place.on(db.url(), "roles --sql").succeeds().stdout;
    assert!(
        sql.starts_with(&format!("CREATE ROLE {name}_service NOLOGIN NOINHERIT;\n")),
        "{sql}"
    );
    admin.execute_unprepared(&sql).await.unwrap();
    place
        .on(db.url(), "roles")
        .succeeds()
        .says(&["nothing is missing"]);
    // On Citus the runtime has no rights: no transaction switches to it.
    let given = if on_citus() { "service" } else { "runtime" };
    let right = format!("SELECT has_table_privilege('{name}_{given}', 'clients', 'INSERT')::text");
    assert_eq!(text(&admin, &right).await, "true");
}

/// On the command line and in the environment.
#[tokio::test]
async fn the_prefix_is_chosen() {
    let place = Place::new();
    for way in ["argument", "environment"] {
        let db = TestDb::empty(Backend::Postgres).await;
        let owner = name(&db).await;
        give_schema(&db, &owner).await;
        let prefix = format!("{owner}_It's");
        let mut command = place.command();
        command.env("DATABASE_URL", db.url()).arg("up");
        match way {
            "argument" => command.args(["--role-prefix", &prefix]),
            _ => command.env("DATABASE_ROLE_PREFIX", &prefix),
        };
        super::Run::of(&mut command).succeeds();
        // The tables know them from now on.
        place
            .on(db.url(), "roles")
            .succeeds()
            .says(&[&format!("service  {prefix}_service "), "nothing is missing"]);
    }
}

#[test]
fn sqlite_has_no_roles() {
    let place = Place::new();
    for command in ["roles", "roles --sql"] {
        let run = place.on("sqlite://aura.db?mode=rwc", command);
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (0, "note: SQLite has no roles\n")
        );
        assert!(!place.path("aura.db").exists());
    }
}
