//! `updated_at` moves on every UPDATE, whoever makes it, and never back.

use migration::testing::{Backend, TestDb};
use sea_orm_migration::sea_orm::prelude::DateTimeUtc;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};

use crate::world::World;

/// The tables that have it, each with a column that an UPDATE can leave as it is.
async fn tables(world: &World) -> Vec<(String, String)> {
    let tables = world.catalog().await.tables.into_iter();
    let touched = tables.filter(|(_, table)| table.column("updated_at").is_some());
    let all: Vec<_> = touched
        .map(|(name, table)| (name, table.columns[0].name.clone()))
        .collect();
    assert!(
        all.len() >= 18,
        "{} tables with updated_at: there were 18",
        all.len()
    );
    all
}

async fn updated_at(world: &World, table: &str, owner: &str) -> DateTimeUtc {
    let row = World::row(table, owner);
    world
        .value(&format!("SELECT updated_at FROM {table} WHERE {row}"))
        .await
}

async fn it_moves_on_every_update_of_every_table(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    for (table, column) in tables(&world).await {
        let update = format!(
            "UPDATE {table} SET {column} = {column} WHERE {}",
            World::row(&table, "a")
        );
        let other = updated_at(&world, &table, "b").await;
        let mut last = updated_at(&world, &table, "a").await;
        for _ in 0..5 {
            assert_eq!(world.done(&update).await, 1);
            let next = updated_at(&world, &table, "a").await;
            assert!(next > last, "{table}: {next} after {last}");
            last = next;
        }
        assert_eq!(
            updated_at(&world, &table, "b").await,
            other,
            "{table}: a row that was not touched"
        );
    }
}

async fn it_moves_with_a_prepared_statement(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    let before = updated_at(&world, "users", "a").await;
    let mark = if world.backend == Backend::Sqlite {
        "?"
    } else {
        "$1"
    };
    let statement = Statement::from_sql_and_values(
        world.db.get_database_backend(),
        world.sql(&format!(
            "UPDATE users SET name = {mark} WHERE id = {{a.users}}"
        )),
        ["Ada".into()],
    );
    world.db.execute_raw(statement).await.unwrap();
    assert!(updated_at(&world, "users", "a").await > before);
}

/// `now()` stands still within a transaction, and `SQLite`'s clock within a millisecond.
async fn it_moves_with_every_update_of_one_transaction(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    for (table, column) in tables(&world).await {
        let row = World::row(&table, "a");
        let first = updated_at(&world, &table, "a").await;
        let update = format!("UPDATE {table} SET {column} = {column} WHERE {row};");
        world
            .done(&format!("BEGIN; {} COMMIT", update.repeat(20)))
            .await;
        let last = updated_at(&world, &table, "a").await;
        // Twenty steps of the smallest kind, at the least.
        let smallest = if world.backend == Backend::Sqlite {
            1_000
        } else {
            1
        };
        let moved = (last - first).num_microseconds().unwrap();
        assert!(moved >= 20 * smallest, "{table}: {moved} µs");
    }
}

async fn an_instant_that_the_writer_sets_is_kept(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    for (table, _) in tables(&world).await {
        for set in ["2001-02-03T04:05:06.789012", "2098-02-03T04:05:06"] {
            let row = World::row(&table, "a");
            world
                .done(&format!(
                    "UPDATE {table} SET updated_at = {{{set}}} WHERE {row}"
                ))
                .await;
            let expected: DateTimeUtc = format!("{set}Z").parse().unwrap();
            assert_eq!(updated_at(&world, &table, "a").await, expected, "{table}");
        }
    }
}

/// A writer whose clock was ahead.
async fn it_moves_on_from_an_instant_in_the_future(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    for (table, column) in tables(&world).await {
        let row = World::row(&table, "a");
        for future in [
            "2098-02-03T04:05:06",
            "2098-02-03T04:05:06.999",
            "2098-02-03T04:05:06.999999",
            "2098-12-31T23:59:59.999001",
            "2098-12-31T23:59:59.999999",
        ] {
            world
                .done(&format!(
                    "UPDATE {table} SET updated_at = {{{future}}} WHERE {row}"
                ))
                .await;
            let mut last: DateTimeUtc = format!("{future}Z").parse().unwrap();
            for _ in 0..3 {
                world
                    .done(&format!(
                        "UPDATE {table} SET {column} = {column} WHERE {row}"
                    ))
                    .await;
                let next = updated_at(&world, &table, "a").await;
                let step = (next - last).num_microseconds().unwrap();
                assert!(
                    (1..=2_000).contains(&step),
                    "{table}: from {last} to {next}"
                );
                last = next;
            }
        }
    }
}

async fn it_comes_back_to_the_clock_from_the_past(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    let before = updated_at(&world, "users", "b").await;
    world
        .done("UPDATE users SET updated_at = {2001-02-03T04:05:06} WHERE id = {a.users}")
        .await;
    world
        .done("UPDATE users SET name = 'Ada' WHERE id = {a.users}")
        .await;
    assert!(updated_at(&world, "users", "a").await >= before);
}

async fn it_moves_when_an_insert_turns_into_an_update(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    let before = updated_at(&world, "user_passwords", "a").await;
    world
        .done(
            "INSERT INTO user_passwords (user_id, password_hash) VALUES ({a.users}, 'new') \
             ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash",
        )
        .await;
    assert!(updated_at(&world, "user_passwords", "a").await > before);
}

/// The deletion of a user clears `created_by`: that is a change of the client.
async fn it_moves_when_a_reference_is_cleared(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    for table in ["mailboxes", "emails"] {
        world
            .done(&format!("UPDATE {table} SET user_id = NULL"))
            .await;
    }
    let before = updated_at(&world, "clients", "a").await;
    world.done("DELETE FROM users WHERE id = {a.users}").await;
    assert!(updated_at(&world, "clients", "a").await > before);
}

async fn it_moves_in_every_row_of_one_update(db: TestDb) {
    migration::not_on_citus!(
        db,
        "the service's clock alone moves updated_at, no trigger does"
    );
    let world = World::of(db).await;
    let before = [
        updated_at(&world, "roles", "a").await,
        updated_at(&world, "roles", "b").await,
    ];
    assert_eq!(world.done("UPDATE roles SET name = 'Editors'").await, 2);
    for (owner, before) in ["a", "b"].iter().zip(before) {
        assert!(updated_at(&world, "roles", owner).await > before);
    }
}

/// What a long transaction writes at its end is not dated back to its beginning.
#[tokio::test]
async fn it_is_the_instant_of_the_update_and_not_of_the_transaction() {
    migration::not_on_citus!("the service's clock alone moves updated_at, no trigger does");
    let world = World::of(TestDb::new(Backend::Postgres).await).await;
    let row = World::row("users", "a");
    world
        .done(&format!(
            "BEGIN; SELECT pg_sleep(0.05); UPDATE users SET created_at = now() WHERE {row}; COMMIT"
        ))
        .await;
    let later = format!("{row} AND updated_at >= created_at + interval '50 milliseconds'");
    assert_eq!(world.count("users", &later).await, 1);
}

/// Where triggers fire triggers, the one that moves it must not fire itself for ever.
#[tokio::test]
async fn it_moves_once_where_triggers_of_sqlite_are_recursive() {
    migration::not_on_citus!("the service's clock alone moves updated_at, no trigger does");
    let world = World::of(TestDb::new(Backend::Sqlite).await).await;
    world.done("PRAGMA recursive_triggers = ON").await;
    for (table, column) in tables(&world).await {
        let row = World::row(&table, "a");
        world
            .done(&format!(
                "UPDATE {table} SET updated_at = {{2098-02-03T04:05:06}} WHERE {row}"
            ))
            .await;
        world
            .done(&format!(
                "UPDATE {table} SET {column} = {column} WHERE {row}"
            ))
            .await;
        let expected: DateTimeUtc = "2098-02-03T04:05:06.001Z".parse().unwrap();
        assert_eq!(updated_at(&world, &table, "a").await, expected, "{table}");
    }
}

migration::both_backends!(
    it_moves_on_every_update_of_every_table,
    it_moves_with_a_prepared_statement,
    it_moves_with_every_update_of_one_transaction,
    an_instant_that_the_writer_sets_is_kept,
    it_moves_on_from_an_instant_in_the_future,
    it_comes_back_to_the_clock_from_the_past,
    it_moves_when_an_insert_turns_into_an_update,
    it_moves_when_a_reference_is_cleared,
    it_moves_in_every_row_of_one_update
);
