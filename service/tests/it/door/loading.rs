//! Loading what belongs to rows at hand: walled, and one statement for each level.

use std::collections::BTreeSet;

use entity::{
    application_memberships as memberships, client_users, clients, membership_roles,
    role_permissions, roles, users,
};
use sea_orm::sea_query::Order;

use super::relations::set;
use crate::billing::{invoice_lines, invoices};
use crate::world::{World, in_a_world};

async fn loading_is_walled_even_from_rows_of_another_tenant(world: World) {
    let theirs = world
        .b
        .tenant
        .find::<clients::Entity>()
        .with_deleted()
        .all()
        .await
        .expect("rows");
    let invoices = world
        .a
        .tenant
        .load_many::<invoices::Entity, _>(&theirs)
        .await
        .expect("rows");
    assert_eq!(invoices.len(), theirs.len());
    assert!(invoices.iter().all(Vec::is_empty));
    let assigned = world
        .a
        .tenant
        .load_many::<client_users::Entity, _>(&theirs)
        .await
        .expect("rows");
    assert!(assigned.iter().all(Vec::is_empty));
    let lines = world
        .b
        .tenant
        .find::<invoice_lines::Entity>()
        .all()
        .await
        .expect("rows");
    let above = world
        .a
        .tenant
        .load_one::<invoices::Entity, _>(&lines)
        .await
        .expect("rows");
    assert!(above.iter().all(Option::is_none));
}

async fn three_levels_are_loaded_in_three_statements_however_many_rows_there_are(world: World) {
    let tenant = &world.a.tenant;
    for n in 0..20 {
        crate::world::client(&world.db, world.a.id, &format!("More {n}"), false).await;
    }
    world.sent.take();
    // Clients, with their assigned members, with their users.
    let clients = tenant
        .find::<clients::Entity>()
        .order_by(clients::Column::Id, Order::Asc);
    let clients = clients.all().await.expect("rows");
    let assigned = tenant
        .load_many::<client_users::Entity, _>(&clients)
        .await
        .expect("rows");
    let flat: Vec<_> = assigned.iter().flatten().cloned().collect();
    let members = tenant
        .load_one::<memberships::Entity, _>(&flat)
        .await
        .expect("rows");
    let members: Vec<_> = members.into_iter().flatten().collect();
    let users = tenant
        .load_one::<users::Entity, _>(&members)
        .await
        .expect("rows");
    assert_eq!(world.sent.take().len(), 4);
    assert_eq!(clients.len(), 23);
    // Of (0, 0), (0, deleted), (1, 1) the membership of one is deleted.
    assert_eq!(
        assigned.iter().map(Vec::len).take(3).collect::<Vec<_>>(),
        [2, 1, 0]
    );
    let users: BTreeSet<_> = users.into_iter().flatten().map(|user| user.id).collect();
    assert_eq!(users, set(&world.a.users[..2]));

    // Members, with their roles, with their permissions.
    world.sent.take();
    let members = tenant
        .find::<memberships::Entity>()
        .all()
        .await
        .expect("rows");
    let assigned = tenant
        .load_many::<membership_roles::Entity, _>(&members)
        .await
        .expect("rows");
    let flat: Vec<_> = assigned.into_iter().flatten().collect();
    let roles = tenant
        .load_one::<roles::Entity, _>(&flat)
        .await
        .expect("rows");
    let roles: Vec<_> = roles.into_iter().flatten().collect();
    let permissions = tenant
        .load_many::<role_permissions::Entity, _>(&roles)
        .await
        .expect("rows");
    assert_eq!(world.sent.take().len(), 4);
    assert_eq!(
        roles.iter().map(|role| role.id).collect::<Vec<_>>(),
        [world.a.roles[0]]
    );
    assert_eq!(permissions.concat().len(), 1);
}

async fn loading_for_no_rows_is_an_empty_answer(world: World) {
    let none: &[clients::Model] = &[];
    let loaded = world
        .a
        .tenant
        .load_many::<client_users::Entity, _>(none)
        .await
        .expect("rows");
    assert!(loaded.is_empty());
}

in_a_world!(
    loading_is_walled_even_from_rows_of_another_tenant,
    three_levels_are_loaded_in_three_statements_however_many_rows_there_are,
    loading_for_no_rows_is_an_empty_answer,
);
