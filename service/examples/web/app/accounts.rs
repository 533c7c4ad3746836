//! Signing up, signing in, signing out.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use service::secret::Password;
use service::web::{Input, Problem, SessionCookie, SessionToken};
use service::{Email, Error, Intent, Name, NewSession, NewUser, Result, SignedIn, User, UserAgent};
use uuid::Uuid;

use super::{App, applications, passwords};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUp {
    email: Email,
    name: Option<Name>,
    password: Password,
}

/// Whether somebody is a user already is told to the address alone, never to whoever asks.
pub(super) async fn sign_up(
    State(app): State<App>,
    Input(new): Input<SignUp>,
) -> Result<StatusCode> {
    let user = NewUser {
        name: new.name,
        ..NewUser::new(new.email.clone())
    };
    match app.db().passwords().sign_up(user, &new.password).await {
        Ok(user) => {
            let tokens = app.db().verification_tokens();
            let issued = tokens.issue(Intent::VerifyEmail, user.id, None).await?;
            // Behind `#`: no server sees it, and no log of one.
            let link = format!("/#verify={}", issued.token.reveal());
            let subject = "Confirm your address";
            app.mail.send(&new.email, subject, Some(&link));
        }
        Err(Error::Conflict { field }) if field == "email" => {
            match app.db().users().find_by_email(&new.email).await? {
                // The mail before was lost, or somebody else signed up with this address: a link that confirms it has its
                // owner choose the password too, lest that other's becomes good.
                Some(user) if user.email_verified_at.is_none() => {
                    let subject = "Confirm your address and choose your password";
                    passwords::send_link(&app, &user, &new.email, subject).await?;
                }
                _ => {
                    let subject = "You have an account already: sign in, or reset your password";
                    app.mail.send(&new.email, subject, None);
                }
            }
        }
        Err(error) => return Err(error),
    }
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    pub(super) token: String,
}

/// The link opens the page, and what the user does there uses the token: programs that look at mails open links too.
pub(super) async fn verify(
    State(app): State<App>,
    Input(input): Input<Token>,
) -> Result<StatusCode> {
    let tokens = app.db().verification_tokens();
    tokens.verify_email(&input.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    email: Email,
    password: Password,
}

/// Signs in; a session that the browser carried before ends.
pub(super) async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    old: Option<SessionToken>,
    headers: HeaderMap,
    Input(input): Input<Credentials>,
) -> Result<Response> {
    // Guesses are counted by it. Behind a proxy, take what the proxy says, and only what it says.
    let ip = Some(peer.ip());
    let new = new_session(peer, &headers, None);
    let passwords = app.db().passwords();
    let opened = passwords
        .sign_in(&input.email, &input.password, ip, new)
        .await?;
    let user = app.db().users().get(opened.session.user_id).await?;
    if user.is_none_or(|user| user.email_verified_at.is_none()) {
        app.db().sessions().close(opened.token.reveal()).await?;
        let detail = "confirm your address first: the link is in your mail";
        return Ok(Problem::new(StatusCode::FORBIDDEN, "unverified", detail).into_response());
    }
    if let Some(old) = old {
        app.db().sessions().close(old).await?;
    }
    Ok((app.web.cookie(&opened.token), StatusCode::NO_CONTENT).into_response())
}

/// What a session shows of where it was opened.
pub(super) fn new_session(
    peer: SocketAddr,
    headers: &HeaderMap,
    application_id: Option<Uuid>,
) -> NewSession {
    NewSession {
        application_id,
        ip: Some(peer.ip()),
        user_agent: headers.get(USER_AGENT).and_then(UserAgent::from_header),
    }
}

/// Who is signed in, and where.
#[derive(Serialize)]
pub(super) struct Me {
    user: Person,
    application: Option<applications::Shown>,
    roles: Vec<String>,
}

/// A user, as colleagues see one.
#[derive(Serialize)]
pub(super) struct Person {
    id: Uuid,
    email: String,
    name: Option<String>,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
        }
    }
}

/// `null` where nobody is signed in. The page asks for it when it opens: whoever was given a role meanwhile gets another
/// token here.
pub(super) async fn session(
    State(app): State<App>,
    token: Option<SessionToken>,
    signed_in: Option<SignedIn>,
) -> Result<(Option<SessionCookie>, Json<Option<Me>>)> {
    let (Some(token), Some(signed_in)) = (token, signed_in) else {
        return Ok((None, Json(None)));
    };
    let mut cookie = None;
    if signed_in.rotation_due {
        let token = app.db().sessions().rotate(token).await?;
        cookie = Some(app.web.cookie(&token));
    }
    let roles = signed_in
        .tenant
        .map(|tenant| tenant.role_keys().to_vec())
        .unwrap_or_default();
    let me = Me {
        user: signed_in.user.into(),
        application: signed_in.application.map(Into::into),
        roles,
    };
    Ok((cookie, Json(Some(me))))
}

/// Whoever is signed out already is answered the same: the browser is left without a cookie.
pub(super) async fn sign_out(
    State(app): State<App>,
    token: Option<SessionToken>,
) -> Result<(SessionCookie, StatusCode)> {
    if let Some(token) = token {
        app.db().sessions().close(token).await?;
    }
    Ok((app.web.no_cookie(), StatusCode::NO_CONTENT))
}
