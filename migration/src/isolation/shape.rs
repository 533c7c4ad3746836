//! What a table is, for its policies and grants.

use super::policy::TENANT;
use super::roles::Role;

/// The kinds of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Led by `application_id`.
    Owned,
    /// Led by `application_id`, and only ever added to.
    Events,
    /// Led by `application_id`; a row goes on, and is never removed by a tenant.
    Chains,
    /// `applications`: the tenant's own row.
    Applications,
    /// `users`: those who are or were members of the tenant.
    Users,
    /// `sessions`: those in which the tenant is open.
    Sessions,
    /// Nothing in it is a tenant's.
    Closed,
}

/// Every right on a table's rows.
const ROWS: &str = "SELECT, INSERT, UPDATE, DELETE";

impl Shape {
    /// The shape of a table by its name: one that is not of this crate is an application's own.
    pub(super) fn of(table: &str) -> Self {
        match table {
            "applications" => Self::Applications,
            "users" => Self::Users,
            "sessions" => Self::Sessions,
            "user_passwords" | "verification_tokens" | "sign_in_throttles" => Self::Closed,
            "audit_events" | "audit_details" => Self::Events,
            "audit_chains" => Self::Chains,
            _ => Self::Owned,
        }
    }

    /// Which rows are the set tenant's.
    pub(super) fn of_tenant(self) -> String {
        let member = || {
            let user = if self == Self::Users { "id" } else { "user_id" };
            format!(
                "EXISTS (SELECT 1 FROM application_memberships AS m WHERE m.application_id = {TENANT} \
                 AND m.user_id = <table>.{user})"
            )
        };
        match self {
            Self::Owned | Self::Events | Self::Chains => format!("application_id = {TENANT}"),
            Self::Applications => format!("id = {TENANT}"),
            Self::Users => member(),
            // A row that an UPDATE makes has to be visible afterwards: without the second part no session could lose its
            // application.
            Self::Sessions => format!(
                "application_id = {TENANT} OR (application_id IS NULL AND {})",
                member()
            ),
            Self::Closed => "false".to_owned(),
        }
    }

    /// What a role may do with the table. Returns `None` if nothing.
    pub(super) fn grant(self, role: Role) -> Option<&'static str> {
        match (role, self) {
            (Role::Service, _) | (Role::Runtime, Self::Owned) => Some(ROWS),
            (Role::Runtime, Self::Events) => Some("SELECT, INSERT"),
            (Role::Runtime, Self::Chains) => Some("SELECT, INSERT, UPDATE"),
            (Role::Runtime, Self::Applications) => Some(
                "SELECT, UPDATE (slug, name, description, compute_id, updated_at, deleted_at, deletion_id)",
            ),
            (Role::Runtime, Self::Users) => Some("SELECT, UPDATE (updated_at)"),
            // Neither the secret, nor where the user is and with what.
            (Role::Runtime, Self::Sessions) => Some(
                "SELECT (id, user_id, application_id, last_seen_at, expires_at, revoked_at, rotated_at, created_at, \
                 updated_at), UPDATE (application_id, updated_at)",
            ),
            (Role::Runtime, Self::Closed) | (Role::Guest | Role::Reader, _) => None,
        }
    }
}
