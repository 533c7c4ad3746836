//! Verification tokens, invitations and sessions: what lets somebody in; and throttles, which keep somebody out.

use entity::{invitation_roles, invitations, sessions, sign_in_throttles, verification_tokens};
use sea_orm::{ActiveValue::Set, prelude::Uuid};
use serde_json::json;

use super::{Parents, at, bytes, id};
use crate::trip::Trip;

/// When what has to expire does; the database's clock is before it.
const EXPIRY: &str = "2999-12-31T23:59:59.999999Z";

pub(super) async fn insert(trip: &mut Trip<'_>, parents: &Parents, roles: [Uuid; 2]) {
    insert_verification_tokens(trip, parents).await;
    insert_invitations(trip, parents, roles).await;
    insert_sessions(trip, parents).await;
    insert_sign_in_throttles(trip).await;
}

async fn insert_verification_tokens(trip: &mut Trip<'_>, parents: &Parents) {
    trip.full(verification_tokens::Model {
        id: id(50),
        purpose: "email_change".into(),
        secret_hash: bytes(0x00),
        user_id: parents.users[0],
        email: Some("new@example.org".into()),
        payload: json!({ "next": "/ü?x=1", "n": u64::MAX }),
        expires_at: at(EXPIRY),
        consumed_at: Some(at("2026-05-01T00:00:00.000001Z")),
        revoked_at: Some(at("2026-05-01T00:00:00Z")),
        created_at: at("2026-05-01T00:00:00.001Z"),
        updated_at: at("2026-05-01T00:00:00.001001Z"),
    })
    .await;
    trip.row(verification_tokens::ActiveModel {
        purpose: Set("magic_link".into()),
        secret_hash: Set(bytes(0x10)),
        user_id: Set(parents.users[1]),
        expires_at: Set(at(EXPIRY)),
        ..Default::default()
    })
    .await;
}

async fn insert_invitations(trip: &mut Trip<'_>, parents: &Parents, roles: [Uuid; 2]) {
    let full = trip
        .full(invitations::Model {
            application_id: parents.applications[0],
            id: id(60),
            email: "guest@example.org".into(),
            secret_hash: bytes(0x70),
            invited_by: Some(parents.users[1]),
            expires_at: at(EXPIRY),
            accepted_at: Some(at("2026-05-02T00:00:00.100001Z")),
            revoked_at: Some(at("2026-05-02T00:00:00.100Z")),
            created_at: at("2026-05-02T00:00:00.010203Z"),
            updated_at: at("2026-05-02T00:00:01Z"),
        })
        .await;
    let sparse = trip
        .row(invitations::ActiveModel {
            application_id: Set(parents.applications[1]),
            email: Set("guest@example.org".into()),
            secret_hash: Set(bytes(0x90)),
            expires_at: Set(at(EXPIRY)),
            ..Default::default()
        })
        .await;

    trip.full(invitation_roles::Model {
        application_id: full.application_id,
        invitation_id: full.id,
        role_id: roles[0],
        created_at: at("2026-05-03T00:00:00Z"),
        updated_at: at("2026-05-03T00:00:00.000999Z"),
    })
    .await;
    trip.row(invitation_roles::ActiveModel {
        application_id: Set(sparse.application_id),
        invitation_id: Set(sparse.id),
        role_id: Set(roles[1]),
        ..Default::default()
    })
    .await;
}

async fn insert_sessions(trip: &mut Trip<'_>, parents: &Parents) {
    trip.full(sessions::Model {
        id: id(70),
        secret_hash: bytes(0xe0),
        user_id: parents.users[0],
        application_id: Some(parents.applications[0]),
        last_seen_at: at("2026-05-04T00:00:00.654321Z"),
        expires_at: at(EXPIRY),
        revoked_at: Some(at("2026-05-04T23:59:59.999Z")),
        ip: Some("2001:db8::ff00:42:8329".into()),
        user_agent: Some("Mozilla/5.0 (X11; “Linux”) Ω".into()),
        created_at: at("2026-05-04T00:00:00Z"),
        updated_at: at("2026-05-04T00:00:00.1Z"),
        rotated_at: Some(at("2026-05-04T12:00:00.000420Z")),
    })
    .await;
    trip.row(sessions::ActiveModel {
        secret_hash: Set(bytes(0xf0)),
        user_id: Set(parents.users[1]),
        expires_at: Set(at(EXPIRY)),
        ..Default::default()
    })
    .await;
}

async fn insert_sign_in_throttles(trip: &mut Trip<'_>) {
    trip.full(sign_in_throttles::Model {
        id: id(75),
        kind: "account_source".into(),
        failures: i64::MAX,
        blocked_until: Some(at("2026-05-05T00:00:00.000001Z")),
        trusted_until: Some(at("2026-05-05T00:00:00.5Z")),
        expires_at: at(EXPIRY),
        created_at: at("2026-05-05T00:00:00Z"),
        updated_at: at("2026-05-05T00:00:00.020Z"),
    })
    .await;
    trip.row(sign_in_throttles::ActiveModel {
        id: Set(id(76)),
        kind: Set("source".into()),
        failures: Set(0),
        expires_at: Set(at(EXPIRY)),
        ..Default::default()
    })
    .await;
}
