//! Which members look after which clients.

use std::collections::HashMap;

use entity::{application_memberships, client_users, clients, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, Order};
use uuid::Uuid;

use crate::audit::{Event, recorded};
use crate::error::{Error, Result};
use crate::scope::{Find, InTenant, among, exists, insert_if_absent, remove};
use crate::users::User;

/// As many as a page holds.
const MOST: usize = 200;

pub(super) async fn assign(scope: &InTenant, client_id: Uuid, user_id: Uuid) -> Result<bool> {
    let row = client_users::ActiveModel {
        client_id: Set(client_id),
        user_id: Set(user_id),
        ..Default::default()
    };
    recorded(scope, async |scope| {
        if insert_if_absent::<client_users::Entity, _>(scope, row)
            .await?
            .is_some()
        {
            scope
                .db
                .record(event(scope, "client.assign", client_id, user_id))?;
            return Ok(true);
        }
        if live(scope).filter(of(client_id, user_id)).exists().await? {
            Ok(false)
        } else {
            Err(Error::NotFound)
        }
    })
    .await
}

pub(super) async fn unassign(scope: &InTenant, client_id: Uuid, user_id: Uuid) -> Result<bool> {
    recorded(scope, async |scope| {
        // What is assigned of a deleted client stays, for its return.
        let client = exists::<client_users::Entity, clients::Entity>(scope, Condition::all())
            .map_err(|fault| Error::invalid("relation", fault))?;
        let this = of(client_id, user_id).add(client);
        if remove::<client_users::Entity, _>(scope, this).await? > 0 {
            scope
                .db
                .record(event(scope, "client.unassign", client_id, user_id))?;
            return Ok(true);
        }
        let client = Find::<clients::Entity, _>::new(scope.clone())
            .filter(clients::Column::Id.eq(client_id));
        if client.exists().await? {
            Ok(false)
        } else {
            Err(Error::NotFound)
        }
    })
    .await
}

fn event(scope: &InTenant, action: &'static str, client_id: Uuid, user_id: Uuid) -> Event {
    Event::on::<clients::Entity>(scope, action, client_id).with("user_id", user_id.to_string())
}

pub(super) async fn assigned(scope: &InTenant, client_ids: &[Uuid]) -> Result<Vec<Vec<User>>> {
    if client_ids.len() > MOST {
        return Err(Error::invalid(
            "client_ids",
            format!("has {}: it takes {MOST} at most", client_ids.len()),
        ));
    }
    if client_ids.is_empty() {
        return Ok(Vec::new());
    }
    let of_clients =
        || Condition::all().add(client_users::Column::ClientId.is_in(client_ids.iter().copied()));
    let pairs = live(scope)
        .filter(of_clients())
        .order_by(client_users::Column::UserId, Order::Asc)
        .all()
        .await?;
    // By the clients again and not by the users found, of whom there may be more than a statement takes parameters.
    let users = || {
        let members =
            among::<application_memberships::Entity, client_users::Entity>(scope, of_clients())?;
        let members = Condition::all().add(members);
        among::<users::Entity, application_memberships::Entity>(scope, members)
    };
    let users = Find::<users::Entity, _>::new(scope.clone())
        .filter(users().map_err(|fault| Error::invalid("relation", fault))?)
        .all()
        .await?;
    let users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    let mut by_client: HashMap<Uuid, Vec<User>> = HashMap::new();
    for pair in pairs {
        if let Some(user) = users.get(&pair.user_id) {
            by_client
                .entry(pair.client_id)
                .or_default()
                .push(user.clone());
        }
    }
    Ok(client_ids
        .iter()
        .map(|id| by_client.get(id).cloned().unwrap_or_default())
        .collect())
}

fn of(client_id: Uuid, user_id: Uuid) -> Condition {
    Condition::all()
        .add(client_users::Column::ClientId.eq(client_id))
        .add(client_users::Column::UserId.eq(user_id))
}

/// What is assigned of live clients to live members.
fn live(scope: &InTenant) -> Find<client_users::Entity, InTenant> {
    Find::<client_users::Entity, _>::new(scope.clone())
        .has::<clients::Entity>(Condition::all())
        .has::<application_memberships::Entity>(Condition::all())
}
