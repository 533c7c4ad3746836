//! Who sent a request: a page of the service's own, or another site's.

use axum_core::extract::{FromRef, FromRequestParts};
use http::HeaderMap;
use http::Method;
use http::header::ORIGIN;
use http::request::Parts;

use super::{Rejection, Web};

/// A request that changes nothing, or was sent by a page of the service's own: what another site's page sends with the
/// user's cookie is refused (OWASP Cross-Site Request Forgery Prevention Cheat Sheet, "Fetch Metadata headers" and
/// "Verifying origin").
///
/// The browser says so itself in `Sec-Fetch-Site`; one that does not, in `Origin`. A request that says neither is refused:
/// whoever sends one by hand says `Origin: https://app.example.com`. `GET`, `HEAD`, `OPTIONS` and `TRACE` pass, and must
/// change nothing.
///
/// The extractors of sessions ask for it by themselves. Where there is none as yet (signing up, signing in), put it into the
/// handler, or before all: `layer(axum::middleware::from_extractor_with_state::<SameOrigin, _>(web))`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SameOrigin;

impl<S> FromRequestParts<S> for SameOrigin
where
    Web: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        check(&Web::from_ref(state), &parts.method, &parts.headers).map(|()| Self)
    }
}

pub(super) fn check(web: &Web, method: &Method, headers: &HeaderMap) -> Result<(), Rejection> {
    if method.is_safe() {
        return Ok(());
    }
    // No page can set or leave out this header. `none`: the user's own doing, in the browser itself.
    let site = headers
        .get("sec-fetch-site")
        .map(http::HeaderValue::as_bytes);
    if matches!(site, Some(b"same-origin" | b"none")) {
        return Ok(());
    }
    match headers.get(ORIGIN) {
        Some(origin) if web.is_own(origin.as_bytes()) => Ok(()),
        _ => Err(Rejection::CrossOrigin),
    }
}
