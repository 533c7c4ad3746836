//! Clients and who looks after them.

use entity::{client_users, clients};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{Parents, at, id};
use crate::trip::Trip;

pub(super) async fn insert(trip: &mut Trip<'_>, parents: &Parents) {
    let full = trip
        .full(clients::Model {
            application_id: parents.applications[0],
            id: id(40),
            name: "Ελληνικά 日本語".into(),
            email: Some("kunde@xn--bcher-kva.example".into()),
            phone: Some("+49 (0)30 / 12 34 – 5".into()),
            metadata: json!({ "a": { "b": [1, null, "ü", true, { "c": [] }] }, "": "", "d": 0.1 }),
            created_by: Some(parents.users[0]),
            created_at: at("2026-04-01T00:00:00.010Z"),
            updated_at: at("2026-04-01T00:00:00.020Z"),
            deleted_at: Some(at("2026-04-01T00:00:00.030Z")),
            deletion_id: Some(id(41)),
        })
        .await;
    let sparse = trip
        .row(clients::ActiveModel {
            application_id: Set(parents.applications[1]),
            name: Set("C".into()),
            ..Default::default()
        })
        .await;
    assert_eq!(sparse.metadata, json!({}));

    trip.full(client_users::Model {
        application_id: full.application_id,
        client_id: full.id,
        user_id: parents.users[0],
        created_at: at("2026-04-02T00:00:00Z"),
        updated_at: at("2026-04-02T00:00:00.000001Z"),
    })
    .await;
    trip.row(client_users::ActiveModel {
        application_id: Set(sparse.application_id),
        client_id: Set(sparse.id),
        user_id: Set(parents.users[1]),
        ..Default::default()
    })
    .await;
}
