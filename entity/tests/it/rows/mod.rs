//! Rows for every table: one with a value wherever a value may be, one with as little as the table asks for.
//!
//! The first is a literal of the model, so that a new column does not compile before it has a value here.

mod access;
mod applications;
mod audit;
mod clients;
mod mail;
mod users;

use sea_orm::prelude::{DateTimeWithTimeZone, Uuid};

use crate::trip::Trip;

/// What everything else refers to: the key of the first and of the second row of a table.
struct Parents {
    users: [Uuid; 2],
    applications: [Uuid; 2],
}

/// Inserts all of them, parents first.
pub(crate) async fn insert(trip: &mut Trip<'_>) {
    let users = users::insert(trip).await;
    let applications = applications::insert(trip).await;
    let parents = Parents {
        users,
        applications,
    };
    applications::insert_memberships(trip, &parents).await;
    let roles = applications::insert_roles(trip, &parents).await;
    clients::insert(trip, &parents).await;
    access::insert(trip, &parents, roles).await;
    mail::insert(trip, &parents).await;
    audit::insert(trip, &parents).await;
}

/// An instant, as RFC 3339 has it.
pub(crate) fn at(instant: &str) -> DateTimeWithTimeZone {
    DateTimeWithTimeZone::parse_from_rfc3339(instant).unwrap()
}

/// The same id at every run, another for every number; its bytes are neither ASCII nor UTF-8.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0xff00_fe80_c3a9_7000_8000_0000_0000_0000 + number)
}

/// 32 bytes, each another: `first` and those after it.
pub(crate) fn bytes(first: u8) -> Vec<u8> {
    (0..32).map(|offset| first.wrapping_add(offset)).collect()
}
