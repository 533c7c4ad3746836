//! Why an extractor does not let a request through.

use axum_core::extract::rejection::StringRejection;
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

use super::Problem;
use crate::error::Error;
use crate::input::InvalidInput;

/// Why a request is not let through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Another site's page sent it, or nothing says who did: 403.
    #[error("the request does not come from a page of this service: send its Origin")]
    CrossOrigin,
    /// It carries no cookie, or that of a session that has ended: 401.
    #[error("sign in first")]
    SignedOut,
    /// The session has no application open, or the user is no member of it any more: 403.
    #[error("choose an application first")]
    NoApplication,
    /// The session could not be looked up.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "cross_origin"),
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed_out"),
            Self::NoApplication => (StatusCode::FORBIDDEN, "no_application"),
            Self::Failed(error) => return error.into_response(),
        };
        Problem::new(status, code, self.to_string()).into_response()
    }
}

/// Why an input is not let through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputRejection {
    /// The body is not said to be JSON: 415. A form of another site can say so of nothing that it sends.
    #[error("the body has another Content-Type than application/json")]
    NotJson,
    /// The body is too large, or did not arrive, or is no UTF-8: 413, or 400.
    #[error("{}", unreadable(.0))]
    Unreadable(StringRejection),
    /// It is no JSON (400), or not what was asked for (422).
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

fn unreadable(rejection: &StringRejection) -> &'static str {
    match (rejection.status(), rejection) {
        (StatusCode::PAYLOAD_TOO_LARGE, _) => "the body is too large",
        (_, StringRejection::InvalidUtf8(_)) => "the body is no UTF-8",
        _ => "the body did not arrive whole",
    }
}

impl IntoResponse for InputRejection {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            Self::Unreadable(rejection) => (rejection.status(), "unreadable"),
            Self::Invalid(invalid) if invalid.is_malformed() => {
                (StatusCode::BAD_REQUEST, "malformed")
            }
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        };
        let problem = Problem::new(status, code, self.to_string());
        match self {
            Self::Invalid(invalid) => problem.with_errors(invalid.into_issues()),
            _ => problem,
        }
        .into_response()
    }
}
