//! The schema's own entities, as the door knows them. A test holds this list against the catalog.

use entity::{
    application_memberships, applications, audit_chains, audit_details, audit_events, client_users,
    clients, domains, email_recipients, emails, invitation_roles, invitations, mailboxes,
    membership_roles, role_permissions, roles, sessions, sign_in_throttles, user_passwords, users,
    verification_tokens,
};

use super::Readable;
use crate::scoped;

scoped!(@declare [decoded] users: global + soft);
scoped!(@declare [decoded] user_passwords: global, under users);
scoped!(@declare [decoded] applications: global + soft);
// The user first: whoever locks both does so in this order.
scoped!(@declare [decoded] application_memberships: tenant + soft, under users, applications);
scoped!(@declare [decoded] roles: tenant + soft, under applications);
scoped!(@declare [decoded] role_permissions: tenant, under roles);
scoped!(@declare [decoded] membership_roles: tenant, under application_memberships, roles);
scoped!(@declare [decoded] clients: tenant + soft, under applications);
scoped!(@declare [decoded] client_users: tenant, under clients, application_memberships);
scoped!(@declare [decoded] verification_tokens: global, under users);
scoped!(@declare [decoded] invitations: tenant, under applications);
scoped!(@declare [decoded] invitation_roles: tenant, under invitations, roles);
scoped!(@declare [decoded] sessions: global, under users, applications);
// Under nobody: addresses that nobody has are counted too.
scoped!(@declare [decoded] sign_in_throttles: global);
scoped!(@declare [decoded] domains: tenant + soft, under applications);
scoped!(@declare [decoded] mailboxes: tenant + soft, under applications, domains; naming application_memberships);
scoped!(@declare [decoded] emails: tenant + soft, under applications, mailboxes; naming application_memberships);
scoped!(@declare [decoded] email_recipients: tenant, under emails);
scoped!(@declare [decoded] audit_chains: tenant);
scoped!(@declare [decoded] audit_events: tenant);
scoped!(@declare [decoded] audit_details: tenant, under audit_events);

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
