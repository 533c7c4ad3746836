//! What is answered where something went wrong (RFC 9457).

use std::time::Duration;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use sea_orm::DbErr;
use serde::Serialize;

use crate::error::Error;
use crate::input::Issue;

/// What is answered where something went wrong, as `application/problem+json` (RFC 9457): `title` and `status` as HTTP has
/// them, a `code` for programs, a `detail` for people, and `errors` for each field that is wrong. No cache keeps it.
///
/// | error | status | code |
/// |---|---|---|
/// | [`NotFound`](Error::NotFound) | 404 | `not_found` |
/// | [`Conflict`](Error::Conflict) | 409 | `conflict`, with the field |
/// | [`LastOwner`](Error::LastOwner), [`StillOwner`](Error::StillOwner) | 409 | `last_owner` |
/// | [`Forbidden`](Error::Forbidden) | 403 | `forbidden` |
/// | [`Invalid`](Error::Invalid) | 422 | `invalid`, with the field |
/// | [`InvalidToken`](Error::InvalidToken): of a mail, say; that of a session is a [`Rejection`](super::Rejection) | 400 | `invalid_token` |
/// | [`InvalidCredentials`](Error::InvalidCredentials) | 401 | `invalid_credentials` |
/// | [`TooManyAttempts`](Error::TooManyAttempts) | 429, with `Retry-After` | `too_many_attempts` |
/// | [`Busy`](Error::Busy), [`NoConnection`](Error::NoConnection), [`Unavailable`](Error::Unavailable), a database that is out of reach | 503, with `Retry-After` | `busy` |
/// | all others | 500 | `internal` |
///
/// Of a 500 and a 503 nothing is told but that: what it was is logged.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Problem {
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Issue>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

impl Problem {
    /// A problem: the `status`, a `code` for programs, a `detail` for people.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// The same, with what is wrong with each field.
    #[must_use]
    pub fn with_errors(self, errors: Vec<Issue>) -> Self {
        Self { errors, ..self }
    }

    /// The same, to be tried again after this time.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    fn busy() -> Self {
        let detail = "the service is busy: try again shortly";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
            .retry_after(Duration::from_secs(1))
    }

    fn internal() -> Self {
        let detail = "something went wrong here";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let of = |status, code| Self::new(status, code, detail.clone());
        match error {
            Error::NotFound => of(StatusCode::NOT_FOUND, "not_found"),
            Error::Conflict { field } => {
                let reason = "is in conflict with what is stored".into();
                of(StatusCode::CONFLICT, "conflict").with_errors(vec![Issue { field, reason }])
            }
            Error::LastOwner | Error::StillOwner { .. } => of(StatusCode::CONFLICT, "last_owner"),
            Error::Forbidden { .. } => of(StatusCode::FORBIDDEN, "forbidden"),
            Error::Invalid { field, reason } => of(StatusCode::UNPROCESSABLE_ENTITY, "invalid")
                .with_errors(vec![Issue { field, reason }]),
            Error::InvalidToken => of(StatusCode::BAD_REQUEST, "invalid_token"),
            Error::InvalidCredentials => of(StatusCode::UNAUTHORIZED, "invalid_credentials"),
            Error::TooManyAttempts { retry_after } => {
                of(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts").retry_after(retry_after)
            }
            Error::Busy
            | Error::NoConnection(_)
            | Error::Unavailable(_)
            | Error::Database(DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) => {
                tracing::warn!(error = detail, "a request was turned away");
                Self::busy()
            }
            Error::Output(_) | Error::Config { .. } | Error::Database(_) => {
                tracing::error!(error = detail, "a request failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(json));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED.as_u16() {
            // RFC 9110 §11.6.1 demands one. At a scheme that it does not know a browser asks for nothing.
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"));
        }
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            if let Ok(seconds) = HeaderValue::try_from(seconds.to_string()) {
                headers.insert(RETRY_AFTER, seconds);
            }
        }
        response
    }
}

impl IntoResponse for Error {
    /// As [`Problem`] says.
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
