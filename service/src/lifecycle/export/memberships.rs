//! The applications that the user is or was a member of, and as what.

use std::collections::HashMap;

use entity::{application_memberships, applications, membership_roles, roles};
use sea_orm::{ColumnTrait, Condition};
use serde_json::json;
use tokio::io::AsyncWrite;

use super::document::Document;
use super::rows::Rows;
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::person::Person;
use crate::scope::{Across, Find};

pub(super) async fn write<W: AsyncWrite + Unpin + Send>(
    db: &Db,
    person: &Person,
    document: &mut Document<'_, W>,
) -> Result<()> {
    document.begin_list("memberships").await?;
    let key = [application_memberships::Column::ApplicationId];
    let theirs = Condition::all().add(application_memberships::Column::UserId.eq(person.id));
    let mut rows = Rows::<application_memberships::Entity>::new(db, theirs, &key);
    loop {
        let page = rows.next().await?;
        if page.is_empty() {
            return document.end_list().await;
        }
        let ids: Vec<_> = page.iter().map(|row| row.application_id).collect();
        let across = || Across { db: db.clone() };
        let applications = Find::<applications::Entity, _>::new(across())
            .with_deleted()
            .filter(applications::Column::Id.is_in(ids.iter().copied()))
            .all()
            .await?;
        let applications: HashMap<_, _> = applications
            .into_iter()
            .map(|application| (application.id, application))
            .collect();
        let held = Find::<membership_roles::Entity, _>::new(across())
            .filter(membership_roles::Column::ApplicationId.is_in(ids.iter().copied()))
            .filter(membership_roles::Column::UserId.eq(person.id))
            .all()
            .await?;
        let named = Find::<roles::Entity, _>::new(across())
            .with_deleted()
            .filter(roles::Column::ApplicationId.is_in(ids.iter().copied()))
            .filter(roles::Column::Id.is_in(held.iter().map(|held| held.role_id)))
            .all()
            .await?;
        for row in page {
            let mut keys: Vec<_> = held
                .iter()
                .filter(|held| held.application_id == row.application_id)
                .filter_map(|held| {
                    let role = named.iter().find(|role| {
                        role.application_id == held.application_id && role.id == held.role_id
                    });
                    role.map(|role| role.key.as_str())
                })
                .collect();
            keys.sort_unstable();
            let application = applications.get(&row.application_id);
            let item = json!({
                "application": application.map(|application| json!({
                    "id": application.id,
                    "public_id": application.public_id,
                    "slug": application.slug,
                    "name": application.name,
                })),
                "email": row.email,
                "roles": keys,
                "created_at": row.created_at,
                "updated_at": row.updated_at,
                "deleted_at": row.deleted_at,
            });
            document.item(&item).await?;
        }
    }
}
