//! Passwords that were forgotten.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use service::secret::Password;
use service::web::Input;
use service::{Email, Intent, Result, User};

use super::App;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forgotten {
    email: Email,
}

/// Answers the same whether or not there is such a user. A service of one's own limits how often an address gets such a
/// mail, and sends it after the answer, whose time tells nothing then.
pub(super) async fn forgot(
    State(app): State<App>,
    Input(input): Input<Forgotten>,
) -> Result<StatusCode> {
    if let Some(user) = app.db().users().find_by_email(&input.email).await? {
        send_link(&app, &user, &input.email, "Choose another password").await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// Mails a link by which whoever reads the user's mail chooses a password. Those before are void.
pub(super) async fn send_link(app: &App, user: &User, to: &Email, subject: &str) -> Result<()> {
    let tokens = app.db().verification_tokens();
    let issued = tokens.issue(Intent::ResetPassword, user.id, None).await?;
    let link = format!("/#reset={}", issued.token.reveal());
    app.mail.send(to, subject, Some(&link));
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    token: String,
    password: Password,
}

/// Sets the password, ends every session of the user, and confirms the address, as the token came by it.
pub(super) async fn reset(
    State(app): State<App>,
    Input(input): Input<Reset>,
) -> Result<StatusCode> {
    let tokens = app.db().verification_tokens();
    tokens.reset_password(&input.token, &input.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
