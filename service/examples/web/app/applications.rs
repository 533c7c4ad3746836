//! Applications: each is a tenant.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use service::web::{Input, SessionCookie, SessionToken};
use service::{Application, NewApplication, Page, Result, SignedIn};
use uuid::Uuid;

use super::{App, shown};

#[derive(Serialize)]
pub(super) struct Shown {
    id: Uuid,
    name: String,
    slug: String,
}

impl From<Application> for Shown {
    fn from(application: Application) -> Self {
        Self {
            id: application.id,
            name: application.name,
            slug: application.slug,
        }
    }
}

/// Those that the user is a member of.
pub(super) async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Page<Shown>>> {
    let applications = app.db().applications();
    let page = applications.list_for_user(signed_in.user.id, 100, None);
    Ok(shown(page.await?, Shown::from))
}

/// Whoever makes an application owns it.
pub(super) async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Input(new): Input<NewApplication>,
) -> Result<(StatusCode, Json<Shown>)> {
    let applications = app.db().applications();
    let application = applications.create(signed_in.user.id, new).await?;
    Ok((StatusCode::CREATED, Json(application.into())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    /// `null`: none.
    application_id: Option<Uuid>,
}

/// Opens an application in the session: from the next request on, the extractor `Tenant` is that one.
pub(super) async fn choose(
    State(app): State<App>,
    token: SessionToken,
    _: SignedIn,
    Input(choice): Input<Choice>,
) -> Result<(SessionCookie, StatusCode)> {
    let sessions = app.db().sessions();
    let token = sessions.switch_application(token, choice.application_id);
    Ok((app.web.cookie(&token.await?), StatusCode::NO_CONTENT))
}
