//! On the members of an application.

use service::{Change, MembershipPatch, NewUser};

use super::{Operation, operations};
use crate::access::cell::{counted, deleted, found, ok, rows};

pub(super) fn operations() -> Vec<Operation> {
    [reading(), managing(), granting()].concat()
}

fn reading() -> Vec<Operation> {
    operations! { Tenant:
        "Members::get" on "member": |cell| found(cell.tenant()?.members().get(cell.member()).await),
        "Members::list" of Application: |cell| rows(cell.tenant()?.members().list(200, None).await),
        "Members::count" of Application: |cell| counted(cell.tenant()?.members().count().await),
        "Members::leave" of Application: |cell| deleted(cell.tenant()?.members().leave().await),
    }
}

fn managing() -> Vec<Operation> {
    operations! { Tenant:
        "ManagedMembers::add" on "user": |cell| {
            ok(cell.admin()?.members().add(cell.member(), &["member"]).await)
        },
        "ManagedMembers::add" on "role": |cell| {
            let members = cell.admin()?.members();
            ok(members.add(cell.stage.stranger, &["member", cell.key()]).await)
        },
        "ManagedMembers::sign_up" on "address": |cell| {
            let new = NewUser::new(cell.signs_in_as().0.parse()?);
            ok(cell.admin()?.members().sign_up(new, &["member"]).await)
        },
        "ManagedMembers::sign_up" on "role": |cell| {
            let new = NewUser::new("new@users.test".parse()?);
            let members = cell.admin()?.members();
            ok(members.sign_up(new, &["member", cell.key()]).await)
        },
        "ManagedMembers::update" on "member": |cell| {
            let patch = MembershipPatch {
                email: Change::Set("at-work@users.test".parse()?),
                ..MembershipPatch::default()
            };
            ok(cell.admin()?.members().update(cell.member(), patch).await)
        },
        "ManagedMembers::remove" on "member": |cell| {
            deleted(cell.admin()?.members().remove(cell.member()).await)
        },
        "ManagedMembers::restore" on "member": |cell| {
            ok(cell.admin()?.members().restore(cell.member()).await)
        },
        "Owner::transfer_ownership" on "member": |cell| {
            ok(cell.owner()?.transfer_ownership(cell.member()).await)
        },
    }
}

fn granting() -> Vec<Operation> {
    operations! { Tenant:
        "ManagedMembers::set_roles" on "member": |cell| {
            ok(cell.admin()?.members().set_roles(cell.member(), &["admin"]).await)
        },
        "ManagedMembers::set_roles" on "role": |cell| {
            let member = cell.stage.own.team.member;
            ok(cell.admin()?.members().set_roles(member, &[cell.key()]).await)
        },
        "ManagedMembers::grant" on "member": |cell| {
            ok(cell.admin()?.members().grant(cell.member(), "admin").await)
        },
        "ManagedMembers::grant" on "role": |cell| {
            let member = cell.stage.own.team.member;
            ok(cell.admin()?.members().grant(member, cell.key()).await)
        },
        "ManagedMembers::revoke" on "member": |cell| {
            ok(cell.admin()?.members().revoke(cell.member(), "member").await)
        },
        "ManagedMembers::revoke" on "role": |cell| {
            let member = cell.stage.own.members.live.id;
            ok(cell.admin()?.members().revoke(member, cell.key()).await)
        },
    }
}
