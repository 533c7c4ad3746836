//! Users and their passwords.

use entity::{user_passwords, users};
use sea_orm::{ActiveValue::Set, prelude::Uuid};

use super::{at, id};
use crate::trip::Trip;

pub(super) async fn insert(trip: &mut Trip<'_>) -> [Uuid; 2] {
    let full = trip
        .full(users::Model {
            id: id(1),
            email: "zoë.ærø@xn--r-zfa.example".into(),
            username: Some("zoe.0_x-y".into()),
            name: Some("Zoë Ærø 張偉 👩🏽‍🚀".into()),
            given_name: Some("Zoe\u{308}".into()),
            family_name: Some("O'Ærø \"the\" \\ %s $1 ?".into()),
            picture: Some("https://example.org/ö.png?a=b&c=%20#d".into()),
            email_verified_at: Some(at("2026-01-02T03:04:05.123456Z")),
            created_at: at("2026-01-02T03:04:05Z"),
            updated_at: at("2026-01-02T03:04:05.678Z"),
            deleted_at: Some(at("2026-01-02T03:04:05.100Z")),
            deletion_id: Some(id(2)),
        })
        .await;
    let sparse = trip
        .row(users::ActiveModel {
            email: Set("b@example.org".into()),
            ..Default::default()
        })
        .await;

    trip.full(user_passwords::Model {
        user_id: full.id,
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA+/".into(),
        created_at: at("2026-01-02T03:04:05.000001Z"),
        updated_at: at("2026-01-02T03:04:05.999999Z"),
    })
    .await;
    trip.row(user_passwords::ActiveModel {
        user_id: Set(sparse.id),
        password_hash: Set("$argon2id$x".into()),
        ..Default::default()
    })
    .await;
    [full.id, sparse.id]
}
