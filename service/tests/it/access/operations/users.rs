//! On users.

use service::{Change, Error, ImportedUser, NewUser, UserPatch};

use super::{Operation, operations};
use crate::access::cell::{counted, deleted, found, ok, rows};

pub(super) fn operations() -> Vec<Operation> {
    operations! { Everything:
        "Users::create" on "address": |cell| {
            let new = NewUser::new(cell.signs_in_as().0.parse()?);
            ok(cell.db.users().create(new).await)
        },
        "Users::create" on "username": |cell| {
            let new = NewUser {
                username: Some(cell.signs_in_as().1.parse()?),
                ..NewUser::new("new@users.test".parse()?)
            };
            ok(cell.db.users().create(new).await)
        },
        "Users::import" on "address": |cell| {
            let new = NewUser::new(cell.signs_in_as().0.parse()?);
            let done = cell.db.users().import(&[ImportedUser::new(new)]).await?;
            match done.taken.first() {
                Some(taken) => Err(Error::conflict(taken.field).into()),
                None => counted(Ok(done.made.len() as u64)),
            }
        },
        "Users::get" on "user": |cell| found(cell.db.users().get(cell.user()).await),
        "Users::find_by_email" on "user": |cell| {
            let email = cell.signs_in_as().0.parse()?;
            found(cell.db.users().find_by_email(&email).await)
        },
        "Users::find_by_username" on "user": |cell| {
            let username = cell.signs_in_as().1.parse()?;
            found(cell.db.users().find_by_username(&username).await)
        },
        "Users::list" of Nothing: |cell| rows(cell.db.users().list(200, None).await),
        "Users::count" of Nothing: |cell| counted(cell.db.users().count().await),
        "Users::update" on "user": |cell| {
            let patch = UserPatch {
                name: Change::Set("New Name".parse()?),
                ..UserPatch::default()
            };
            ok(cell.db.users().update(cell.user(), patch).await)
        },
        "Users::update" on "username": |cell| {
            let patch = UserPatch {
                username: Change::Set(cell.signs_in_as().1.parse()?),
                ..UserPatch::default()
            };
            ok(cell.db.users().update(cell.stage.stranger, patch).await)
        },
        "Users::delete" on "user": |cell| deleted(cell.db.users().delete(cell.user()).await),
        "Users::restore" on "user": |cell| ok(cell.db.users().restore(cell.user()).await),
    }
}
