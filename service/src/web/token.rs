//! The token that a request carries.

use std::fmt;

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use zeroize::Zeroizing;

use super::{Rejection, Web, cookie, same_origin};

/// The token of the request's cookie as it came, for what replaces or ends its session:
/// [`switch_application`](crate::Sessions::switch_application), [`rotate`](crate::Sessions::rotate),
/// [`open_in_place_of`](crate::Sessions::open_in_place_of), [`close`](crate::Sessions::close). It proves nothing, and its
/// `Debug` shows nothing.
pub struct SessionToken(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for SessionToken {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

fn token(parts: &Parts, web: &Web) -> Result<SessionToken, Rejection> {
    same_origin::check(web, &parts.method, &parts.headers)?;
    let token = cookie::value(&parts.headers, web.cookie_name()).ok_or(Rejection::SignedOut)?;
    Ok(SessionToken(Zeroizing::new(token.to_vec())))
}

impl<S> FromRequestParts<S> for SessionToken
where
    Web: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        token(parts, &Web::from_ref(state))
    }
}

/// `None`: the request carries none.
impl<S> OptionalFromRequestParts<S> for SessionToken
where
    Web: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match token(parts, &Web::from_ref(state)) {
            Ok(token) => Ok(Some(token)),
            Err(Rejection::SignedOut) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
