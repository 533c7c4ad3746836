//! Input that is valid.

use axum_core::extract::{FromRequest, FromRequestParts, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::InputRejection;
use crate::input::{from_json, from_query};

/// The body, read from JSON by [`input::from_json`](crate::input::from_json): what is wrong with it is told field by field,
/// all at once. It is at most as long as the router's `DefaultBodyLimit` says: 2 MB where it says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Input<T>(pub T);

impl<T, S> FromRequest<S> for Input<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = InputRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, InputRejection> {
        if !is_json(request.headers()) {
            return Err(InputRejection::NotJson);
        }
        let body = String::from_request(request, state)
            .await
            .map_err(InputRejection::Unreadable)?;
        Ok(Self(from_json(body.as_bytes())?))
    }
}

/// The query of the URL, read by [`input::from_query`](crate::input::from_query).
#[derive(Clone, Copy, Debug)]
pub struct InputQuery<T>(pub T);

impl<T, S> FromRequestParts<S> for InputQuery<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = InputRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, InputRejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(from_query(query)?))
    }
}

/// `application/json`, `application/problem+json`, with parameters or without.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|header| header.to_str().ok())
        .and_then(|header| header.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    kind.is_some_and(|kind| {
        kind.strip_prefix("application/")
            .is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
    })
}
