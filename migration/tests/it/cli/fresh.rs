//! `fresh`: what it drops and what it must not.
use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::sea_orm::ConnectionTrait;

use super::{Place, admin, catalog, known, text};

async fn fresh_drops_what_migrations_made_and_nothing_else(db: TestDb) {
    let connection = db.connect().await;
    let clutter = match db.backend() {
        Backend::Sqlite => {
            "CREATE TABLE \"odd \"\" name\" (id integer PRIMARY KEY); INSERT INTO \"odd \"\" name\" VALUES (7);
             CREATE VIRTUAL TABLE words USING fts5 (text);
             INSERT INTO words VALUES ('hello')"
        }
        Backend::Postgres => {
            "CREATE TYPE mood AS ENUM ('good'); CREATE TYPE pair AS (a int, b mood); CREATE DOMAIN word AS text;
             CREATE FUNCTION moody(mood) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
             CREATE TABLE \"odd \"\" name\" (id serial PRIMARY KEY, mood mood CHECK (moody(mood)));
             INSERT INTO \"odd \"\" name\" VALUES (7);
             CREATE TABLE parted (day date) PARTITION BY RANGE (day);
             CREATE TABLE part PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
             CREATE SEQUENCE numbers;
             CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
             CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)"
        }
    };
    db.execute(clutter).await.unwrap();
    let before = sorted(&catalog(&connection).await);
    db.execute("INSERT INTO users (email) VALUES ('ada@example.com')")
        .await
        .unwrap();
    Place::new()
        .on(db.url(), "fresh --yes")
        .succeeds()
        .says(&["dropped ", &format!("applied {}, 0 pending\n", known())]);
    assert_eq!(sorted(&catalog(&connection).await), before);
    assert_eq!(
        text(&connection, "SELECT CAST(count(*) AS text) FROM users").await,
        "0"
    );
    let kept = "SELECT CAST(id AS text) FROM \"odd \"\" name\"";
    assert_eq!(text(&connection, kept).await, "7");
    Place::new().on(db.url(), "status").succeeds();
}

/// What a newer program made, or another one, this one cannot tell from what is nobody's business.
async fn a_history_of_others_is_not_dropped(db: TestDb) {
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    for (version, said) in [
        ("m99990101_000000_later", "newer version of this program"),
        ("m20200101_000000_earlier", "m20200101_000000_earlier"),
    ] {
        db.execute(&format!(
            "INSERT INTO seaql_migrations VALUES ('{version}', 0)"
        ))
        .await
        .unwrap();
        Place::new()
            .on(db.url(), "fresh --yes")
            .fails_with(3, &[said]);
        let kept = format!(
            "SELECT CAST(count(*) AS text) FROM seaql_migrations WHERE version = '{version}'"
        );
        assert_eq!(text(&connection, &kept).await, "1");
        assert_eq!(catalog(&connection).await, before);
        db.execute(&format!(
            "DELETE FROM seaql_migrations WHERE version = '{version}'"
        ))
        .await
        .unwrap();
    }
}

/// What was broken by hand does not stand in its way: that is what it is for.
async fn fresh_cures_what_was_broken(db: TestDb) {
    let cascade = match db.backend() {
        Backend::Sqlite => "",
        Backend::Postgres => " CASCADE",
    };
    db.execute(&format!("DROP TABLE client_users{cascade}"))
        .await
        .unwrap();
    db.execute("ALTER TABLE users RENAME COLUMN picture TO portrait")
        .await
        .unwrap();
    let place = Place::new();
    place.on(db.url(), "fresh --yes").succeeds();
    place.on(db.url(), "check").succeeds();
}

/// Somebody's table refers to ours: neither is dropped.
async fn fresh_drops_nothing_that_others_need(db: TestDb) {
    let kind = match db.backend() {
        Backend::Sqlite => "blob",
        Backend::Postgres => "uuid",
    };
    db.execute(&format!(
        "CREATE TABLE badges (id integer, holder {kind} REFERENCES users (id))"
    ))
    .await
    .unwrap();
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    Place::new()
        .on(db.url(), "fresh --yes")
        .fails(&["nothing was dropped", "badges", "users"]);
    assert_eq!(catalog(&connection).await, before);
}

/// Somebody's `users`, in a database that was never migrated: no command takes it for ours.
async fn what_no_record_says_is_ours_is_not_dropped(migrated: TestDb) {
    let place = Place::new();
    for record in [
        "",
        "CREATE TABLE seaql_migrations (version varchar(255) PRIMARY KEY, applied_at bigint NOT NULL);",
    ] {
        let db = TestDb::empty(migrated.backend()).await;
        db.execute(&format!(
            "{record} CREATE TABLE users (id int); INSERT INTO users VALUES (7)"
        ))
        .await
        .unwrap();
        let connection = db.connect().await;
        if db.backend() == Backend::Postgres && on_citus() {
            // One that lies on the coordinator alone is refused before anybody asks whose it is.
            let place = "SELECT create_reference_table('users')";
            db.execute(place).await.unwrap();
        }
        let before = catalog(&connection).await;
        for command in ["fresh --yes", "refresh --yes"] {
            place.on(db.url(), command).fails(&[
                "nothing was dropped: table users is there",
                "`baseline` adopts",
            ]);
            assert_eq!(catalog(&connection).await, before);
        }
        for command in ["down -n 9 --yes", "reset --yes"] {
            let run = place.on(db.url(), command);
            run.succeeds().says(&["nothing to revert"]);
        }
        let kept = "SELECT CAST(id AS text) FROM users";
        assert_eq!(text(&connection, kept).await, "7");
        db.execute("DROP TABLE users").await.unwrap();
        place.on(db.url(), "fresh --yes").succeeds();
    }
    // The schema as it is, but that nothing says whose.
    for table in ["seaql_migrations", "_aura_migrations"] {
        let forget = format!("DELETE FROM {table}");
        migrated.execute(&forget).await.unwrap();
    }
    let connection = migrated.connect().await;
    let before = catalog(&connection).await;
    place.on(migrated.url(), "fresh --yes").fails(&[
        "nothing was dropped",
        " more are there",
        "`baseline`",
    ]);
    assert_eq!(catalog(&connection).await, before);
    place.on(migrated.url(), "baseline").succeeds();
    place.on(migrated.url(), "fresh --yes").succeeds();
}

/// Somebody's table has the name that a migration will want that is still to come.
async fn what_a_pending_migration_would_make_is_not_ours(migrated: TestDb) {
    let db = TestDb::empty(migrated.backend()).await;
    let place = Place::new();
    place.on(db.url(), "up -n 7").succeeds();
    db.execute(
        "INSERT INTO users (email) VALUES ('ada@example.com');
         CREATE TABLE emails (id int); INSERT INTO emails VALUES (7)",
    )
    .await
    .unwrap();
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    for command in ["fresh --yes", "refresh --yes"] {
        place
            .on(db.url(), command)
            .fails(&["nothing was dropped: table emails is there"]);
        assert_eq!(catalog(&connection).await, before);
    }
    let kept = "SELECT CAST(e.id AS text) || u.email FROM emails AS e, users AS u";
    assert_eq!(text(&connection, kept).await, "7ada@example.com");
    // All that is recorded goes, and it alone.
    place.on(db.url(), "reset --yes").succeeds();
    let kept = "SELECT CAST(id AS text) FROM emails";
    assert_eq!(text(&connection, kept).await, "7");
    db.execute("ALTER TABLE emails RENAME TO letters")
        .await
        .unwrap();
    place.on(db.url(), "up -n 7").succeeds();
    place
        .on(db.url(), "fresh --yes")
        .succeeds()
        .says(&["dropped ", &format!("applied {}, 0 pending\n", known())]);
    let kept = "SELECT CAST(id AS text) FROM letters";
    assert_eq!(text(&connection, kept).await, "7");
}

migration::both_backends!(
    what_no_record_says_is_ours_is_not_dropped,
    what_a_pending_migration_would_make_is_not_ours,
    fresh_drops_what_migrations_made_and_nothing_else,
    a_history_of_others_is_not_dropped,
    fresh_cures_what_was_broken,
    fresh_drops_nothing_that_others_need
);

/// `SQLite` would delete or empty the rows of somebody's table that refers to ours, and say nothing.
#[tokio::test]
async fn reverting_leaves_the_rows_of_others_alone() {
    let place = Place::new();
    for action in ["CASCADE", "SET NULL", "NO ACTION"] {
        let db = TestDb::empty(Backend::Sqlite).await;
        for (applied, commands) in [
            ("up -n 2", &["down", "down -n 2 --yes"][..]),
            ("up", &["reset --yes", "refresh --yes", "down -n 99 --yes"]),
        ] {
            place.on(db.url(), applied).succeeds();
            db.execute(&format!(
                "INSERT INTO users (email) VALUES ('user{}@example.com');
                 CREATE TABLE IF NOT EXISTS notes (
                   id integer PRIMARY KEY, user_id blob REFERENCES \"Users\" (id) ON DELETE {action});
                 INSERT INTO notes (user_id) SELECT id FROM users",
                applied.len()
            ))
            .await
            .unwrap();
            let connection = db.connect().await;
            let before = catalog(&connection).await;
            let rows = "SELECT CAST(count(user_id) AS text) FROM notes";
            let kept = text(&connection, rows).await;
            for command in commands {
                place
                    .on(db.url(), command)
                    .fails(&["nothing was dropped: table notes references Users"]);
                assert_eq!(text(&connection, rows).await, kept);
                assert_eq!(catalog(&connection).await, before);
            }
        }
        // Of what it does not refer to, it keeps nothing.
        place.on(db.url(), "down").succeeds().says(&["reverted 1"]);
        db.execute("DROP TABLE notes").await.unwrap();
        place.on(db.url(), "reset --yes").succeeds();
    }
}

fn sorted(catalog: &str) -> Vec<String> {
    let mut names: Vec<_> = catalog.split(['\n', ' ']).map(str::to_owned).collect();
    names.sort_unstable();
    names
}

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
    Place::new().on(db.url(), "fresh --yes").succeeds();
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
        .on(db.url(), "fresh --yes")
        .fails(&["nothing was dropped", "view reports.emails depends on"]);
    assert_eq!(catalog(&connection).await, before);
}

/// Each migration is reverted for itself: those before the one that cannot be would have been, and their rows gone.
#[tokio::test]
async fn reverting_does_not_stop_half_way_for_others() {
    let db = TestDb::new(Backend::Postgres).await;
    db.execute(
        "CREATE SCHEMA reports; CREATE VIEW reports.letters AS SELECT subject FROM public.emails",
    )
    .await
    .unwrap();
    let connection = db.connect().await;
    let before = catalog(&connection).await;
    let place = Place::new();
    for command in ["reset --yes", "refresh --yes", "down -n 20 --yes"] {
        place
            .on(db.url(), command)
            .fails(&["nothing was dropped", "view reports.letters depends on"]);
        assert_eq!(catalog(&connection).await, before);
        place.on(db.url(), "status").succeeds();
    }
    // As far as it is not in the way.
    place
        .on(db.url(), "down -n 2 --yes")
        .succeeds()
        .says(&["reverted 2"]);
    db.execute("DROP SCHEMA reports CASCADE").await.unwrap();
    place.on(db.url(), "reset --yes").succeeds();
}
