//! Inviting colleagues, and accepting.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use service::secret::Password;
use service::web::{Input, SessionCookie, SessionToken};
use service::{Error, Name, NewInvitation, NewUser, Page, Result, SignedIn, Tenant};

use super::accounts::{Person, Token, new_session};
use super::{App, shown};

#[derive(Serialize)]
pub(super) struct Colleague {
    #[serde(flatten)]
    person: Person,
    roles: Vec<String>,
}

pub(super) async fn members(tenant: Tenant) -> Result<Json<Page<Colleague>>> {
    let page = tenant.members().list(100, None).await?;
    Ok(shown(page, |member| Colleague {
        roles: member.role_keys().into_iter().map(Into::into).collect(),
        person: member.user.into(),
    }))
}

/// The token goes to the address that is invited, and to nobody else.
pub(super) async fn invite(
    State(app): State<App>,
    tenant: Tenant,
    Input(new): Input<NewInvitation>,
) -> Result<StatusCode> {
    let to = new.email.clone();
    let invited = tenant.admin()?.invitations().create(new, None).await?;
    let link = format!("/#invitation={}", invited.token.reveal());
    let application = tenant.application().await?;
    let subject = format!("You are invited to {}", application.name);
    app.mail.send(&to, &subject, Some(&link));
    Ok(StatusCode::ACCEPTED)
}

/// What whoever holds an invitation is shown.
#[derive(Serialize)]
pub(super) struct Shown {
    application: String,
    email: String,
    roles: Vec<String>,
}

pub(super) async fn offer(
    State(app): State<App>,
    Input(input): Input<Token>,
) -> Result<Json<Shown>> {
    let offer = app.db().invitations().peek(&input.token).await?;
    Ok(Json(Shown {
        application: offer.application.name,
        email: offer.invitation.email,
        roles: offer.invitation.roles,
    }))
}

/// For a user who is signed in; the application is open afterwards.
pub(super) async fn accept(
    State(app): State<App>,
    session: SessionToken,
    signed_in: SignedIn,
    Input(input): Input<Token>,
) -> Result<(SessionCookie, StatusCode)> {
    let invitations = app.db().invitations();
    let tenant = invitations.accept(&input.token, signed_in.user.id).await?;
    let id = Some(tenant.application_id());
    let token = app.db().sessions().switch_application(session, id).await?;
    Ok((app.web.cookie(&token), StatusCode::NO_CONTENT))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Join {
    token: String,
    name: Option<Name>,
    password: Password,
}

/// For somebody who is no user yet: the token proves the address, so that nothing is left to confirm. A session that the
/// browser carried before ends, whoever's it was.
pub(super) async fn join(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    old: Option<SessionToken>,
    headers: HeaderMap,
    Input(input): Input<Join>,
) -> Result<(SessionCookie, StatusCode)> {
    let invitations = app.db().invitations();
    let offer = invitations.peek(&input.token).await?;
    let user = NewUser {
        name: input.name,
        ..NewUser::new(offer.invitation.email.parse()?)
    };
    let tenant = invitations
        .accept_as_new(&input.token, user, Some(&input.password))
        .await?;
    let user_id = tenant.user_id().ok_or(Error::NotFound)?;
    let new = new_session(peer, &headers, Some(tenant.application_id()));
    let sessions = app.db().sessions();
    let opened = match old {
        Some(old) => sessions.open_in_place_of(old, user_id, new).await?,
        None => sessions.open(user_id, new).await?,
    };
    Ok((app.web.cookie(&opened.token), StatusCode::CREATED))
}
