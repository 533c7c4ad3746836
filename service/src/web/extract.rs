//! Who is signed in, and which tenant the request is for.

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::{Rejection, Web, cookie, same_origin};
use crate::error::Error;
use crate::scope::Tenant;
use crate::sessions::{Session, SignedIn};

/// What the first extractor of a request found. No other code can put it there.
#[derive(Clone)]
struct Found(SignedIn);

/// Who carries the request's cookie; one query for each request, however many extractors ask.
async fn signed_in<S>(parts: &mut Parts, state: &S) -> Result<SignedIn, Rejection>
where
    Web: FromRef<S>,
{
    if let Some(Found(found)) = parts.extensions.get() {
        return Ok(found.clone());
    }
    let web = Web::from_ref(state);
    same_origin::check(&web, &parts.method, &parts.headers)?;
    let token = cookie::value(&parts.headers, web.cookie_name()).ok_or(Rejection::SignedOut)?;
    let found = match web.db().sessions().resolve(token).await {
        Ok(found) => found,
        Err(Error::InvalidToken) => return Err(Rejection::SignedOut),
        Err(error) => return Err(Rejection::Failed(error)),
    };
    parts.extensions.insert(Found(found.clone()));
    Ok(found)
}

/// Whoever carries the cookie of a live session; a request that changes something comes from a page of the service's own.
impl<S> FromRequestParts<S> for SignedIn
where
    Web: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        signed_in(parts, state).await
    }
}

/// `None`: nobody is signed in.
impl<S> OptionalFromRequestParts<S> for SignedIn
where
    Web: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match signed_in(parts, state).await {
            Ok(found) => Ok(Some(found)),
            Err(Rejection::SignedOut) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// The session of whoever is signed in.
impl<S> FromRequestParts<S> for Session
where
    Web: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        Ok(signed_in(parts, state).await?.session)
    }
}

/// The application that the session has open, as its user sees it.
impl<S> FromRequestParts<S> for Tenant
where
    Web: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let found = signed_in(parts, state).await?;
        found.tenant.ok_or(Rejection::NoApplication)
    }
}
