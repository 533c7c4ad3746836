//! The page: four files, part of the program.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::{App, not_found};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(index))
        .route("/app.js", get(script))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(not_found)
}

async fn index() -> impl IntoResponse {
    let kind = [(CONTENT_TYPE, "text/html; charset=utf-8")];
    (kind, include_str!("../page/index.html"))
}

async fn script() -> impl IntoResponse {
    let kind = [(CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("../page/app.js"))
}

async fn style() -> impl IntoResponse {
    let kind = [(CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("../page/style.css"))
}

async fn icon() -> impl IntoResponse {
    let kind = [(CONTENT_TYPE, "image/svg+xml")];
    (kind, include_str!("../page/icon.svg"))
}
