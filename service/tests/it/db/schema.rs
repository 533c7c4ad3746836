//! The schema of the tables, on `PostgreSQL`.

use entity::users;
use migration::connect::{ConnectOptions, DatabaseUrl};
use migration::testing::{Backend, TestDb};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use service::{Config, Error};

async fn migrate(test: &TestDb, schema: &str) {
    let url: DatabaseUrl = test.url().parse().expect("a URL");
    let options = ConnectOptions {
        schema: Some(schema.to_owned()),
        ..ConnectOptions::default()
    };
    let connection = migration::connect::connect(&url, &options)
        .await
        .expect("connects");
    Migrator::up(&connection, None).await.expect("migrates");
    connection.close().await.expect("closes");
}

async fn count(config: Config) -> u64 {
    let db = crate::rules::connect(config).await.expect("connects");
    users::Entity::find().count(&db).await.expect("a count")
}

#[tokio::test]
async fn the_tables_are_found_in_the_schema_that_the_migrator_made() {
    let test = TestDb::empty(Backend::Postgres).await;
    for schema in ["app", r#"My "app", x"#] {
        migrate(&test, schema).await;
        assert_eq!(count(Config::new(test.url()).schema(schema)).await, 0);
    }
    let db = crate::rules::connect(Config::new(test.url()).schema("app"));
    let db = db.await.expect("connects");
    db.execute_unprepared("INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'a@x.test')")
        .await
        .expect("a row");

    let separator = if test.url().contains('?') { '&' } else { '?' };
    let in_url = |schema: &str| Config::new(format!("{}{separator}schema={schema}", test.url()));
    assert_eq!(count(in_url("app")).await, 1);
    assert_eq!(count(in_url("My+%22app%22,%20x")).await, 0);
    assert_eq!(count(in_url("other").schema("app")).await, 1);

    // Nothing is in `public`, the default.
    let db = crate::rules::connect(Config::new(test.url()))
        .await
        .expect("connects");
    assert!(users::Entity::find().count(&db).await.is_err());
}

#[tokio::test]
async fn a_name_that_no_schema_can_have_is_refused() {
    for schema in ["", "a\0b", "a\nb", "pg_app", &"ä".repeat(32)] {
        let config = Config::new("postgres://127.0.0.1:1/database").schema(schema);
        let refused = crate::rules::connect(config).await.map(drop);
        assert!(
            matches!(
                &refused,
                Err(Error::Config {
                    setting: "DATABASE_SCHEMA",
                    ..
                })
            ),
            "{schema:?}: {refused:?}"
        );
    }
}
