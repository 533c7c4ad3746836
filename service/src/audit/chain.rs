//! The chain: each event holds the hash of the one before it, so that none can be changed, left out or put in between
//! without breaking a link.
//!
//! `hash(event) = SHA-256(previous hash ‖ sequence, 8 bytes ‖ body)`, big-endian; the body is what [`body`] writes. It holds
//! the hash of the detail and not the detail, which can so be erased.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// What the first event of a chain holds as the hash of the one before it.
pub(crate) const START: Hash = [0; 32];

/// How many chains the nil application has. Sign-ups are its events: were they links of one chain, each would wait for the
/// one before it.
const NIL_LANES: u8 = 64;

/// Tells this form of a body from later ones.
const FORM: &[u8] = b"aura-audit-1";

/// Which chain of its application an event belongs to.
pub(crate) fn lane(application_id: Uuid, subject_id: Uuid) -> i64 {
    if application_id.is_nil() {
        i64::from(subject_id.as_bytes()[15] % NIL_LANES)
    } else {
        0
    }
}

/// What an event says, apart from its place in the chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link<'a> {
    pub(crate) application_id: Uuid,
    pub(crate) lane: i64,
    pub(crate) id: Uuid,
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) action: &'a str,
    pub(crate) subject_type: &'a str,
    pub(crate) subject_id: Uuid,
    pub(crate) detail_hash: &'a [u8],
    pub(crate) created_at: DateTime<Utc>,
}

/// The bytes that are hashed: every part of a fixed length or with its length before it, so that no two events give the
/// same.
pub(crate) fn body(link: &Link<'_>) -> Vec<u8> {
    let mut body = Vec::with_capacity(256);
    let mut part = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(bytes);
    };
    part(FORM);
    part(link.application_id.as_bytes());
    part(&link.lane.to_be_bytes());
    part(link.id.as_bytes());
    part(link.actor_id.as_ref().map_or(&[], |id| id.as_bytes()));
    part(link.action.as_bytes());
    part(link.subject_type.as_bytes());
    part(link.subject_id.as_bytes());
    part(link.detail_hash);
    part(&link.created_at.timestamp_micros().to_be_bytes());
    body
}

pub(crate) fn hash(previous: &[u8], sequence: i64, body: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(previous)
        .chain_update(sequence.to_be_bytes())
        .chain_update(body)
        .finalize()
        .into()
}
