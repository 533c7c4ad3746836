//! Finding what a command is about, by what people know it by.

use std::str::FromStr;

use entity::{applications, users};
use sea_orm::{ColumnTrait as _, Condition};
use service::{Application, Db, Email, PublicId, Result as ServiceResult, Slug, User};
use uuid::Uuid;

use crate::failure::Failure;

/// Which rows count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Life {
    Live,
    Deleted,
    /// A live one first.
    Any,
}

/// A user, as the command line names one.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Id(Uuid),
    Email(Email),
}

impl FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let email = text.parse().map(Self::Email);
        email.map_err(|error| format!("neither an id nor an e-mail address: {error}"))
    }
}

/// An application, as the command line names one.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    Id(Uuid),
    /// Its public id or its slug: one text can be both, of two applications.
    Named(Option<PublicId>, Option<Slug>, String),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        match (text.parse().ok(), text.parse().ok()) {
            (None, None) => Err("neither an id nor a public id nor a slug".to_owned()),
            (public_id, slug) => Ok(Self::Named(public_id, slug, text.to_owned())),
        }
    }
}

/// The user.
pub(crate) async fn user(db: &Db, who: &Who, life: Life) -> Result<User, Failure> {
    let (condition, described) = match who {
        Who::Id(id) => (users::Column::Id.eq(*id), format!("the id {id}")),
        Who::Email(email) => (
            users::Column::Email.eq(email.as_str()),
            format!("the address {email}"),
        ),
    };
    let rows = async |deleted| {
        let find = db.find::<users::Entity>().filter(condition.clone());
        let find = if deleted { find.only_deleted() } else { find };
        find.all().await
    };
    chosen(life, "user", &described, |user: &User| user.id, rows).await
}

/// The application.
pub(crate) async fn application(
    db: &Db,
    which: &Which,
    life: Life,
) -> Result<Application, Failure> {
    let (condition, described) = match which {
        Which::Id(id) => (
            Condition::any().add(applications::Column::Id.eq(*id)),
            format!("the id {id}"),
        ),
        Which::Named(public_id, slug, text) => {
            let public_id = public_id.as_ref().map(PublicId::as_str);
            let slug = slug.as_ref().map(Slug::as_str);
            let either = Condition::any()
                .add_option(public_id.map(|id| applications::Column::PublicId.eq(id)))
                .add_option(slug.map(|slug| applications::Column::Slug.eq(slug)));
            (either, format!("the public id or slug {text}"))
        }
    };
    let rows = async |deleted| {
        let find = db.find::<applications::Entity>().filter(condition.clone());
        let find = if deleted { find.only_deleted() } else { find };
        find.all().await
    };
    let id = |application: &Application| application.id;
    chosen(life, "application", &described, id, rows).await
}

/// The one row that is meant. `rows` gives the live ones, or the deleted ones.
async fn chosen<T>(
    life: Life,
    what: &str,
    described: &str,
    id: impl Fn(&T) -> Uuid,
    rows: impl AsyncFn(bool) -> ServiceResult<Vec<T>>,
) -> Result<T, Failure> {
    let only = |mut found: Vec<T>| match (found.len(), found.pop()) {
        (_, None) => Ok(None),
        (1, one) => Ok(one),
        (several, Some(last)) => {
            let ids: Vec<_> = found
                .iter()
                .chain([&last])
                .map(|row| id(row).to_string())
                .collect();
            Err(Failure::Refused(format!(
                "{several} {what}s have {described}: name one by its id ({})",
                ids.join(", ")
            )))
        }
    };
    if life != Life::Deleted
        && let Some(live) = only(rows(false).await?)?
    {
        return Ok(live);
    }
    let deleted = rows(true).await?;
    if life == Life::Live && !deleted.is_empty() {
        return Err(Failure::NotFound(format!(
            "the {what} with {described} is deleted: `aura {what} restore` brings it back"
        )));
    }
    if let Some(deleted) = only(deleted)? {
        return Ok(deleted);
    }
    if life == Life::Deleted && !rows(false).await?.is_empty() {
        return Err(Failure::Refused(format!(
            "the {what} with {described} is not deleted"
        )));
    }
    Err(Failure::NotFound(format!("no {what} has {described}")))
}
