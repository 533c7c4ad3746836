//! Applications, memberships and roles.

use entity::{application_memberships, applications, membership_roles, role_permissions, roles};
use sea_orm::{ActiveValue::Set, prelude::Uuid};

use super::{Parents, at, id};
use crate::trip::Trip;

pub(super) async fn insert(trip: &mut Trip<'_>) -> [Uuid; 2] {
    let full = trip
        .full(applications::Model {
            id: id(10),
            public_id: "Ab0123456789Zz".into(),
            slug: "a-1-z".into(),
            name: "Ünïcode & Söhne".into(),
            description: Some("Zeile 1\r\nZeile 2\t\u{200b}\u{feff}Ende ".into()),
            created_by: Some(id(11)),
            compute_id: Some(id(12)),
            created_at: at("1999-12-31T23:59:59.999999Z"),
            updated_at: at("2000-01-01T00:00:00Z"),
            deleted_at: Some(at("2026-02-28T00:00:00.001Z")),
            deletion_id: Some(id(13)),
        })
        .await;
    let sparse = applications::ActiveModel {
        public_id: Set("0123456789".into()),
        slug: Set("b".into()),
        name: Set("B".into()),
        ..Default::default()
    };
    [full.id, trip.row(sparse).await.id]
}

pub(super) async fn insert_memberships(trip: &mut Trip<'_>, parents: &Parents) {
    for (application_id, user_id) in parents.applications.into_iter().zip(parents.users) {
        trip.row(application_memberships::ActiveModel {
            application_id: Set(application_id),
            user_id: Set(user_id),
            ..Default::default()
        })
        .await;
    }
    trip.full(application_memberships::Model {
        application_id: parents.applications[0],
        user_id: parents.users[1],
        email: Some("größe@work.example".into()),
        created_at: at("2026-03-01T12:00:00.120Z"),
        updated_at: at("2026-03-01T12:00:00.120300Z"),
        deleted_at: Some(at("2026-03-01T12:00:00.000010Z")),
        deletion_id: Some(id(20)),
    })
    .await;
}

/// A role in each application, its permissions and its members.
pub(super) async fn insert_roles(trip: &mut Trip<'_>, parents: &Parents) -> [Uuid; 2] {
    let full = trip
        .full(roles::Model {
            application_id: parents.applications[0],
            id: id(30),
            key: "reader-2_x".into(),
            name: "Leser·in".into(),
            description: Some("—".into()),
            created_at: at("2026-03-02T12:00:00Z"),
            updated_at: at("2026-03-02T12:00:00.5Z"),
            deleted_at: Some(at("2026-03-02T12:00:01Z")),
            deletion_id: Some(id(31)),
        })
        .await;
    let sparse = trip
        .row(roles::ActiveModel {
            application_id: Set(parents.applications[1]),
            key: Set("r".into()),
            name: Set("R".into()),
            ..Default::default()
        })
        .await;

    trip.full(role_permissions::Model {
        application_id: full.application_id,
        role_id: full.id,
        permission: "client_2.read".into(),
        created_at: at("2026-03-03T00:00:00.25Z"),
        updated_at: at("2026-03-03T00:00:00.125Z"),
    })
    .await;
    trip.row(role_permissions::ActiveModel {
        application_id: Set(sparse.application_id),
        role_id: Set(sparse.id),
        permission: Set("*".into()),
        ..Default::default()
    })
    .await;

    trip.full(membership_roles::Model {
        application_id: full.application_id,
        user_id: parents.users[0],
        role_id: full.id,
        granted_by: Some(id(32)),
        created_at: at("2026-03-04T00:00:00.000100Z"),
        updated_at: at("2026-03-04T00:00:00.000200Z"),
    })
    .await;
    trip.row(membership_roles::ActiveModel {
        application_id: Set(sparse.application_id),
        user_id: Set(parents.users[1]),
        role_id: Set(sparse.id),
        ..Default::default()
    })
    .await;
    [full.id, sparse.id]
}
