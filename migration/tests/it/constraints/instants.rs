//! Instants in `SQLite` are texts: only the one form that the driver writes is let in, so that comparing texts compares
//! instants. `PostgreSQL` has a type for them.

use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::prelude::DateTimeUtc;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::world::{Refusal, World};

const BAD: [&str; 27] = [
    "",
    "0",
    "2461041.5",
    "1767225600",
    "2026-01-01",
    "2026-01-01 00:00:00",
    "2026-01-01 00:00:00+00:00",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00+00:00",
    "2026-01-01T02:00:00+02:00",
    "2026-01-01T00:00:00-00:00",
    "2026-01-01T00:00:00+0000",
    "2026-01-01T00:00:00.000+00:00",
    "2026-01-01T00:00:00.000000+00:00",
    "2026-01-01T00:00:00.120000+00:00X",
    "2026-01-01T00:00:00.1+00:00",
    "2026-01-01T00:00:00.123000+00:00",
    "2026-01-01T00:00:00.123456789+00:00",
    "2026-01-01T00:00:00    +00:00",
    " 2026-01-01T00:00:00+00:00",
    "2026-01-01T00:00:00+00:00\n",
    "2026-02-30T00:00:00+00:00",
    "2026-13-01T00:00:00+00:00",
    "2026-01-01T24:00:00+00:00",
    "2026-01-01T00:60:00+00:00",
    "2026-01-01T00:00:60+00:00",
];

const GOOD: [&str; 6] = [
    "2026-01-01T00:00:00+00:00",
    "2026-01-01T00:00:00.100+00:00",
    "2026-12-31T23:59:59.999+00:00",
    "2026-12-31T23:59:59.999999+00:00",
    "2024-02-29T12:00:00.000001+00:00",
    "1970-01-01T00:00:00.120+00:00",
];

#[tokio::test]
async fn an_instant_has_one_form_in_sqlite() {
    let world = World::of(TestDb::new(Backend::Sqlite).await).await;
    let set = |value: &str| {
        format!("UPDATE users SET email_verified_at = '{value}' WHERE id = {{a.users}}")
    };
    for good in GOOD {
        world.done(&set(good)).await;
    }
    for bad in BAD {
        let check = Refusal::Check("users_email_verified_at_check".to_owned());
        assert_eq!(world.refused(&set(bad)).await, check, "{bad:?}");
    }
    // `now` and another type are refused before the check.
    for wrong_type in [
        "'now'",
        "x'00'",
        "1767225600",
        "char(0)",
        "'2026-01-01T00:00:00.100+00:00' || char(0)",
    ] {
        let refusal = world.refused(&set("{}").replace("'{}'", wrong_type)).await;
        assert!(
            matches!(refusal, Refusal::Check(_) | Refusal::Other(_)),
            "{wrong_type}: {refusal:?}"
        );
    }
}

#[tokio::test]
async fn every_instant_in_sqlite_is_held_to_the_form() {
    let world = World::of(TestDb::new(Backend::Sqlite).await).await;
    for (table, definition) in world.catalog().await.tables {
        let row = World::row(&table, "a");
        let instants = definition
            .columns
            .iter()
            .filter(|column| column.is_instant());
        for column in
            instants.filter(|_| !["audit_events", "audit_details"].contains(&table.as_str()))
        {
            for bad in [
                "2099-01-01T02:00:00+02:00",
                "2099-01-01T00:00:00Z",
                "2099-02-30T00:00:00+00:00",
            ] {
                let set = format!("UPDATE {table} SET {} = '{bad}' WHERE {row}", column.name);
                let check = Refusal::Check(format!("{table}_{}_check", column.name));
                assert_eq!(world.refused(&set).await, check, "{bad}");
            }
        }
    }
}

/// The driver's own texts pass, and come back as what they were.
async fn what_the_driver_writes_is_accepted_and_read_back(db: TestDb) {
    let world = World::of(db).await;
    for text in GOOD.into_iter().chain([
        "2026-06-15T08:09:10.000100+00:00",
        "0001-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59.999999+00:00",
    ]) {
        let instant: DateTimeUtc = text.parse().unwrap();
        let back = write(&world, instant).await.unwrap();
        assert_eq!(back, instant);
    }
}

/// `PostgreSQL` keeps microseconds, `SQLite` would keep what it is given: a service that forgets to cut is told.
#[tokio::test]
async fn nanoseconds_are_refused_by_sqlite() {
    let world = World::of(TestDb::new(Backend::Sqlite).await).await;
    let refusal = write(&world, "2026-01-01T00:00:00.123456789Z".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(
        refusal,
        Refusal::Check("users_email_verified_at_check".to_owned())
    );
}

async fn instants_compare_as_instants(db: TestDb) {
    let world = World::of(db).await;
    let ascending = [
        "2025-12-31T23:59:59.999999",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.000001",
        "2026-01-01T00:00:00.001",
        "2026-01-01T00:00:00.001001",
        "2026-01-01T00:00:00.100",
        "2026-01-01T00:00:01",
    ];
    for (place, earlier) in ascending.iter().enumerate() {
        world
            .done(&format!(
                "UPDATE users SET email_verified_at = {{{earlier}}} WHERE id = {{a.users}}"
            ))
            .await;
        for (other, later) in ascending.iter().enumerate() {
            let before = world
                .count(
                    "users",
                    &format!("id = {{a.users}} AND email_verified_at < {{{later}}}"),
                )
                .await;
            assert_eq!(before == 1, place < other, "{earlier} < {later}");
        }
    }
}

migration::both_backends!(
    what_the_driver_writes_is_accepted_and_read_back,
    instants_compare_as_instants
);

async fn write(world: &World, instant: DateTimeUtc) -> Result<DateTimeUtc, Refusal> {
    let backend = world.db.get_database_backend();
    let mark = if backend == DbBackend::Sqlite {
        "?"
    } else {
        "$1"
    };
    let sql = world.sql(&format!(
        "UPDATE users SET email_verified_at = {mark} WHERE id = {{a.users}}"
    ));
    let statement = Statement::from_sql_and_values(backend, sql, [instant.into()]);
    world
        .db
        .execute_raw(statement)
        .await
        .map_err(|error| Refusal::of(&error))?;
    Ok(world
        .value("SELECT email_verified_at FROM users WHERE id = {a.users}")
        .await)
}
