//! What the table of operations does not ask: pages after the first, and each part of a filter.

use service::{ClientFilter, ClientOrder};

use crate::access::cell::{ok, rows};
use crate::access::operations::{Operation, operations};
use crate::access::secrets::password;

pub(super) fn operations() -> Vec<Operation> {
    [everywhere(), inside()].concat()
}

fn everywhere() -> Vec<Operation> {
    operations! { Everything:
        "Users::list" of Nothing: |cell| {
            let first = cell.db.users().list(2, None).await?;
            rows(cell.db.users().list(200, first.next.as_ref()).await)
        },
        "Applications::list" of Nothing: |cell| {
            let first = cell.db.applications().list(1, None).await?;
            rows(cell.db.applications().list(200, first.next.as_ref()).await)
        },
        "Passwords::authenticate, from a source" on "user": |cell| {
            let email = cell.signs_in_as().0.parse()?;
            let source = Some("192.0.2.7".parse().expect("an address"));
            ok(cell.db.passwords().authenticate(&email, &password(), source).await)
        },
    }
}

fn inside() -> Vec<Operation> {
    operations! { Tenant:
        "ManagedInvitations::list, next" of Application: |cell| {
            let invitations = cell.admin()?.invitations();
            let first = invitations.list(1, None).await?;
            rows(invitations.list(50, first.next.as_ref()).await)
        },
        "Members::list, next" of Application: |cell| {
            let members = cell.tenant()?.members();
            let first = members.list(2, None).await?;
            rows(members.list(50, first.next.as_ref()).await)
        },
        "Roles::list, next" of Application: |cell| {
            let roles = cell.tenant()?.roles();
            let first = roles.list(2, None).await?;
            rows(roles.list(50, first.next.as_ref()).await)
        },
        "Clients::list, next by id" of Application: |cell| {
            let clients = cell.tenant()?.clients();
            let all = ClientFilter::default();
            let first = clients.list(&all, ClientOrder::Id, 1, None).await?;
            rows(clients.list(&all, ClientOrder::Id, 50, first.next.as_ref()).await)
        },
        "Clients::list, next by name" of Application: |cell| {
            let clients = cell.tenant()?.clients();
            let all = ClientFilter::default();
            let first = clients.list(&all, ClientOrder::Name, 1, None).await?;
            rows(clients.list(&all, ClientOrder::Name, 50, first.next.as_ref()).await)
        },
        "Clients::list, assigned by id" of Application: |cell| {
            let filter = ClientFilter {
                assigned_to: Some(cell.member()),
                ..ClientFilter::default()
            };
            rows(cell.tenant()?.clients().list(&filter, ClientOrder::Id, 50, None).await)
        },
        "Clients::list, text" of Application: |cell| {
            let filter = ClientFilter {
                text: Some("client 77".to_owned()),
                ..ClientFilter::default()
            };
            rows(cell.tenant()?.clients().list(&filter, ClientOrder::Name, 50, None).await)
        },
        "Clients::list, created" of Application: |cell| {
            let now = cell.db.clock().now();
            let filter = ClientFilter {
                created_from: Some(now - chrono::TimeDelta::hours(3)),
                created_until: Some(now - chrono::TimeDelta::hours(1)),
                ..ClientFilter::default()
            };
            rows(cell.tenant()?.clients().list(&filter, ClientOrder::Id, 50, None).await)
        },
        "Clients::count, created" of Application: |cell| {
            let now = cell.db.clock().now();
            let filter = ClientFilter {
                created_from: Some(now - chrono::TimeDelta::hours(3)),
                created_until: Some(now - chrono::TimeDelta::hours(1)),
                ..ClientFilter::default()
            };
            let count = cell.tenant()?.clients().count(&filter).await;
            crate::access::cell::counted(count)
        },
    }
}
