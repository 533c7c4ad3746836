//! On the roles of an application.

use service::{Change, NewRole, RolePatch};

use super::{Operation, operations};
use crate::access::cell::{counted, deleted, found, ok, rows};

pub(super) fn operations() -> Vec<Operation> {
    [reading(), managing()].concat()
}

fn reading() -> Vec<Operation> {
    operations! { Tenant:
        "Roles::get" on "role": |cell| found(cell.tenant()?.roles().get(cell.role()).await),
        "Roles::find_by_key" on "role": |cell| {
            found(cell.tenant()?.roles().find_by_key(&cell.role_key()).await)
        },
        "Roles::list" of Application: |cell| rows(cell.tenant()?.roles().list(200, None).await),
        "Roles::count" of Application: |cell| counted(cell.tenant()?.roles().count().await),
    }
}

fn managing() -> Vec<Operation> {
    operations! { Tenant:
        "ManagedRoles::create" on "key": |cell| {
            let new = NewRole {
                key: cell.role_key(),
                name: "New".parse()?,
                description: None,
                permissions: vec!["clients.read".parse()?],
            };
            ok(cell.admin()?.roles().create(new).await)
        },
        "ManagedRoles::update" on "role": |cell| {
            let patch = RolePatch {
                description: Change::Set("A new description".parse()?),
                ..RolePatch::default()
            };
            ok(cell.admin()?.roles().update(cell.role(), patch).await)
        },
        "ManagedRoles::grant" on "role": |cell| {
            let permission = "clients.write".parse()?;
            ok(cell.admin()?.roles().grant(cell.role(), permission).await)
        },
        "ManagedRoles::revoke" on "role": |cell| {
            let permission = "clients.read".parse()?;
            ok(cell.admin()?.roles().revoke(cell.role(), &permission).await)
        },
        "ManagedRoles::delete" on "role": |cell| {
            deleted(cell.admin()?.roles().delete(cell.role()).await)
        },
        "ManagedRoles::restore" on "role": |cell| {
            ok(cell.admin()?.roles().restore(cell.role()).await)
        },
    }
}
