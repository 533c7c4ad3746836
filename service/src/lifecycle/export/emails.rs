//! Mail that the user sent, received or holds.

use entity::{email_recipients, emails};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, Value};
use serde_json::{Value as Json, json};
use tokio::io::AsyncWrite;
use uuid::Uuid;

use super::document::Document;
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::sql::Col::{self, Id};
use crate::lifecycle::sql::{Sql, keys};
use crate::scope::{Across, Find};

const KEY: &[Col] = &[Id("application_id"), Id("id")];
/// Ids looked at in one query.
const STRETCH: i64 = 5000;
/// Each may be of several MiB.
const FEW: usize = 20;

pub(super) async fn write<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
) -> Result<()> {
    let mut after: Option<Vec<Value>> = None;
    loop {
        let end = beyond(
            Sql::new("SELECT application_id, id FROM emails e"),
            " WHERE ",
            after.as_ref(),
        );
        let end = end.text(&format!(
            " ORDER BY application_id, id LIMIT 1 OFFSET {}",
            STRETCH - 1
        ));
        let end = keys(KEY, &end.all(db).await?)?.pop();
        let theirs = stretch(db, person, after.as_ref(), end.as_ref()).await?;
        for few in theirs.chunks(FEW) {
            some(db, person, document, few).await?;
        }
        if end.is_none() {
            return Ok(());
        }
        after = end;
    }
}

/// The keys of the user's mail after the one and up to the other: by sender and recipient no index of all applications
/// finds it.
async fn stretch(
    db: &Db,
    person: &Person,
    after: Option<&Vec<Value>>,
    end: Option<&Vec<Value>>,
) -> Result<Vec<Vec<Value>>> {
    let mut sql = Sql::new(
        "SELECT e.application_id AS application_id, e.id AS id FROM emails e WHERE (e.user_id = ",
    )
    .bind(person.id);
    if !person.addresses.is_empty() {
        let all = || person.addresses.iter().cloned();
        sql = sql
            .text(" OR e.from_address IN ")
            .list(all())
            .text(" OR EXISTS (SELECT 1 FROM email_recipients r WHERE r.application_id = e.application_id AND r.email_id = e.id AND r.address IN ")
            .list(all())
            .text(")");
    }
    if !person.held.is_empty() {
        let held: Vec<Vec<Value>> = person
            .held
            .iter()
            .map(|held| vec![held.application_id.into(), held.id.into()])
            .collect();
        sql = sql
            .text(" OR (e.application_id, e.mailbox_id) IN ")
            .rows(&held);
    }
    sql = beyond(sql.text(")"), " AND ", after);
    if let Some(end) = end {
        sql = sql
            .text(" AND (e.application_id, e.id) <= ")
            .list(end.iter().cloned());
    }
    let sql = sql.text(" ORDER BY e.application_id, e.id");
    keys(KEY, &sql.all(db).await?)
}

fn beyond(sql: Sql, and: &str, after: Option<&Vec<Value>>) -> Sql {
    match after {
        None => sql,
        Some(after) => sql
            .text(&format!("{and}(e.application_id, e.id) > "))
            .list(after.iter().cloned()),
    }
}

async fn some<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
    few: &[Vec<Value>],
) -> Result<()> {
    let across = || Across { db: db.clone() };
    let these = |application: Expr, id: Expr| {
        let keys = few
            .iter()
            .map(|key| Expr::tuple(key.iter().cloned().map(Expr::value)));
        Condition::all().add(Expr::tuple([application, id]).is_in(keys))
    };
    let mail = Find::<emails::Entity, _>::new(across())
        .with_deleted()
        .filter(these(
            emails::Column::ApplicationId.into_expr(),
            emails::Column::Id.into_expr(),
        ))
        .order_by(emails::Column::ApplicationId, sea_orm::Order::Asc)
        .order_by(emails::Column::Id, sea_orm::Order::Asc)
        .all()
        .await?;
    let own = Find::<email_recipients::Entity, _>::new(across())
        .filter(these(
            email_recipients::Column::ApplicationId.into_expr(),
            email_recipients::Column::EmailId.into_expr(),
        ))
        .filter(email_recipients::Column::Address.is_in(person.addresses.iter().cloned()))
        .order_by(email_recipients::Column::Kind, sea_orm::Order::Asc)
        .all()
        .await?;
    for email in mail {
        let key: (Uuid, Uuid) = (email.application_id, email.id);
        let recipients = own
            .iter()
            .filter(|row| (row.application_id, row.email_id) == key);
        let recipients: Vec<_> = recipients
            .map(|row| json!({"kind": row.kind, "address": row.address}))
            .collect();
        document.item(&item(email, &recipients, person)).await?;
    }
    Ok(())
}

fn item(email: emails::Model, recipients: &[Json], person: &Person) -> Json {
    json!({
        "application_id": email.application_id,
        "id": email.id,
        "thread_id": email.thread_id,
        "mailbox_id": email.mailbox_id,
        "from_address": Some(email.from_address).filter(|from| person.is_address(from)),
        "recipients": recipients,
        "subject": email.subject,
        "body": email.body,
        "body_html": email.body_html,
        "sent_at": email.sent_at,
        "received_at": email.received_at,
        "created_at": email.created_at,
        "deleted_at": email.deleted_at,
    })
}
