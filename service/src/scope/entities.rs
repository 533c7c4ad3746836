//! The schema's own entities, as the door knows them. A test holds this list against the catalog.

use entity::{
    application_memberships, applications, audit_chains, audit_details, audit_events, client_users,
    clients, domains, email_recipients, emails, invitation_roles, invitations, mailboxes,
    membership_roles, role_permissions, roles, sessions, sign_in_throttles, user_passwords, users,
    verification_tokens,
};

use super::Readable;
use crate::scoped;

scoped!(@declare users: global + soft);
scoped!(@declare user_passwords: global, under users);
scoped!(@declare applications: global + soft);
// The user first: whoever locks both does so in this order.
scoped!(@declare application_memberships: tenant + soft, under users, applications);
scoped!(@declare roles: tenant + soft, under applications);
scoped!(@declare role_permissions: tenant, under roles);
scoped!(@declare membership_roles: tenant, under application_memberships, roles);
scoped!(@declare clients: tenant + soft, under applications);
scoped!(@declare client_users: tenant, under clients, application_memberships);
scoped!(@declare verification_tokens: global, under users);
scoped!(@declare invitations: tenant, under applications);
scoped!(@declare invitation_roles: tenant, under invitations, roles);
scoped!(@declare sessions: global, under users, applications);
// Under nobody: addresses that nobody has are counted too.
scoped!(@declare sign_in_throttles: global);
scoped!(@declare domains: tenant + soft, under applications);
scoped!(@declare mailboxes: tenant + soft, under applications, domains; naming application_memberships);
scoped!(@declare emails: tenant + soft, under applications, mailboxes; naming application_memberships);
scoped!(@declare email_recipients: tenant, under emails);
scoped!(@declare audit_chains: tenant);
scoped!(@declare audit_events: tenant);
scoped!(@declare audit_details: tenant, under audit_events);

/// Those without a secret: `user_passwords`, `verification_tokens`, `invitations` and `sessions` are not among them, nor is
/// `sign_in_throttles`, which is of no use to an application, nor is the audit, which admins alone read.
macro_rules! readable {
    ($($module:ident),+ $(,)?) => {
        $(impl Readable for $module::Entity {})+
    };
}

readable!(
    users,
    applications,
    application_memberships,
    roles,
    role_permissions,
    membership_roles,
    clients,
    client_users,
    invitation_roles,
    domains,
    mailboxes,
    emails,
    email_recipients,
);
