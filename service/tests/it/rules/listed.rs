//! Statements that are not one node's affair, each with its reason.

use Where::{AllNodes, Aside, OneMachine};

/// Where such statements are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Where {
    /// To Citus too, which does them on all nodes.
    AllNodes,
    /// To one machine alone: on Citus others take their place.
    OneMachine,
    /// As [`AllNodes`](Self::AllNodes), by operations that a test of their own makes.
    Aside,
}

/// Where a statement holds this, a test has put in what no database reads, to see that it is refused.
pub(super) const UNREADABLE: [&str; 1] = ["(1 = 1 UNION SELECT * FROM clients)"];

/// Statements with one reason.
pub(super) struct Listed {
    pub(super) there: Where,
    pub(super) reason: &'static str,
    /// What they do, `read`, `change`, `lock` or `refused`; to the rows of which table; and the columns that they say something
    /// of. Of one that is refused: what.
    pub(super) statements: &'static [(&'static str, &'static str, &'static str)],
}

pub(super) const ALL: &[Listed] = &[
    Listed {
        there: AllNodes,
        reason: "a user's memberships, in whatever applications: deleting, restoring, erasing and showing a user. Citus asks and \
                 changes all shards, of which a user has few rows",
        statements: &[
            (
                "change",
                "application_memberships",
                "application_id, deletion_id, user_id",
            ),
            ("change", "application_memberships", "deletion_id, user_id"),
            ("change", "application_memberships", "user_id"),
            ("change", "invitations", ""),
            ("read", "application_memberships", "application_id, user_id"),
            ("read", "application_memberships", "deletion_id, user_id"),
            ("read", "application_memberships", "user_id"),
            ("read", "membership_roles", "application_id, user_id"),
            ("read", "roles", "application_id, id"),
            ("read", "roles", "application_id, id, key"),
        ],
    },
    Listed {
        there: Aside,
        reason: "whether each application that a user owns has another owner, before the user is deleted",
        statements: &[(
            "read",
            "membership_roles",
            "application_id, role_id, user_id",
        )],
    },
    Listed {
        there: AllNodes,
        reason: "a user's sessions and tokens, which lie by their own ids: listing them, ending all of them. Citus asks and changes \
                 all shards by an index on the user",
        statements: &[
            ("change", "sessions", "application_id"),
            ("change", "sessions", "application_id, user_id"),
            ("change", "sessions", "id, user_id"),
            ("change", "sessions", "user_id"),
            ("change", "verification_tokens", "email, purpose, user_id"),
            ("change", "verification_tokens", "purpose, user_id"),
            ("change", "verification_tokens", "user_id"),
            ("read", "sessions", "user_id"),
            ("read", "verification_tokens", "user_id"),
        ],
    },
    Listed {
        there: AllNodes,
        reason: "the two or three counts of an attempt to sign in, each by its key",
        statements: &[("read", "sign_in_throttles", "id")],
    },
    Listed {
        there: AllNodes,
        reason: "maintenance looks everywhere for what has ended, a bounded number of rows at a time, the oldest first",
        statements: &[
            ("change", "invitations", "application_id, id"),
            ("change", "sessions", "id"),
            ("change", "sign_in_throttles", "id"),
            ("change", "verification_tokens", "id"),
            ("read", "application_memberships", "deleted_at"),
            ("read", "clients", "deleted_at"),
            ("read", "emails", "deleted_at"),
            ("read", "invitations", "expires_at"),
            ("read", "invitations", "updated_at"),
            ("read", "mailboxes", "deleted_at"),
            ("read", "roles", "deleted_at"),
            ("read", "sessions", "expires_at"),
            ("read", "sessions", "revoked_at"),
            ("read", "sign_in_throttles", "expires_at"),
            ("read", "verification_tokens", "expires_at"),
            ("read", "verification_tokens", "updated_at"),
        ],
    },
    Listed {
        there: AllNodes,
        reason: "whether anything refers to users or applications that are purged, a bounded number of them at a time",
        statements: &[
            ("read", "application_memberships", "application_id"),
            ("read", "clients", "application_id"),
            ("read", "clients", "created_by"),
            ("read", "emails", "application_id"),
            ("read", "invitations", "application_id"),
            ("read", "invitations", "invited_by"),
            ("read", "mailboxes", "application_id"),
            ("read", "roles", "application_id"),
            ("read", "sessions", "application_id"),
            ("read", "user_passwords", "user_id"),
        ],
    },
    Listed {
        there: AllNodes,
        reason: "everything about a person, in whatever applications, a bounded stretch of the key at a time: export and erase",
        statements: &[
            ("change", "audit_details", "application_id, event_id"),
            ("read", "audit_details", "application_id, event_id"),
            ("read", "audit_events", "application_id, id"),
            ("read", "email_recipients", "application_id, email_id"),
            ("read", "emails", "application_id, id"),
            ("read", "emails", "application_id, id, user_id"),
            ("read", "mailboxes", "application_id, user_id"),
        ],
    },
    Listed {
        there: OneMachine,
        reason: "a session with what its application allows: two statements on Citus",
        statements: &[
            (
                "read",
                "membership_roles",
                "application_id, created_at, user_id",
            ),
            ("read", "role_permissions", "application_id, role_id"),
        ],
    },
    Listed {
        there: OneMachine,
        reason: "what has ended is locked before it is removed, those that are held passed over: on Citus it is not",
        statements: &[
            ("lock", "invitations", "expires_at"),
            ("lock", "invitations", "updated_at"),
            ("lock", "sessions", "expires_at"),
            ("lock", "sessions", "revoked_at"),
            ("lock", "sign_in_throttles", "expires_at"),
            ("lock", "verification_tokens", "expires_at"),
            ("lock", "verification_tokens", "updated_at"),
        ],
    },
    Listed {
        there: OneMachine,
        reason: "the memberships of a user who is deleted, locked at once: on Citus one application after the other",
        statements: &[
            (
                "change",
                "application_memberships",
                "application_id, user_id",
            ),
            ("lock", "application_memberships", "user_id"),
        ],
    },
    Listed {
        there: OneMachine,
        reason: "users, applications and domains are purged by a statement that sees to it that nothing refers to them: on Citus that \
                 is asked first, and the foreign keys hold",
        statements: &[
            ("refused", "", "applications by application_memberships"),
            ("refused", "", "applications by clients"),
            ("refused", "", "applications by emails"),
            ("refused", "", "applications by invitations"),
            ("refused", "", "applications by mailboxes"),
            ("refused", "", "applications by roles"),
            ("refused", "", "applications by sessions"),
            ("refused", "", "domains by mailboxes"),
            ("refused", "", "users by application_memberships"),
            ("refused", "", "users by clients"),
            ("refused", "", "users by invitations"),
            ("refused", "", "users by sessions"),
            ("refused", "", "users by user_passwords"),
            ("refused", "", "users by verification_tokens"),
        ],
    },
    Listed {
        there: Aside,
        reason: "every chain of the audit, a bounded number at a time: verifying all of it",
        statements: &[
            ("read", "audit_chains", ""),
            ("read", "audit_chains", "application_id, lane"),
            ("read", "audit_events", ""),
        ],
    },
    Listed {
        there: Aside,
        reason: "everything about a person, a bounded stretch of the key at a time: where a stretch ends; what else names them",
        statements: &[
            ("change", "user_passwords", "user_id"),
            (
                "read",
                "email_recipients",
                "address, application_id, email_id, kind",
            ),
            (
                "read",
                "email_recipients",
                "address, application_id, email_id",
            ),
            ("read", "clients", "application_id, id"),
            ("read", "invitations", ""),
            ("read", "invitations", "application_id, id"),
            ("read", "invitations", "email"),
            ("read", "mailboxes", "application_id, id"),
            ("read", "sessions", "id"),
            ("read", "sessions", "id, user_id"),
            ("read", "verification_tokens", "id"),
        ],
    },
];
