//! An invitation, as it may be shown: without its secret.

use chrono::{DateTime, FixedOffset, Utc};
use entity::{invitation_roles, invitations, roles};
use serde::Serialize;
use uuid::Uuid;

use crate::error::Result;
use crate::scope::{InTenant, load_many, load_one};

/// An invitation as stored, but for the hash of its secret, with the roles that it offers.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Invitation {
    /// Its id. It is no secret.
    pub id: Uuid,
    /// The application that it leads into.
    pub application_id: Uuid,
    /// Who is invited.
    pub email: String,
    /// The keys of the roles that it offers, in alphabetical order. A role that has been deleted since is not among them.
    pub roles: Vec<String>,
    /// The user who invites; `None`: the system.
    pub invited_by: Option<Uuid>,
    /// From this instant on it is void.
    pub expires_at: DateTime<FixedOffset>,
    /// When it was accepted; `None`: it was not.
    pub accepted_at: Option<DateTime<FixedOffset>>,
    /// When it was taken back; `None`: it was not.
    pub revoked_at: Option<DateTime<FixedOffset>>,
    /// When it was made.
    pub created_at: DateTime<FixedOffset>,
}

/// What has become of an invitation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It can be accepted.
    Pending,
    /// It was accepted.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Nobody accepted it in time.
    Expired,
}

impl Invitation {
    /// What has become of it at the instant `now`.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> InvitationState {
        if self.accepted_at.is_some() {
            InvitationState::Accepted
        } else if self.revoked_at.is_some() {
            InvitationState::Revoked
        } else if now < self.expires_at {
            InvitationState::Pending
        } else {
            InvitationState::Expired
        }
    }
}

/// Each invitation with its live roles; two queries however many there are.
pub(super) async fn complete(
    scope: &InTenant,
    rows: Vec<invitations::Model>,
) -> Result<Vec<Invitation>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let offered = load_many::<_, invitation_roles::Entity, _>(scope, &rows).await?;
    let sizes: Vec<_> = offered.iter().map(Vec::len).collect();
    let offered: Vec<_> = offered.into_iter().flatten().collect();
    let mut roles = load_one::<_, roles::Entity, _>(scope, &offered)
        .await?
        .into_iter();
    let invitations = rows.into_iter().zip(sizes).map(|(row, size)| {
        let mut keys: Vec<_> = roles
            .by_ref()
            .take(size)
            .flatten()
            .map(|role| role.key)
            .collect();
        keys.sort_unstable();
        Invitation {
            id: row.id,
            application_id: row.application_id,
            email: row.email,
            roles: keys,
            invited_by: row.invited_by,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
            created_at: row.created_at,
        }
    });
    Ok(invitations.collect())
}
