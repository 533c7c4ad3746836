//! Loading what belongs to rows at hand: one query for all of them.

use sea_orm::{LoaderTrait, ModelTrait, Related};

use super::find::Find;
use super::join::MANY_TO_MANY;
use super::{Readable, Sees};
use crate::error::{Error, Result};

/// For each row its live related rows, in the order of the rows; one query.
pub(crate) async fn many<M, R, S>(scope: &S, rows: &[M]) -> Result<Vec<Vec<R::Model>>>
where
    M: ModelTrait + Sync,
    M::Entity: Related<R>,
    R: Readable,
    S: Sees<R::Ownership>,
{
    direct::<M, R>()?;
    let select = Find::<R, S>::new(scope.clone()).walled()?;
    #[expect(clippy::disallowed_methods, reason = "the door: the select is walled")]
    let loaded = rows.load_many(select, &scope.db().own()).await?;
    Ok(loaded)
}

/// For each row its live related row or `None`, in the order of the rows; one query.
pub(crate) async fn one<M, R, S>(scope: &S, rows: &[M]) -> Result<Vec<Option<R::Model>>>
where
    M: ModelTrait + Sync,
    M::Entity: Related<R>,
    R: Readable,
    S: Sees<R::Ownership>,
{
    direct::<M, R>()?;
    let select = Find::<R, S>::new(scope.clone()).walled()?;
    #[expect(clippy::disallowed_methods, reason = "the door: the select is walled")]
    let loaded = rows.load_one(select, &scope.db().own()).await?;
    Ok(loaded)
}

/// A table between the two would be read without walls.
fn direct<M, R>() -> Result<()>
where
    M: ModelTrait,
    M::Entity: Related<R>,
    R: Readable,
{
    match M::Entity::via() {
        Some(_) => Err(Error::invalid("relation", MANY_TO_MANY)),
        None => Ok(()),
    }
}
