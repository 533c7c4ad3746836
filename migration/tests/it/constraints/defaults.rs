//! What the database puts in where raw SQL names nothing: readable by the service, and in the form that it would write.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use migration::testing::TestDb;
use sea_orm_migration::sea_orm::prelude::{DateTimeUtc, Json, Uuid};

use crate::world::World;

async fn a_default_id_is_a_random_uuid(db: TestDb) {
    let world = World::of(db).await;
    let mut seen = BTreeSet::new();
    for number in 0..200 {
        world
            .done(&format!(
                "INSERT INTO users (email) VALUES ('{number}@default.example')"
            ))
            .await;
        let id: Uuid = world
            .value(&format!(
                "SELECT id FROM users WHERE email = '{number}@default.example'"
            ))
            .await;
        assert_eq!(id.get_version_num(), 4, "{id}");
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122, "{id}");
        assert!(seen.insert(id), "{id} came twice");
    }
    // All four variants of the two bits below the fixed ones come up, or the default is less random than it says.
    let tops: BTreeSet<_> = seen.iter().map(|id| id.as_bytes()[8] >> 4).collect();
    assert_eq!(tops, BTreeSet::from([0x8, 0x9, 0xa, 0xb]));
}

async fn a_default_instant_is_now_in_the_form_of_the_driver(db: TestDb) {
    let world = World::of(db).await;
    let now = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(since.as_millis()).unwrap()
    };
    let mut tried = 0;
    for (table, definition) in world.catalog().await.tables {
        let instants = definition
            .columns
            .iter()
            .filter(|column| column.is_instant());
        for column in instants.filter(|column| column.default.is_some()) {
            let row = World::row(&table, "a");
            let at: DateTimeUtc = world
                .value(&format!("SELECT {} FROM {table} WHERE {row}", column.name))
                .await;
            let age = now() - at.timestamp_millis();
            assert!(
                (-1_000..60_000).contains(&age),
                "{table}.{}: {at}",
                column.name
            );
            tried += 1;
        }
    }
    assert!(
        tried >= 39,
        "{tried} instants with a default: there were 39"
    );
}

/// A whole second has no fraction, as the driver writes none; `now` is given by the test.
#[tokio::test]
async fn a_default_instant_of_a_whole_second_has_no_fraction() {
    let world = World::of(TestDb::new(migration::testing::Backend::Sqlite).await).await;
    let default = world.catalog().await.tables["users"]
        .column("created_at")
        .and_then(|column| column.default.clone())
        .unwrap();
    for (now, expected) in [
        ("2026-01-01T00:00:00.000", "2026-01-01T00:00:00+00:00"),
        ("2026-01-01T00:00:00.100", "2026-01-01T00:00:00.100+00:00"),
        ("2026-01-01T00:00:10.007", "2026-01-01T00:00:10.007+00:00"),
    ] {
        let at = default.replace("'now'", &format!("'{now}'"));
        assert_ne!(at, default);
        assert_eq!(
            world.value::<String>(&format!("SELECT {at}")).await,
            expected
        );
    }
}

async fn a_default_object_is_empty(db: TestDb) {
    let world = World::of(db).await;
    for (table, column) in [("clients", "metadata"), ("verification_tokens", "payload")] {
        let row = World::row(table, "a");
        let object: Json = world
            .value(&format!("SELECT {column} FROM {table} WHERE {row}"))
            .await;
        assert_eq!(object.to_string(), "{}");
    }
}

async fn a_row_is_new_and_unchanged_at_first(db: TestDb) {
    let world = World::of(db).await;
    for (table, definition) in world.catalog().await.tables {
        if definition.column("updated_at").is_some() {
            let same = format!("{} AND created_at = updated_at", World::row(&table, "a"));
            assert_eq!(world.count(&table, &same).await, 1, "{table}");
        }
    }
}

migration::both_backends!(
    a_default_id_is_a_random_uuid,
    a_default_instant_is_now_in_the_form_of_the_driver,
    a_default_object_is_empty,
    a_row_is_new_and_unchanged_at_first
);
