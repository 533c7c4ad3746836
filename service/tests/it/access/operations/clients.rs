//! On the clients of an application.

use service::{Change, ClientFilter, ClientOrder, ClientPatch, NewClient};

use super::{Operation, operations};
use crate::access::cell::{changed, counted, deleted, found, ok, rows};

pub(super) fn operations() -> Vec<Operation> {
    [reading(), writing(), assigning()].concat()
}

fn reading() -> Vec<Operation> {
    operations! { Tenant:
        "Clients::get" on "client": |cell| found(cell.tenant()?.clients().get(cell.client()).await),
        "Clients::list" of Application: |cell| {
            let all = ClientFilter::default();
            rows(cell.tenant()?.clients().list(&all, ClientOrder::Id, 200, None).await)
        },
        "Clients::list" on "assigned member": |cell| {
            let theirs = ClientFilter {
                assigned_to: Some(cell.member()),
                ..ClientFilter::default()
            };
            rows(cell.tenant()?.clients().list(&theirs, ClientOrder::Name, 200, None).await)
        },
        "Clients::count" of Application: |cell| {
            counted(cell.tenant()?.clients().count(&ClientFilter::default()).await)
        },
        "Clients::count" on "assigned member": |cell| {
            let theirs = ClientFilter {
                assigned_to: Some(cell.member()),
                ..ClientFilter::default()
            };
            counted(cell.tenant()?.clients().count(&theirs).await)
        },
        "Clients::assigned" on "client": |cell| {
            let assigned = cell.tenant()?.clients().assigned(&[cell.client()]).await?;
            counted(Ok(assigned.iter().flatten().count() as u64))
        },
    }
}

fn writing() -> Vec<Operation> {
    operations! { Tenant:
        "Clients::create" of Application: |cell| {
            ok(cell.tenant()?.clients().create(NewClient::new("New".parse()?)).await)
        },
        "Clients::update" on "client": |cell| {
            let patch = ClientPatch {
                phone: Change::Set("+1 555 0100".parse()?),
                ..ClientPatch::default()
            };
            ok(cell.tenant()?.clients().update(cell.client(), patch).await)
        },
        "Clients::delete" on "client": |cell| {
            deleted(cell.tenant()?.clients().delete(cell.client()).await)
        },
        "Clients::restore" on "client": |cell| {
            ok(cell.tenant()?.clients().restore(cell.client()).await)
        },
    }
}

fn assigning() -> Vec<Operation> {
    operations! { Tenant:
        "Clients::assign" on "client": |cell| {
            let member = cell.stage.own.team.member;
            changed(cell.tenant()?.clients().assign(cell.client(), member).await)
        },
        "Clients::assign" on "member": |cell| {
            let client = cell.stage.own.clients.live.id;
            changed(cell.tenant()?.clients().assign(client, cell.member()).await)
        },
        "Clients::unassign" on "client": |cell| {
            let member = cell.stage.own.members.live.id;
            changed(cell.tenant()?.clients().unassign(cell.client(), member).await)
        },
        "Clients::unassign" on "member": |cell| {
            let client = cell.stage.own.clients.live.id;
            changed(cell.tenant()?.clients().unassign(client, cell.member()).await)
        },
    }
}
