//! Mail that the user sent, received or holds.

use std::collections::BTreeSet;

use entity::{email_recipients, emails};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition};
use serde_json::{Value as Json, json};
use tokio::io::AsyncWrite;
use uuid::Uuid;

use super::document::Document;
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::lifecycle::sql::Col::{self, Id};
use crate::lifecycle::sql::Sql;
use crate::lifecycle::stretch::{Stretch, Stretches};
use crate::scope::{Across, Find};

const KEY: &[Col] = &[Id("application_id"), Id("id")];
/// Each may be of several MiB.
const FEW: usize = 20;

pub(super) async fn write<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
) -> Result<()> {
    let mut stretches = Stretches::new("emails", KEY);
    while let Some(stretch) = stretches.next(db).await? {
        for few in within(db, person, &stretch).await?.chunks(FEW) {
            some(db, person, document, few).await?;
        }
    }
    Ok(())
}

/// The keys of the user's mail in the stretch: by sender and recipient no index of all applications finds it.
async fn within(db: &Db, person: &Person, stretch: &Stretch) -> Result<Vec<(Uuid, Uuid)>> {
    let within = |sql: Sql, key: &str| stretch.within(sql.text(" AND "), key);
    let mut sql =
        Sql::new("SELECT application_id, id FROM emails WHERE (user_id = ").bind(person.id);
    if person.has_addresses() {
        sql = theirs(sql.text(" OR "), person, "from_address");
    }
    if !person.held.is_empty() {
        let held = person.held.iter().map(|held| held.id);
        // Whichever application has it: ids are one of a kind.
        sql = sql.text(" OR mailbox_id IN ").list(held);
    }
    let own = within(sql.text(")"), "application_id, id").all(db).await?;
    let mut found = BTreeSet::new();
    for row in own {
        found.insert((row.try_get("", "application_id")?, row.try_get("", "id")?));
    }
    if person.has_addresses() {
        let sql = Sql::new("SELECT application_id, email_id AS id FROM email_recipients WHERE ");
        let to = within(theirs(sql, person, "address"), "application_id, email_id");
        for row in to.all(db).await? {
            found.insert((row.try_get("", "application_id")?, row.try_get("", "id")?));
        }
    }
    Ok(found.into_iter().collect())
}

/// That the column is an address of the person in the application of the row.
fn theirs(sql: Sql, person: &Person, column: &str) -> Sql {
    let mut sql = sql.text("(");
    let mut or = "";
    let proved: Vec<_> = person.proved().cloned().collect();
    if !proved.is_empty() {
        sql = sql.text(&format!("{column} IN ")).list(proved);
        or = " OR ";
    }
    let local = person.local();
    if !local.is_empty() {
        sql = sql.text(&format!("{or}(application_id, {column}) IN "));
        sql = sql.rows(&local);
    }
    sql.text(")")
}

async fn some<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
    few: &[(Uuid, Uuid)],
) -> Result<()> {
    let across = || Across { db: db.clone() };
    let these = |application: Expr, id: Expr| {
        let keys = few.iter().map(|(application_id, id)| {
            Expr::tuple([Expr::value(*application_id), Expr::value(*id)])
        });
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
        .filter(email_recipients::Column::Address.is_in(person.addresses()))
        .order_by(email_recipients::Column::Kind, sea_orm::Order::Asc)
        .all()
        .await?;
    for email in mail {
        let key: (Uuid, Uuid) = (email.application_id, email.id);
        let recipients = own
            .iter()
            .filter(|row| (row.application_id, row.email_id) == key)
            .filter(|row| person.aliases(Some(key.0)).is_address(&row.address));
        let recipients: Vec<_> = recipients
            .map(|row| json!({"kind": row.kind, "address": row.address}))
            .collect();
        document.item(&item(email, &recipients, person)).await?;
    }
    Ok(())
}

fn item(email: emails::Model, recipients: &[Json], person: &Person) -> Json {
    let aliases = person.aliases(Some(email.application_id));
    let sent = email.user_id == Some(person.id);
    let own =
        |from: &String| aliases.is_address(from) || (sent && person.unproved.is_address(from));
    json!({
        "application_id": email.application_id,
        "id": email.id,
        "thread_id": email.thread_id,
        "mailbox_id": email.mailbox_id,
        "from_address": Some(email.from_address).filter(own),
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
