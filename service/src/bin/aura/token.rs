//! `aura token`: what is sent to a user by mail, made by hand.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use service::{Email, Intent};

use crate::context::Context;
use crate::failure::Failure;
use crate::instant::{Span, shown};
use crate::look_up::{self, Life, Who};

/// What can be done with tokens.
#[derive(Subcommand)]
pub(crate) enum Command {
    Issue(Issue),
}

/// Make a token and print it, this once; the unused one for the same purpose is void from then on
#[derive(Args)]
pub(crate) struct Issue {
    /// The user, by id or e-mail
    user: Who,
    /// What it is for
    purpose: For,
    /// The address to change to
    #[arg(long, value_name = "EMAIL", required_if_eq("purpose", "email-change"))]
    to: Option<Email>,
    /// How long it is valid, 1s to 30d; default: 24h to prove an address, 1h to reset a password or change the address,
    /// 10m to sign in
    #[arg(long, value_name = "TIME")]
    ttl: Option<Span>,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum For {
    /// Proves that the user reads the mail of the address
    EmailVerification,
    /// Lets the user set a new password
    PasswordReset,
    /// Signs the user in
    MagicLink,
    /// Changes the address to another
    EmailChange,
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Issue(issue) => issue.run(context).await,
        }
    }
}

impl Issue {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let intent = match (self.purpose, self.to) {
            (For::EmailChange, Some(to)) => Intent::ChangeEmail { to },
            (For::EmailVerification, None) => Intent::VerifyEmail,
            (For::PasswordReset, None) => Intent::ResetPassword,
            (For::MagicLink, None) => Intent::SignIn,
            _ => {
                return Err(Failure::Invalid(
                    "--to goes with email-change, and with nothing else".to_owned(),
                ));
            }
        };
        let (purpose, can) = (intent.purpose().as_str(), self.purpose.can());
        let user = look_up::user(&context.db, &self.user, Life::Live).await?;
        let ttl = self.ttl.map(|Span(ttl)| ttl);
        let tokens = context.db.verification_tokens();
        let issued = tokens.issue(intent, user.id, ttl).await?;
        eprintln!(
            "warning: whoever has this token {can}; it is shown this once, is for {}, and is void from {} on",
            issued.email,
            shown(issued.expires_at)
        );
        let token = issued.token.reveal();
        let json = json!({
            "token": token,
            "purpose": purpose,
            "user_id": user.id,
            "email": issued.email,
            "expires_at": issued.expires_at,
        });
        context.output.said(&json, token)
    }
}

impl For {
    fn can(self) -> &'static str {
        match self {
            Self::EmailVerification => "proves the address of the user",
            Self::PasswordReset => "sets the password of the user",
            Self::MagicLink => "signs in as the user",
            Self::EmailChange => "changes the address of the user",
        }
    }
}
