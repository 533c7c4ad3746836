//! The columns that are written, table by table.

use super::write::Holds;
use super::write::Holds::{Id, Instant, Json, Text};

/// Each column and what it holds.
pub(super) type Columns = &'static [(&'static str, Holds)];

pub(super) const USERS: Columns = &[
    ("id", Id),
    ("email", Text),
    ("username", Text),
    ("name", Text),
    ("given_name", Text),
    ("family_name", Text),
    ("email_verified_at", Instant),
    ("created_at", Instant),
    ("updated_at", Instant),
    ("deleted_at", Instant),
    ("deletion_id", Id),
];
pub(super) const APPLICATIONS: Columns = &[
    ("id", Id),
    ("public_id", Text),
    ("slug", Text),
    ("name", Text),
    ("description", Text),
    ("created_by", Id),
    ("created_at", Instant),
    ("updated_at", Instant),
    ("deleted_at", Instant),
    ("deletion_id", Id),
];
pub(super) const ROLES: Columns = &[
    ("application_id", Id),
    ("id", Id),
    ("key", Text),
    ("name", Text),
    ("description", Text),
    ("created_at", Instant),
    ("updated_at", Instant),
    ("deleted_at", Instant),
    ("deletion_id", Id),
];
pub(super) const PERMISSIONS: Columns = &[
    ("application_id", Id),
    ("role_id", Id),
    ("permission", Text),
    ("created_at", Instant),
    ("updated_at", Instant),
];
pub(super) const MEMBERSHIPS: Columns = &[
    ("application_id", Id),
    ("user_id", Id),
    ("created_at", Instant),
    ("updated_at", Instant),
    ("deleted_at", Instant),
    ("deletion_id", Id),
];
pub(super) const HELD: Columns = &[
    ("application_id", Id),
    ("user_id", Id),
    ("role_id", Id),
    ("granted_by", Id),
    ("created_at", Instant),
    ("updated_at", Instant),
];
pub(super) const CLIENTS: Columns = &[
    ("application_id", Id),
    ("id", Id),
    ("name", Text),
    ("email", Text),
    ("phone", Text),
    ("metadata", Json),
    ("created_by", Id),
    ("created_at", Instant),
    ("updated_at", Instant),
    ("deleted_at", Instant),
    ("deletion_id", Id),
];
pub(super) const ASSIGNED: Columns = &[
    ("application_id", Id),
    ("client_id", Id),
    ("user_id", Id),
    ("created_at", Instant),
    ("updated_at", Instant),
];
