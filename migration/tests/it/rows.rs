//! Rows outlast migrations: what was written before one that changes its table is there after it, upwards and downwards.
//!
//! A migration that changes a table which is there already has its entry in [`CHANGES`]; one without fails a test.

use migration::migrate::{Options, Range, down, script, up};
use migration::testing::{Backend, TestDb};
use migration::{Migrator, MigratorTrait};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// A migration that changes tables, with rows from before it.
struct Change {
    /// Its name.
    migration: &'static str,
    rows: Rows,
}

enum Rows {
    /// They stay.
    Stay {
        /// What writes them, in the schema before the migration.
        insert: &'static [&'static str],
        /// One text of all of them, which is the same before and after.
        read: &'static str,
        /// One text of what the migration made of them, and what that is.
        after: (&'static str, &'static str),
    },
    /// It runs where there are none alone; why, and where it refuses.
    Refused {
        insert: &'static [&'static str],
        says: &'static str,
    },
}

const USER: &str = "INSERT INTO users (id, email) VALUES ({1}, 'ada@example.org')";
const APPLICATION: &str =
    "INSERT INTO applications (id, public_id, slug, name) VALUES ({2}, 'a123456789', 'app', 'App')";

/// Before events were a chain.
pub(crate) const EVENT: &str = "INSERT INTO audit_events \
     (application_id, id, action, subject_type, subject_id, detail_hash, previous_hash) \
     VALUES ({2}, {3}, 'user.create', 'users', {1}, {hash}, {hash})";

const CHANGES: &[Change] = &[
    Change {
        migration: "m20261121_000015_add_sessions_rotated_at",
        rows: Rows::Stay {
            insert: &[
                USER,
                "INSERT INTO sessions (id, secret_hash, user_id, expires_at) \
                 VALUES ({3}, {hash}, {1}, '2099-01-01T00:00:00+00:00')",
            ],
            read: "SELECT count(*) || ' of ' || min(email) FROM sessions JOIN users ON users.id = user_id",
            after: (
                "SELECT count(*) || '' FROM sessions WHERE rotated_at IS NULL",
                "1",
            ),
        },
    },
    Change {
        migration: "m20261121_000016_add_email_threads",
        rows: Rows::Stay {
            insert: &[
                APPLICATION,
                "INSERT INTO emails (application_id, id, from_address, subject, body, sent_at) \
                 VALUES ({2}, {3}, 'ada@example.org', 'Hello', 'World', '2026-01-01T00:00:00+00:00')",
            ],
            read: "SELECT from_address || ' ' || subject || ' ' || body FROM emails",
            // What was there before there were threads begins one each.
            after: (
                "SELECT count(*) || '' FROM emails WHERE thread_id = id",
                "1",
            ),
        },
    },
    Change {
        migration: "m20261121_000017_chain_audit_events",
        rows: Rows::Refused {
            insert: &[EVENT],
            says: "nothing here may lose them",
        },
    },
];

async fn rows_outlast_each_migration(db: TestDb) {
    let backend = db.backend();
    for change in CHANGES {
        let name = change.migration;
        let db = TestDb::empty(backend).await;
        let connection = db.connect().await;
        let names: Vec<_> = names();
        let place = names.iter().position(|other| other == name);
        let place = u32::try_from(place.unwrap_or_else(|| panic!("there is no {name}"))).unwrap();
        go(&connection, true, Some(place)).await.unwrap();
        let (Rows::Stay { insert, .. } | Rows::Refused { insert, .. }) = &change.rows;
        for sql in *insert {
            connection
                .execute_unprepared(&of(backend, sql))
                .await
                .unwrap();
        }
        match &change.rows {
            Rows::Refused { says, .. } => {
                let refused = go(&connection, true, Some(1)).await.unwrap_err();
                assert!(refused.contains(says), "{name}: {refused}");
            }
            Rows::Stay { read, after, .. } => {
                let before = text(&connection, read).await;
                go(&connection, true, None).await.unwrap();
                assert_eq!(text(&connection, read).await, before, "{name}, upwards");
                assert_eq!(text(&connection, after.0).await, after.1, "{name}");
                let back = u32::try_from(names.len()).unwrap() - place;
                go(&connection, false, Some(back)).await.unwrap();
                assert_eq!(text(&connection, read).await, before, "{name}, downwards");
                go(&connection, true, None).await.unwrap();
                assert_eq!(
                    text(&connection, read).await,
                    before,
                    "{name}, upwards again"
                );
            }
        }
    }
}
migration::both_backends!(rows_outlast_each_migration);

/// Says of each migration what it does to tables that are there.
#[tokio::test]
async fn every_migration_that_changes_a_table_has_an_entry() {
    for name in names() {
        let mut changes = false;
        for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
            let only = Range {
                from: Some(name.clone()),
                to: Some(name.clone()),
            };
            let options = Options::default();
            let sql = script::<Migrator>(backend, "public", &only, &options)
                .await
                .unwrap();
            changes |= sql.lines().any(is_change);
        }
        let listed = CHANGES.iter().any(|change| change.migration == name);
        assert_eq!(
            changes, listed,
            "{name} changes a table that has rows by then: add rows of it to `CHANGES` (or take them away if it does not)"
        );
    }
}

/// Whether rows are touched, or could be. That policies and triggers come to a table leaves them as they are.
fn is_change(line: &str) -> bool {
    let line = line.trim_start();
    let alters = line.starts_with("ALTER TABLE ")
        && [" COLUMN ", " RENAME ", " ALTER "]
            .iter()
            .any(|word| line["ALTER TABLE".len()..].contains(word));
    alters || line.starts_with("DROP TABLE ") || line.starts_with("UPDATE \"")
}

fn names() -> Vec<String> {
    let migrations = Migrator::migrations();
    migrations
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect()
}

async fn go(db: &DatabaseConnection, upwards: bool, limit: Option<u32>) -> Result<(), String> {
    let options = Options {
        limit,
        ..Options::default()
    };
    let done = if limit == Some(0) {
        return Ok(());
    } else if upwards {
        up::<Migrator>(db, &options, &mut |_| {}).await
    } else {
        down::<Migrator>(db, &options, &mut |_| {}).await
    };
    done.map(drop).map_err(|error| error.to_string())
}

/// The SQL in the words of the backend: `{1}` is an id, `{hash}` 32 bytes.
pub(crate) fn of(backend: Backend, sql: &str) -> String {
    let mut sql = sql.to_owned();
    for number in 1..=3 {
        let id = match backend {
            Backend::Sqlite => format!("x'{number:032x}'"),
            Backend::Postgres => format!("'{number:032x}'"),
        };
        sql = sql.replace(&format!("{{{number}}}"), &id);
    }
    let bytes = "5a".repeat(32);
    sql.replace(
        "{hash}",
        &match backend {
            Backend::Sqlite => format!("x'{bytes}'"),
            Backend::Postgres => format!("'\\x{bytes}'"),
        },
    )
}

async fn text(db: &DatabaseConnection, sql: &str) -> String {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}
