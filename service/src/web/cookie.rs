//! The cookie that carries a session.

use std::convert::Infallible;
use std::time::Duration;

use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, COOKIE, HeaderMap, SET_COOKIE};

/// The session's cookie, or its end, as a part of a response: `(cookie, Json(…))`. Got by
/// [`Web::cookie`](super::Web::cookie) and [`Web::no_cookie`](super::Web::no_cookie).
///
/// No script reads it (`HttpOnly`), no other site's form sends it (`SameSite=Lax`), no other host gets it (no `Domain`), and
/// no cache keeps the response (`Cache-Control: no-store`; OWASP Session Management Cheat Sheet). Its `Debug` shows
/// nothing.
#[derive(Clone, Debug)]
pub struct SessionCookie(HeaderValue);

impl SessionCookie {
    pub(super) fn new(name: &str, token: &str, lifetime: Duration, secure: bool) -> Self {
        let seconds = lifetime.as_secs();
        let secure = if secure { "; Secure" } else { "" };
        let text =
            format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        // A token is of letters, digits, `-` and `_`.
        let mut value =
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        Self(value)
    }
}

impl IntoResponseParts for SessionCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = parts.headers_mut();
        headers.append(SET_COOKIE, self.0);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(parts)
    }
}

impl IntoResponse for SessionCookie {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

/// The value of the cookie with this name. `None`: there is none, or more than one: which of them is whose nobody can
/// tell.
pub(super) fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h [u8]> {
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            pair.trim_ascii()
                .strip_prefix(name.as_bytes())?
                .strip_prefix(b"=")
        });
    let value = values.next()?;
    values.next().is_none().then_some(value)
}
