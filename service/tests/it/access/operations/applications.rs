//! On applications, and the ways into one.

use service::{ApplicationPatch, Change};

use super::{Operation, operations};
use crate::access::cell::{Cell, counted, deleted, found, ok, rows};
use crate::people::new_application;

pub(super) fn operations() -> Vec<Operation> {
    [on_the_whole(), entrances(), inside()].concat()
}

fn patch() -> ApplicationPatch {
    ApplicationPatch {
        description: Change::Set("A new description".parse().expect("a text")),
        ..ApplicationPatch::default()
    }
}

/// The patch that gives the row's slug to another application.
fn slug_of(cell: &Cell<'_>) -> ApplicationPatch {
    ApplicationPatch {
        slug: Some(cell.called().1.parse().expect("a slug")),
        ..ApplicationPatch::default()
    }
}

fn on_the_whole() -> Vec<Operation> {
    operations! { Everything:
        "Applications::create" on "owner": |cell| {
            let new = new_application("new");
            ok(cell.db.applications().create(cell.user(), new).await)
        },
        "Applications::create" on "slug": |cell| {
            let new = new_application(cell.called().1);
            ok(cell.db.applications().create(cell.stage.stranger, new).await)
        },
        "Applications::create" on "public id": |cell| {
            let mut new = new_application("new");
            new.public_id = Some(cell.called().0.parse()?);
            ok(cell.db.applications().create(cell.stage.stranger, new).await)
        },
        "Applications::get" on "application": |cell| {
            found(cell.db.applications().get(cell.application()).await)
        },
        "Applications::find_by_public_id" on "application": |cell| {
            let public_id = cell.called().0.parse()?;
            found(cell.db.applications().find_by_public_id(&public_id).await)
        },
        "Applications::find_by_slug" on "application": |cell| {
            let slug = cell.called().1.parse()?;
            found(cell.db.applications().find_by_slug(&slug).await)
        },
        "Applications::list" of Nothing: |cell| rows(cell.db.applications().list(200, None).await),
        "Applications::list_for_user" on "user": |cell| {
            rows(cell.db.applications().list_for_user(cell.user(), 200, None).await)
        },
        "Applications::list_for_user" on "member": |cell| {
            rows(cell.db.applications().list_for_user(cell.member(), 200, None).await)
        },
        "Applications::count" of Nothing: |cell| counted(cell.db.applications().count().await),
        "Applications::update" on "application": |cell| {
            ok(cell.db.applications().update(cell.application(), patch()).await)
        },
        "Applications::delete" on "application": |cell| {
            deleted(cell.db.applications().delete(cell.application()).await)
        },
        "Applications::restore" on "application": |cell| {
            ok(cell.db.applications().restore(cell.application()).await)
        },
        "Db::system" on "application": |cell| {
            ok(cell.db.system(cell.application(), "a test").await)
        },
    }
}

fn entrances() -> Vec<Operation> {
    operations! { Entrance:
        "Db::tenant" on "application": |cell| {
            let user_id = cell.actor.expect("somebody enters").id(cell.stage);
            ok(cell.db.tenant(user_id, cell.application()).await)
        },
    }
}

fn inside() -> Vec<Operation> {
    operations! { Tenant:
        "Tenant::application" of Application: |cell| ok(cell.tenant()?.application().await),
        "Admin::update_application" of Application: |cell| {
            ok(cell.admin()?.update_application(patch()).await)
        },
        "Admin::update_application" on "slug": |cell| {
            ok(cell.admin()?.update_application(slug_of(cell)).await)
        },
        "Owner::delete_application" of Application: |cell| {
            deleted(cell.owner()?.delete_application().await)
        },
    }
}
