//! What would be done to a migrated database, and what stops it. None of it needs a cluster.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use migration::Migrator;
use migration::citus::distribute::{self, Distribution, Obstacle, Plan, Step};
use migration::citus::layout::TABLES;
use migration::error::Error;
use migration::migrate::{self, Options};
use migration::testing::{Backend, TestDb, not_on_citus};
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement, TransactionTrait};

use super::{migrator, plain, plan};
use crate::catalog::{Catalog, text::difference};
use crate::cli::Place;
use crate::world::World;

const PLAIN: &str = "a database on one machine is looked at";

/// `UPDATE_GOLDEN=1 cargo test -p migration --test it distribute::plan` writes the file anew.
#[tokio::test]
async fn what_is_said_to_a_migrated_database_is_the_committed_script() {
    if not_on_citus(PLAIN) {
        return;
    }
    let db = plain().await;
    let connection = db.connect().await;
    let names = "SELECT current_user || ' ' || left(r.rolname, -8) FROM pg_policy AS p JOIN pg_roles AS r ON r.oid = ANY (p.polroles) \
                 WHERE p.polrelid = 'users'::regclass AND p.polname = 'service'";
    let row = connection
        .query_one_raw(Statement::from_string(
            connection.get_database_backend(),
            names,
        ))
        .await
        .unwrap()
        .unwrap();
    let names: String = row.try_get_by_index(0).unwrap();
    let (owner, prefix) = names.split_once(' ').unwrap();
    let mut found = String::new();
    for (step, actions) in plan(&db).await.steps {
        writeln!(found, "-- {step}").unwrap();
        for action in actions {
            writeln!(found, "{action}").unwrap();
        }
        found.push('\n');
    }
    // An owner has the name of its database, with which the names of the roles begin.
    assert_eq!(owner, prefix);
    let found = found.replace(prefix, "shop");

    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/distribute.sql");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|update| update == "1") {
        std::fs::write(&file, found).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = difference(&committed, &found);
    assert!(
        difference.is_empty(),
        "what distributes is not what is in {}. If the change is meant, run \
         `UPDATE_GOLDEN=1 cargo test -p migration --test it distribute::plan` and commit the file.\n\n{difference}",
        file.display()
    );
}

/// Nothing stops it but that there is no cluster: every trigger, policy, foreign key and unique rule of the migrations is known
/// and has its place.
#[tokio::test]
async fn every_table_has_a_place_and_every_foreign_key_holds_there() {
    if not_on_citus(PLAIN) {
        return;
    }
    let db = plain().await;
    let plan = plan(&db).await;
    assert_eq!(plan.obstacles, [Obstacle::NoExtension]);
    let moved: Vec<_> = plan
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    assert_eq!(moved, TABLES.map(|(name, _)| name));
    assert!(plan.tables.iter().all(|table| !table.done));

    let connection = db.connect().await;
    let names = |sql: &'static str| {
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement);
        async {
            let rows = rows.await.unwrap().into_iter();
            rows.map(|row| row.try_get_by_index::<String>(0).unwrap())
                .collect::<BTreeSet<_>>()
        }
    };
    let tables = names(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') \
         AND relname NOT IN ('seaql_migrations', '_aura_migrations')",
    )
    .await;
    assert_eq!(tables, moved.iter().map(ToString::to_string).collect());
    let keys = names(
        "SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
    )
    .await;
    let tied = plan.steps.iter().filter_map(|(step, _)| match step {
        Step::Tie { name, .. } => Some(name.clone()),
        _ => None,
    });
    assert_eq!(keys, tied.collect());
}

#[tokio::test]
async fn rows_are_counted_and_nothing_is_changed() {
    if not_on_citus(PLAIN) {
        return;
    }
    let db = World::of(plain().await).await.leave().await;
    let before = Catalog::of(&db).await.to_string();
    let run = Place::new().on(db.url(), "distribute --dry-run");
    assert!(
        run.stdout.contains("move application_memberships "),
        "{}",
        run.stdout
    );
    let rows = run.stdout.lines().filter(|line| line.contains(" 2 rows, "));
    assert_eq!(rows.count(), TABLES.len(), "{}", run.stdout);
    run.fails(&[
        "cannot distribute: the database is not on a cluster",
        "CREATE EXTENSION citus",
    ]);
    assert_eq!(Catalog::of(&db).await.to_string(), before);
}

async fn refused(db: &TestDb) -> Vec<Obstacle> {
    let migrator = migrator(db).await;
    let error = distribute::distribute::<Migrator>(
        &migrator,
        &Options::default(),
        Distribution::default(),
        &mut |_| {},
    )
    .await
    .unwrap_err();
    migrator.close().await.unwrap();
    match error {
        Error::CannotDistribute { obstacles } => obstacles,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn without_a_cluster_nothing_is_begun() {
    let file = TestDb::new(Backend::Sqlite).await;
    assert_eq!(refused(&file).await, [Obstacle::NotAServer]);
    if not_on_citus(PLAIN) {
        return;
    }
    let db = plain().await;
    assert_eq!(refused(&db).await, [Obstacle::NoExtension]);
    let place = Place::new();
    place.on(db.url(), "distribute").fails(&[
        "closes all tables until their rows are moved",
        "say `--yes`",
    ]);

    let migrator = migrator(&db).await;
    let last = Options {
        limit: Some(1),
        ..Options::default()
    };
    migrate::down::<Migrator>(&migrator, &last, &mut |_| {})
        .await
        .unwrap();
    let names = vec!["m20261122_000025_validate_email_checks".to_owned()];
    assert_eq!(
        refused(&db).await,
        [Obstacle::NoExtension, Obstacle::Pending { names }]
    );
}

/// What others have put on the tables is not taken off them.
#[tokio::test]
async fn what_is_not_ours_and_not_for_a_cluster_is_named() {
    if not_on_citus(PLAIN) {
        return;
    }
    let db = plain().await;
    for sql in [
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TRIGGER clients_note BEFORE INSERT ON clients FOR EACH ROW EXECUTE FUNCTION note()",
        "CREATE POLICY mine ON clients USING (name <> '')",
        "CREATE UNIQUE INDEX clients_phone_key ON clients (phone)",
        "CREATE TABLE notes (id uuid PRIMARY KEY, user_id uuid CONSTRAINT notes_fkey REFERENCES users)",
        "ALTER TABLE sessions ADD CONSTRAINT sessions_member_fkey FOREIGN KEY (application_id, user_id) \
         REFERENCES application_memberships (application_id, user_id)",
    ] {
        db.execute(sql).await.unwrap();
    }
    let text = |text: &str| text.to_owned();
    let key = |table, name, to, reason| Obstacle::ForeignKey {
        table: text(table),
        name: text(name),
        to: text(to),
        reason,
    };
    let found = plan(&db).await.obstacles;
    let expected = [
        Obstacle::NoExtension,
        Obstacle::Trigger {
            table: text("clients"),
            name: text("clients_note"),
        },
        Obstacle::Policy {
            table: text("clients"),
            name: text("mine"),
        },
        Obstacle::Unique {
            table: text("clients"),
            name: text("clients_phone_key"),
            column: text("application_id"),
        },
        key(
            "notes",
            "notes_fkey",
            "users",
            "has one end that is not distributed",
        ),
        key(
            "sessions",
            "sessions_member_fkey",
            "application_memberships",
            "is between rows that do not lie together",
        ),
    ];
    assert_eq!(found, expected);
    // What only lies beside the tables stays where it is.
    assert!(
        plan(&db)
            .await
            .tables
            .iter()
            .all(|table| table.name != "notes")
    );
}

/// A plan is told by what is to be done, not by how much of it there is.
fn steps(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|(step, _)| step.to_string())
        .collect()
}

/// The first step takes nothing of a cluster, and can be taken anywhere.
#[tokio::test]
async fn closed_tables_answer_nobody_and_the_rest_of_the_plan_is_still_known() {
    if not_on_citus(PLAIN) {
        return;
    }
    let database = plain().await;
    let db = migrator(&database).await;
    let world = World::of(database).await;
    let whole = distribute::plan::<Migrator>(&db).await.unwrap();
    assert!(!whole.begun);
    let close = whole.steps.iter().find(|(step, _)| *step == Step::Close);
    let transaction = db.begin().await.unwrap();
    for action in &close.unwrap().1 {
        transaction
            .execute_unprepared(action.to_string().trim_end_matches(';'))
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    for sql in [
        "SELECT * FROM users",
        "INSERT INTO users (email) VALUES ('new@example.org')",
        "UPDATE clients SET name = 'x'",
        "DELETE FROM emails",
    ] {
        let refused = world.refused(sql).await;
        let refused = format!("{refused:?}");
        assert!(
            refused.contains("aura.the_tables_are_being_distributed"),
            "{sql}: {refused}"
        );
    }
    let left = distribute::plan::<Migrator>(&db).await.unwrap();
    assert!(left.begun);
    let closing = Step::Close.to_string();
    let expected: Vec<_> = steps(&whole)
        .into_iter()
        .filter(|step| *step != closing)
        .collect();
    assert_eq!(steps(&left), expected);
    assert!(left.tables.iter().all(|table| table.rows == Some(2)));

    // Whoever migrates is told how to go on.
    let options = Options::default();
    for error in [
        migrate::down::<Migrator>(&db, &options, &mut |_| {}).await,
        migrate::fresh::<Migrator>(&db, &options, &mut |_| {}).await,
    ] {
        let error = error.unwrap_err();
        assert!(matches!(error, Error::HalfDistributed), "{error:?}");
        assert!(error.to_string().contains("run `distribute`"), "{error}");
    }
}
