//! All that is stored about a person (GDPR, Articles 15 and 20).

mod document;
mod emails;
mod events;
mod memberships;
mod rows;

use entity::{
    client_users, clients, domains, invitations, mailboxes, sessions, user_passwords, users,
    verification_tokens,
};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Value as Json, json};
use tokio::io::AsyncWrite;
use uuid::Uuid;

use super::person::Person;
use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Find, Outside};
use document::Document;
use rows::Rows;

/// Changes with the shape of the document.
const VERSION: u32 = 1;

pub(super) async fn export<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    id: Uuid,
    out: &mut W,
) -> Result<()> {
    let outside = Outside { db: db.clone() };
    let user = recorded(&outside, async |outside| {
        let user = Find::<users::Entity, _>::new(outside.clone())
            .with_deleted()
            .filter(users::Column::Id.eq(id))
            .one()
            .await?;
        let user = user.ok_or(Error::NotFound)?;
        outside
            .db
            .record(Event::on::<users::Entity>(outside, "user.export", id))?;
        Ok(user)
    })
    .await?;
    let person = Person::find(db, &user).await?;
    let mut document = Document::begin(out).await?;
    document.member("format", &"aura.user".into()).await?;
    document.member("version", &VERSION.into()).await?;
    let now = json!(db.clock().now());
    document.member("exported_at", &now).await?;
    document.member("user", &json!(user)).await?;
    document
        .member("password", &password(db, id).await?)
        .await?;
    memberships::write(db, &person, &mut document).await?;
    own(db, id, &mut document).await?;
    to_address(db, &person, &mut document).await?;
    in_applications(db, &person, &mut document).await?;
    document.begin_list("emails").await?;
    emails::write(db, &person, &mut document).await?;
    document.end_list().await?;
    document.begin_list("audit_events").await?;
    events::write(db, &person, &mut document).await?;
    document.end_list().await?;
    document.end().await
}

/// That there is one, and since when.
async fn password(db: &Db, user_id: Uuid) -> Result<Json> {
    let row = Find::<user_passwords::Entity, _>::new(Outside { db: db.clone() })
        .filter(user_passwords::Column::UserId.eq(user_id))
        .one()
        .await?;
    Ok(row.map_or(
        Json::Null,
        |row| json!({"created_at": row.created_at, "updated_at": row.updated_at}),
    ))
}

async fn own<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    user_id: Uuid,
    document: &mut Document<'_, W>,
) -> Result<()> {
    let all = Condition::all;
    document.begin_list("sessions").await?;
    let theirs = all().add(sessions::Column::UserId.eq(user_id));
    Rows::<sessions::Entity>::new(db, theirs, &[sessions::Column::Id])
        .write(document, |row| {
            json!({
                "id": row.id,
                "application_id": row.application_id,
                "ip": row.ip,
                "user_agent": row.user_agent,
                "last_seen_at": row.last_seen_at,
                "expires_at": row.expires_at,
                "revoked_at": row.revoked_at,
                "rotated_at": row.rotated_at,
                "created_at": row.created_at,
            })
        })
        .await?;
    document.end_list().await?;
    document.begin_list("verification_tokens").await?;
    let theirs = all().add(verification_tokens::Column::UserId.eq(user_id));
    Rows::<verification_tokens::Entity>::new(db, theirs, &[verification_tokens::Column::Id])
        .write(document, |row| {
            json!({
                "id": row.id,
                "purpose": row.purpose,
                "email": row.email,
                "payload": row.payload,
                "expires_at": row.expires_at,
                "consumed_at": row.consumed_at,
                "revoked_at": row.revoked_at,
                "created_at": row.created_at,
            })
        })
        .await?;
    document.end_list().await
}

async fn to_address<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
) -> Result<()> {
    let key = [invitations::Column::ApplicationId, invitations::Column::Id];
    document.begin_list("invitations").await?;
    let mut to = Condition::any().add(invitations::Column::Email.is_in(person.proved().cloned()));
    let within = person.local();
    // Where no address is known to be the user's, all would be read to find nothing.
    let known = !within.is_empty() || person.proved().next().is_some();
    if !within.is_empty() {
        let place = Expr::tuple([
            invitations::Column::ApplicationId.into_expr(),
            invitations::Column::Email.into_expr(),
        ]);
        let within = within.into_iter();
        to = to.add(place.is_in(within.map(|row| Expr::tuple(row.into_iter().map(Expr::value)))));
    }
    if known {
        Rows::<invitations::Entity>::new(db, to, &key)
            .write(document, |row| {
                json!({
                    "application_id": row.application_id,
                    "id": row.id,
                    "email": row.email,
                    "expires_at": row.expires_at,
                    "accepted_at": row.accepted_at,
                    "revoked_at": row.revoked_at,
                    "created_at": row.created_at,
                })
            })
            .await?;
    }
    document.end_list().await?;
    // Whom they are for is the others' own.
    document.begin_list("invitations_sent").await?;
    let by = invitations::Column::InvitedBy.eq(person.id);
    Rows::<invitations::Entity>::new(db, Condition::all().add(by), &key)
        .write(document, |row| id_of(row.application_id, row.id))
        .await?;
    document.end_list().await
}

async fn in_applications<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
) -> Result<()> {
    let all = Condition::all;
    document.begin_list("clients_assigned").await?;
    for application_id in &person.applications {
        let theirs = all()
            .add(client_users::Column::ApplicationId.eq(*application_id))
            .add(client_users::Column::UserId.eq(person.id));
        Rows::<client_users::Entity>::new(db, theirs, &[client_users::Column::ClientId])
            .write(document, |row| id_of(row.application_id, row.client_id))
            .await?;
    }
    document.end_list().await?;
    document.begin_list("clients_created").await?;
    let key = [clients::Column::ApplicationId, clients::Column::Id];
    let theirs = all().add(clients::Column::CreatedBy.eq(person.id));
    Rows::<clients::Entity>::new(db, theirs, &key)
        .write(document, |row| id_of(row.application_id, row.id))
        .await?;
    document.end_list().await?;
    document.begin_list("domains_created").await?;
    let key = [domains::Column::ApplicationId, domains::Column::Id];
    let theirs = all().add(domains::Column::CreatedBy.eq(person.id));
    Rows::<domains::Entity>::new(db, theirs, &key)
        .write(document, |row| id_of(row.application_id, row.id))
        .await?;
    document.end_list().await?;
    document.begin_list("mailboxes").await?;
    for application_id in &person.applications {
        let theirs = all()
            .add(mailboxes::Column::ApplicationId.eq(*application_id))
            .add(mailboxes::Column::UserId.eq(person.id));
        Rows::<mailboxes::Entity>::new(db, theirs, &[mailboxes::Column::Id])
            .write(document, |row| json!(row))
            .await?;
    }
    document.end_list().await
}

fn id_of(application_id: Uuid, id: Uuid) -> Json {
    json!({"application_id": application_id, "id": id})
}
