//! Audit events, their details and the ends of their chains.

use entity::{audit_chains, audit_details, audit_events};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{Parents, at, bytes, id};
use crate::trip::Trip;

pub(super) async fn insert(trip: &mut Trip<'_>, parents: &Parents) {
    trip.full(audit_chains::Model {
        application_id: parents.applications[0],
        lane: 63,
        sequence: i64::MAX - 1,
        previous_hash: bytes(0x10),
        hash: bytes(0x30),
        first_sequence: 2,
        first_previous_hash: vec![0; 32],
        created_at: at("2026-07-01T00:00:00.000041Z"),
        updated_at: at("2026-07-01T00:00:00.000042Z"),
    })
    .await;
    trip.row(audit_chains::ActiveModel {
        application_id: Set(parents.applications[1]),
        lane: Set(0),
        sequence: Set(1),
        previous_hash: Set(vec![0; 32]),
        hash: Set(bytes(0x50)),
        first_sequence: Set(1),
        first_previous_hash: Set(vec![0; 32]),
        ..Default::default()
    })
    .await;
    let full = trip
        .full(audit_events::Model {
            application_id: parents.applications[0],
            id: id(110),
            lane: 63,
            sequence: i64::MAX,
            actor_id: Some(parents.users[0]),
            action: "client.update".into(),
            subject_type: "client".into(),
            subject_id: id(40),
            detail_hash: bytes(0xf8),
            previous_hash: vec![0; 32],
            created_at: at("2026-07-01T00:00:00.000042Z"),
        })
        .await;
    let sparse = trip
        .row(audit_events::ActiveModel {
            application_id: Set(parents.applications[1]),
            id: Set(id(111)),
            lane: Set(0),
            sequence: Set(1),
            action: Set("purge".into()),
            subject_type: Set("application".into()),
            subject_id: Set(parents.applications[1]),
            detail_hash: Set(bytes(0x20)),
            previous_hash: Set(bytes(0x40)),
            ..Default::default()
        })
        .await;

    trip.full(audit_details::Model {
        application_id: full.application_id,
        event_id: full.id,
        detail: json!({ "name": { "old": null, "new": "Ünï" } }),
        salt: (0x00..0x40).collect(),
        created_at: at("2026-07-02T00:00:00.420Z"),
    })
    .await;
    trip.row(audit_details::ActiveModel {
        application_id: Set(sparse.application_id),
        event_id: Set(sparse.id),
        detail: Set(json!({})),
        salt: Set(vec![0xff; 16]),
        ..Default::default()
    })
    .await;
}
