//! The clients of the application that is open. No handler asks whose they are: a `Tenant` has no others.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use service::web::{Input, InputQuery};
use service::{
    Client, ClientFilter, ClientOrder, ClientPatch, Cursor, Error, NewClient, Page, Result, Tenant,
};
use uuid::Uuid;

use super::shown;

#[derive(Serialize)]
pub(super) struct Shown {
    id: Uuid,
    name: String,
    email: Option<String>,
    phone: Option<String>,
}

impl From<Client> for Shown {
    fn from(client: Client) -> Self {
        Self {
            id: client.id,
            name: client.name,
            email: client.email,
            phone: client.phone,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    text: Option<String>,
    limit: Option<u64>,
    /// `next` of the page before.
    cursor: Option<Cursor>,
}

pub(super) async fn list(
    tenant: Tenant,
    InputQuery(asked): InputQuery<Asked>,
) -> Result<Json<Page<Shown>>> {
    let filter = ClientFilter {
        text: asked.text,
        ..ClientFilter::default()
    };
    let limit = asked.limit.unwrap_or(50);
    let clients = tenant.clients();
    let page = clients.list(&filter, ClientOrder::Name, limit, asked.cursor.as_ref());
    Ok(shown(page.await?, Shown::from))
}

pub(super) async fn create(
    tenant: Tenant,
    Input(new): Input<NewClient>,
) -> Result<(StatusCode, Json<Shown>)> {
    let client = tenant.clients().create(new).await?;
    Ok((StatusCode::CREATED, Json(client.into())))
}

pub(super) async fn get(tenant: Tenant, Path(id): Path<String>) -> Result<Json<Shown>> {
    let client = tenant.clients().get(read(&id)?).await?;
    Ok(Json(client.ok_or(Error::NotFound)?.into()))
}

pub(super) async fn update(
    tenant: Tenant,
    Path(id): Path<String>,
    Input(patch): Input<ClientPatch>,
) -> Result<Json<Shown>> {
    let client = tenant.clients().update(read(&id)?, patch).await?;
    Ok(Json(client.into()))
}

pub(super) async fn delete(tenant: Tenant, Path(id): Path<String>) -> Result<StatusCode> {
    tenant.clients().delete(read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no id is the id of nothing.
fn read(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::NotFound)
}
