//! Values that drivers and databases are known to bend, and what they do with them.

use entity::{applications, audit_details, audit_events, clients, sign_in_throttles, users};
use migration::testing::{Backend, TestDb};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder,
    prelude::{DateTimeWithTimeZone, Json, Uuid},
};
use serde_json::json;

use crate::rows::{at, id};

/// Instants in the order of time, in all the lengths that the texts of `SQLite` have.
const INSTANTS: [&str; 13] = [
    "0001-01-01T00:00:00Z",
    "1582-10-10T00:00:00.000001Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00Z",
    "2026-11-21T10:20:30Z",
    "2026-11-21T10:20:30.000001Z",
    "2026-11-21T10:20:30.000999Z",
    "2026-11-21T10:20:30.001Z",
    "2026-11-21T10:20:30.1Z",
    "2026-11-21T10:20:30.123Z",
    "2026-11-21T10:20:30.123400Z",
    "2026-11-21T10:20:30.123456Z",
    "9999-12-31T23:59:59.999999Z",
];

async fn instants_come_back_to_the_microsecond_in_utc_and_sort_by_time(db: TestDb) {
    let connection = db.connect().await;
    for instant in INSTANTS.iter().rev() {
        let user = insert_user(&connection, Some(at(instant)), None)
            .await
            .unwrap();
        let found = users::Entity::find_by_id(user.id)
            .one(&connection)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.email_verified_at, Some(at(instant)));
        assert_eq!(
            found.email_verified_at.unwrap().offset().local_minus_utc(),
            0
        );
        let equal = users::Entity::find().filter(users::Column::EmailVerifiedAt.eq(at(instant)));
        assert_eq!(equal.all(&connection).await.unwrap(), [found], "{instant}");
    }
    let sorted = users::Entity::find()
        .order_by_asc(users::Column::EmailVerifiedAt)
        .all(&connection)
        .await
        .unwrap();
    let sorted: Vec<_> = sorted
        .iter()
        .map(|user| user.email_verified_at.unwrap())
        .collect();
    assert_eq!(sorted, INSTANTS.map(at));
}
migration::both_backends!(instants_come_back_to_the_microsecond_in_utc_and_sort_by_time);

/// `PostgreSQL` stores the instant. `SQLite` would store the text, and refuses it, because texts with another offset do not
/// compare as instants do.
async fn an_instant_in_another_offset_is_stored_as_utc_or_refused(db: TestDb) {
    let connection = db.connect().await;
    let utc = at("2026-11-21T10:20:30.123456Z");
    for other in [
        "2026-11-21T15:50:30.123456+05:30",
        "2026-11-21T02:20:30.123456-08:00",
    ] {
        assert_eq!(at(other), utc);
        let inserted = insert_user(&connection, Some(at(other)), None).await;
        match db.backend() {
            Backend::Postgres => {
                let found = users::Entity::find_by_id(inserted.unwrap().id)
                    .one(&connection)
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(found.email_verified_at, Some(utc));
                assert_eq!(
                    found.email_verified_at.unwrap().offset().local_minus_utc(),
                    0
                );
            }
            Backend::Sqlite => assert_refused(inserted, "users_email_verified_at_check"),
        }
    }
}
migration::both_backends!(an_instant_in_another_offset_is_stored_as_utc_or_refused);

/// No CHECK sees what a query compares with: on `SQLite` a parameter in another offset finds the wrong rows. Whoever makes
/// instants has to make them in UTC.
async fn an_instant_to_compare_with_has_to_be_in_utc_on_sqlite(db: TestDb) {
    let connection = db.connect().await;
    insert_user(&connection, Some(at("2026-11-21T10:20:30Z")), None)
        .await
        .unwrap();
    let later = |than| users::Entity::find().filter(users::Column::EmailVerifiedAt.gt(at(than)));
    let found = later("2026-11-21T10:00:00Z")
        .all(&connection)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let found = later("2026-11-21T15:30:00+05:30")
        .all(&connection)
        .await
        .unwrap();
    assert_eq!(found.is_empty(), db.backend() == Backend::Sqlite);
}
migration::both_backends!(an_instant_to_compare_with_has_to_be_in_utc_on_sqlite);

/// `PostgreSQL` drops what is below a microsecond. `SQLite` would keep it, and refuses it: the row would not equal itself.
async fn nanoseconds_are_dropped_or_refused(db: TestDb) {
    let connection = db.connect().await;
    let inserted = insert_user(
        &connection,
        Some(at("2026-11-21T10:20:30.123456789Z")),
        None,
    )
    .await;
    match db.backend() {
        Backend::Postgres => {
            assert_eq!(
                inserted.unwrap().email_verified_at,
                Some(at("2026-11-21T10:20:30.123456Z"))
            );
        }
        Backend::Sqlite => assert_refused(inserted, "users_email_verified_at_check"),
    }
}
migration::both_backends!(nanoseconds_are_dropped_or_refused);

async fn json_comes_back_as_it_went_in(db: TestDb) {
    let connection = db.connect().await;
    let application_id = insert_application(&connection).await;
    let values = [
        json!(null),
        json!([null, { "a": null }]),
        json!({ "a": { "b": { "c": [[], {}, [[["d"]]]] } } }),
        json!({ "": 1, " ": 2, "ä": 3, "\"\\/": 4, "a.b": 5, "$": 6 }),
        json!([
            "",
            "\"\\\u{8}\u{c}\n\r\t\u{1}\u{7f}",
            "ä ß 張 \u{200d}👩🏽‍🚀 \u{10ffff}",
            "\\u0041",
            "'; --",
            "%s ? $1 :x"
        ]),
        json!([true, false, 0, -1, 1]),
        json!([
            i64::MIN,
            i64::MAX,
            9_007_199_254_740_993_u64,
            9_223_372_036_854_775_808_u64,
            u64::MAX
        ]),
        json!([
            0.0,
            1.0,
            -1.5,
            0.1,
            0.300_000_000_000_000_04,
            1e-7,
            1e21,
            123_456.789
        ]),
        json!([f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::EPSILON, 5e-324]),
    ];
    for value in values {
        let given = json!({ "value": value });
        let client = insert_client(&connection, application_id, given.clone()).await;
        assert_eq!(client.metadata, given, "as INSERT returns it");
        let found = clients::Entity::find_by_id((application_id, client.id))
            .one(&connection)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.metadata, given, "as SELECT finds it");
    }
}
migration::both_backends!(json_comes_back_as_it_went_in);

/// `serde_json` reads floats so only with its feature `float_roundtrip`, which this workspace switches on.
async fn floats_in_json_come_back_to_the_last_bit(db: TestDb) {
    let connection = db.connect().await;
    let application_id = insert_application(&connection).await;
    // A walk over bit patterns of all magnitudes, the same at every run (SplitMix64's increment).
    let bits = (1..=1000_u64).map(|step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let floats: Vec<f64> = bits
        .map(f64::from_bits)
        .filter(|float| float.is_finite())
        .collect();
    let given = json!({ "floats": floats });
    let client = insert_client(&connection, application_id, given.clone()).await;
    let read: Vec<f64> = serde_json::from_value(client.metadata["floats"].clone()).unwrap();
    let bent = floats
        .iter()
        .zip(&read)
        .filter(|(given, read)| given.to_bits() != read.to_bits());
    assert_eq!(bent.collect::<Vec<_>>(), []);
}
migration::both_backends!(floats_in_json_come_back_to_the_last_bit);

async fn every_byte_comes_back_at_every_length(db: TestDb) {
    let connection = db.connect().await;
    let application_id = insert_application(&connection).await;
    let runs = [0x00_u8, 0x40, 0x80, 0xc0].map(|first| (first..=first + 0x3f).collect::<Vec<_>>());
    let lengths = [16, 17, 63, 64].map(|length| vec![0; length]);
    for (number, salt) in (1..).zip(runs.into_iter().chain(lengths)) {
        let event = audit_events::ActiveModel {
            application_id: Set(application_id),
            id: Set(id(number)),
            lane: Set(0),
            sequence: Set(i64::try_from(number).unwrap()),
            action: Set("test".into()),
            subject_type: Set("test".into()),
            subject_id: Set(id(0)),
            detail_hash: Set(vec![0xff; 32]),
            previous_hash: Set(vec![0x00; 32]),
            ..Default::default()
        };
        event.insert(&connection).await.unwrap();
        let detail = audit_details::ActiveModel {
            application_id: Set(application_id),
            event_id: Set(id(number)),
            detail: Set(json!({})),
            salt: Set(salt.clone()),
            ..Default::default()
        };
        let given = detail.insert(&connection).await.unwrap();
        assert_eq!(given.salt, salt);
        let equal = audit_details::Entity::find().filter(audit_details::Column::Salt.eq(salt));
        assert_eq!(equal.all(&connection).await.unwrap(), [given]);
    }
}
migration::both_backends!(every_byte_comes_back_at_every_length);

async fn whole_numbers_come_back_and_sort_by_size(db: TestDb) {
    let connection = db.connect().await;
    let numbers = [0, 1, i64::from(i32::MAX) + 1, (1 << 53) + 1, i64::MAX];
    for number in numbers.into_iter().rev() {
        let row = sign_in_throttles::ActiveModel {
            id: Set(id(number.unsigned_abs().into())),
            kind: Set("account".into()),
            failures: Set(number),
            expires_at: Set(at(INSTANTS[4])),
            ..Default::default()
        };
        assert_eq!(row.insert(&connection).await.unwrap().failures, number);
    }
    let sorted = sign_in_throttles::Entity::find()
        .order_by_asc(sign_in_throttles::Column::Failures)
        .all(&connection)
        .await
        .unwrap();
    let sorted: Vec<_> = sorted.iter().map(|row| row.failures).collect();
    assert_eq!(sorted, numbers);
}
migration::both_backends!(whole_numbers_come_back_and_sort_by_size);

/// Nothing is trimmed, folded or normalised, neither by storing nor by comparing.
async fn text_comes_back_as_it_went_in_and_equals_itself_alone(db: TestDb) {
    let connection = db.connect().await;
    let texts = [
        "Zoë",
        "Zoe\u{308}",
        "zoë",
        "ZOË",
        " Zoë",
        "Zoë ",
        "Zoë\n",
        "straße",
        "strasse",
        "ıİiI",
        "張偉",
        "한글",
        "\u{1112}\u{1161}\u{11ab}",
        "שלום \u{202e}abc",
        "👩🏽‍🚀",
        "👩",
        "\u{feff}a",
        "\u{10ffff}",
        "\u{1}\t\r\n\u{7f}\u{80}",
        "'\"`\\%_?$1:x;--",
        "NULL",
    ];
    for text in texts {
        insert_user(&connection, None, Some(text)).await.unwrap();
    }
    for text in texts {
        let equal = users::Entity::find()
            .filter(users::Column::Name.eq(text))
            .all(&connection)
            .await
            .unwrap();
        let names: Vec<_> = equal.iter().map(|user| user.name.as_deref()).collect();
        assert_eq!(names, [Some(text)]);
    }
}
migration::both_backends!(text_comes_back_as_it_went_in_and_equals_itself_alone);

async fn insert_user(
    connection: &DatabaseConnection,
    email_verified_at: Option<DateTimeWithTimeZone>,
    name: Option<&str>,
) -> Result<users::Model, DbErr> {
    let user = users::ActiveModel {
        email: Set(format!("{}@example.org", Uuid::new_v4())),
        email_verified_at: Set(email_verified_at),
        name: Set(name.map(str::to_owned)),
        ..Default::default()
    };
    user.insert(connection).await
}

async fn insert_application(connection: &DatabaseConnection) -> Uuid {
    let application = applications::ActiveModel {
        public_id: Set("0123456789".into()),
        slug: Set("a".into()),
        name: Set("A".into()),
        ..Default::default()
    };
    application.insert(connection).await.unwrap().id
}

async fn insert_client(
    connection: &DatabaseConnection,
    application_id: Uuid,
    metadata: Json,
) -> clients::Model {
    let client = clients::ActiveModel {
        application_id: Set(application_id),
        name: Set("C".into()),
        metadata: Set(metadata),
        ..Default::default()
    };
    client.insert(connection).await.unwrap()
}

fn assert_refused<T: std::fmt::Debug>(result: Result<T, DbErr>, constraint: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(constraint), "{error}");
}
