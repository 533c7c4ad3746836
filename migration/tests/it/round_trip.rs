//! Every migration can be reverted: up, down and up again leave the schema that one up leaves, and all down leaves none.

use migration::testing::{Backend, TestDb, on_citus};
use migration::{Migrator, MigratorTrait};

use crate::catalog::{Catalog, text::difference};

async fn each_migration_goes_up_down_and_up_again_to_the_same_schema(backend: Backend) {
    let db = TestDb::empty(backend).await;
    let connection = db.connect().await;
    let mut before = Catalog::read(&connection).await;
    for migration in Migrator::migrations() {
        let name = migration.name();
        Migrator::up(&connection, Some(1)).await.unwrap();
        let applied = Catalog::read(&connection).await;
        Migrator::down(&connection, Some(1)).await.unwrap();
        let reverted = Catalog::read(&connection).await;
        assert_same(&before, &reverted, &format!("after {name} was reverted"));
        Migrator::up(&connection, Some(1)).await.unwrap();
        let again = Catalog::read(&connection).await;
        assert_same(&applied, &again, &format!("after {name} was applied again"));
        before = again;
    }
    let at_once = Catalog::of(&TestDb::new(backend).await).await;
    assert_same(&at_once, &before, "step by step and at once");
}

async fn all_down_leaves_nothing(backend: Backend) {
    let db = TestDb::new(backend).await;
    let connection = db.connect().await;
    assert!(!Catalog::read(&connection).await.is_empty());
    Migrator::down(&connection, None).await.unwrap();
    let left = Catalog::read(&connection).await;
    assert!(left.is_empty(), "all down left\n{left}");
    Migrator::up(&connection, None).await.unwrap();
    let fresh = Catalog::of(&TestDb::new(backend).await).await;
    assert_same(
        &fresh,
        &Catalog::read(&connection).await,
        "after all down and all up",
    );
}

async fn every_migration_makes_something(backend: Backend) {
    let db = TestDb::empty(backend).await;
    let connection = db.connect().await;
    for migration in Migrator::migrations() {
        let before = Catalog::read(&connection).await;
        Migrator::up(&connection, Some(1)).await.unwrap();
        // The functions of triggers, row-level security and regular expressions are PostgreSQL's alone.
        let servers = [
            "create_functions",
            "isolate",
            "raise_wall",
            "show_to_reader",
            "add_email_documents",
            "quicken_email_checks",
            "validate_email_checks",
        ];
        // Nowhere in the tests are the roles of Supabase, but on servers of their own.
        let exempt = migration.name().ends_with("share_with_supabase")
            || backend == Backend::Sqlite
                && servers.iter().any(|what| migration.name().contains(what))
            // No trigger would call a function, and there is no wall.
            || on_citus()
                && backend == Backend::Postgres
                && ["create_functions", "raise_wall"]
                    .iter()
                    .any(|what| migration.name().contains(what));
        assert_eq!(
            before == Catalog::read(&connection).await,
            exempt,
            "{}",
            migration.name()
        );
    }
}

fn assert_same(expected: &Catalog, found: &Catalog, when: &str) {
    let difference = difference(&expected.to_string(), &found.to_string());
    assert!(
        expected == found && difference.is_empty(),
        "the schema differs {when}:\n{difference}"
    );
}

/// These need no migrated database, so each asks for the backend alone.
macro_rules! on_both {
    ($($name:ident),+) => { $(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(migration::testing::Backend::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$name(migration::testing::Backend::Postgres).await;
            }
        }
    )+ };
}

on_both!(
    each_migration_goes_up_down_and_up_again_to_the_same_schema,
    all_down_leaves_nothing,
    every_migration_makes_something
);
