//! On invitations.

use service::{NewInvitation, NewUser};

use super::{Operation, operations};
use crate::access::cell::{counted, found, ok, rows};
use crate::access::secrets::password;

pub(super) fn operations() -> Vec<Operation> {
    [managing(), accepting()].concat()
}

fn managing() -> Vec<Operation> {
    operations! { Tenant:
        "ManagedInvitations::create" on "role": |cell| {
            let new = NewInvitation {
                email: "new@users.test".parse()?,
                roles: vec![cell.role_key()],
            };
            ok(cell.admin()?.invitations().create(new, None).await)
        },
        "ManagedInvitations::renew" on "invitation": |cell| {
            ok(cell.admin()?.invitations().renew(cell.invitation().1, None).await)
        },
        "ManagedInvitations::get" on "invitation": |cell| {
            found(cell.admin()?.invitations().get(cell.invitation().1).await)
        },
        "ManagedInvitations::list" of Application: |cell| {
            rows(cell.admin()?.invitations().list(200, None).await)
        },
        "ManagedInvitations::list_pending" of Application: |cell| {
            rows(cell.admin()?.invitations().list_pending(200, None).await)
        },
        "ManagedInvitations::count_pending" of Application: |cell| {
            counted(cell.admin()?.invitations().count_pending().await)
        },
        "ManagedInvitations::revoke" on "invitation": |cell| {
            ok(cell.admin()?.invitations().revoke(cell.invitation().1).await)
        },
    }
}

fn accepting() -> Vec<Operation> {
    operations! { Everything:
        "Invitations::peek" on "invitation": |cell| {
            ok(cell.db.invitations().peek(cell.invitation().0).await)
        },
        "Invitations::accept" on "invitation": |cell| {
            let user_id = cell.stage.invitee.id;
            ok(cell.db.invitations().accept(cell.invitation().0, user_id).await)
        },
        "Invitations::accept" on "user": |cell| {
            let token = cell.stage.own.secrets.live.invitation.as_str();
            ok(cell.db.invitations().accept(token, cell.user()).await)
        },
        "Invitations::accept_as_new" on "invitation": |cell| {
            let new = NewUser::new("other-invitee@users.test".parse()?);
            let invitations = cell.db.invitations();
            ok(invitations.accept_as_new(cell.invitation().0, new, Some(&password())).await)
        },
        "Invitations::purge_expired" of Nothing: |cell| {
            counted(cell.db.invitations().purge_expired(1000).await)
        },
    }
}
