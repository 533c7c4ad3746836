//! The service: its state, its routes, and what every answer has.

mod accounts;
mod applications;
mod clients;
mod environment;
mod headers;
mod invitations;
mod mail;
mod page;
mod passwords;

use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Serialize;
use service::web::{Problem, SameOrigin, Web};
use service::{Db, Page};

pub(crate) use environment::Environment;
pub(crate) use mail::{Mail, PrintedMail};

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct App {
    web: Web,
    mail: Arc<dyn Mail>,
}

impl App {
    pub(crate) fn new(web: Web, mail: impl Mail) -> Self {
        let mail = Arc::new(mail);
        Self { web, mail }
    }

    fn db(&self) -> &Db {
        self.web.db()
    }
}

/// The extractors `SignedIn`, `Session` and `Tenant` ask for it.
impl FromRef<App> for Web {
    fn from_ref(app: &App) -> Self {
        app.web.clone()
    }
}

pub(crate) fn router(app: App) -> Router {
    let api = Router::new()
        .route("/sign-up", post(accounts::sign_up))
        .route("/verify", post(accounts::verify))
        .route("/password/forgot", post(passwords::forgot))
        .route("/password/reset", post(passwords::reset))
        .route("/session", get(accounts::session))
        .route("/session", post(accounts::sign_in))
        .route("/session", axum::routing::delete(accounts::sign_out))
        .route("/session/application", put(applications::choose))
        .route(
            "/applications",
            get(applications::list).post(applications::create),
        )
        .route("/clients", get(clients::list).post(clients::create))
        .route(
            "/clients/{id}",
            get(clients::get)
                .patch(clients::update)
                .delete(clients::delete),
        )
        .route("/members", get(invitations::members))
        .route("/invitations", post(invitations::invite))
        .route("/invitations/offer", post(invitations::offer))
        .route("/invitations/accept", post(invitations::accept))
        .route("/invitations/join", post(invitations::join))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        // Signing in has no session yet, and is no other site's business either.
        .layer(middleware::from_extractor_with_state::<SameOrigin, _>(
            app.clone(),
        ))
        .layer(middleware::map_response(headers::for_data));
    Router::new()
        .nest("/api", api)
        .merge(page::router())
        .layer(middleware::map_response(headers::for_all))
        .with_state(app)
}

async fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such page")
}

async fn not_allowed() -> Problem {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Problem::new(status, "not_allowed", "that cannot be done here")
}

/// A page of a list, of which each row is shown as the service wants it to be seen: a row as stored has more columns.
fn shown<T, V: Serialize>(page: Page<T>, show: impl FnMut(T) -> V) -> Json<Page<V>> {
    Json(page.map(show))
}
