//! Which rows go with which, and which stay for which: every foreign key of the schema to a row that is purged. A test
//! holds this against the catalog.

use entity::{
    application_memberships, applications, clients, domains, emails, mailboxes, roles, users,
};
use uuid::Uuid;

use crate::audit::Event;
use crate::lifecycle::sql::Col::{self, Id, Text};
use crate::scope::{Across, Scoped};

const ACTION: &str = "lifecycle.purge";

/// A table whose rows are purged once they were deleted long enough ago.
pub(super) struct Doomed {
    pub(super) table: &'static str,
    /// Whether `application_id` leads its key.
    pub(super) tenant: bool,
    /// What follows that in its key.
    pub(super) id: &'static str,
    pub(super) links: &'static [Link],
    pub(super) event: fn(&Across, Uuid) -> Event,
}

/// A foreign key to such a row: from the same application, where one leads both keys.
pub(super) struct Link {
    pub(super) table: &'static str,
    pub(super) key: &'static [Col],
    /// The column that names the row.
    pub(super) column: &'static str,
    pub(super) then: Then,
}

/// What becomes of the rows that refer to one that is purged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Then {
    /// They go first.
    Remove,
    /// Those go first that wait to be accepted; the others name nobody from then on. An invitation in nobody's name is one
    /// by the system.
    RemovePending,
    /// They name nobody from then on, live ones too.
    Clear,
    /// The row stays as long as there is any.
    Keep,
}

const ID: &[Col] = &[Id("id")];
const OWNED: &[Col] = &[Id("application_id"), Id("id")];

const fn link(table: &'static str, key: &'static [Col], column: &'static str, then: Then) -> Link {
    Link {
        table,
        key,
        column,
        then,
    }
}

const RECIPIENTS: &[Col] = &[
    Id("application_id"),
    Id("email_id"),
    Text("kind"),
    Text("address"),
];
const CLIENT_USERS: &[Col] = &[Id("application_id"), Id("client_id"), Id("user_id")];
const MEMBERSHIP_ROLES: &[Col] = &[Id("application_id"), Id("user_id"), Id("role_id")];
const PERMISSIONS: &[Col] = &[Id("application_id"), Id("role_id"), Text("permission")];
const INVITATION_ROLES: &[Col] = &[Id("application_id"), Id("invitation_id"), Id("role_id")];
const MEMBERSHIPS: &[Col] = &[Id("application_id"), Id("user_id")];

fn event<E: Scoped>(scope: &Across, run: Uuid) -> Event {
    Event::on::<E>(scope, ACTION, run)
}

/// In this order: what refers to a row comes before it.
pub(super) const DOOMED: [Doomed; 8] = [
    Doomed {
        table: "emails",
        tenant: true,
        id: "id",
        links: &[link(
            "email_recipients",
            RECIPIENTS,
            "email_id",
            Then::Remove,
        )],
        event: event::<emails::Entity>,
    },
    Doomed {
        table: "mailboxes",
        tenant: true,
        id: "id",
        links: &[link("emails", OWNED, "mailbox_id", Then::Keep)],
        event: event::<mailboxes::Entity>,
    },
    Doomed {
        table: "domains",
        tenant: true,
        id: "id",
        links: &[link("mailboxes", OWNED, "domain_id", Then::Keep)],
        event: event::<domains::Entity>,
    },
    Doomed {
        table: "clients",
        tenant: true,
        id: "id",
        links: &[link(
            "client_users",
            CLIENT_USERS,
            "client_id",
            Then::Remove,
        )],
        event: event::<clients::Entity>,
    },
    Doomed {
        table: "application_memberships",
        tenant: true,
        id: "user_id",
        links: &[
            link("client_users", CLIENT_USERS, "user_id", Then::Remove),
            link(
                "membership_roles",
                MEMBERSHIP_ROLES,
                "user_id",
                Then::Remove,
            ),
            link("mailboxes", OWNED, "user_id", Then::Clear),
            link("emails", OWNED, "user_id", Then::Clear),
        ],
        event: event::<application_memberships::Entity>,
    },
    Doomed {
        table: "roles",
        tenant: true,
        id: "id",
        links: &[
            link(
                "membership_roles",
                MEMBERSHIP_ROLES,
                "role_id",
                Then::Remove,
            ),
            link(
                "invitation_roles",
                INVITATION_ROLES,
                "role_id",
                Then::Remove,
            ),
            link("role_permissions", PERMISSIONS, "role_id", Then::Remove),
        ],
        event: event::<roles::Entity>,
    },
    Doomed {
        table: "users",
        tenant: false,
        id: "id",
        links: &[
            link(
                "application_memberships",
                MEMBERSHIPS,
                "user_id",
                Then::Keep,
            ),
            link("sessions", ID, "user_id", Then::Remove),
            link("verification_tokens", ID, "user_id", Then::Remove),
            link("user_passwords", &[Id("user_id")], "user_id", Then::Remove),
            link("invitations", OWNED, "invited_by", Then::RemovePending),
            link("clients", OWNED, "created_by", Then::Clear),
            link("domains", OWNED, "created_by", Then::Clear),
        ],
        event: event::<users::Entity>,
    },
    Doomed {
        table: "applications",
        tenant: false,
        id: "id",
        links: &[
            link(
                "application_memberships",
                MEMBERSHIPS,
                "application_id",
                Then::Keep,
            ),
            link("roles", OWNED, "application_id", Then::Keep),
            link("clients", OWNED, "application_id", Then::Keep),
            link("domains", OWNED, "application_id", Then::Keep),
            link("mailboxes", OWNED, "application_id", Then::Keep),
            link("emails", OWNED, "application_id", Then::Keep),
            link("invitations", OWNED, "application_id", Then::Remove),
            link("sessions", ID, "application_id", Then::Clear),
        ],
        event: event::<applications::Entity>,
    },
];
