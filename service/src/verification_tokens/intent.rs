//! What a token is issued for.

use super::Purpose;
use crate::value::Email;

/// What a token is issued for: a [`Purpose`], with what it takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Intent {
    /// Prove the user's address.
    VerifyEmail,
    /// Set a new password.
    ResetPassword,
    /// Sign in.
    SignIn,
    /// Change the user's address.
    ChangeEmail {
        /// The new address. The token goes there: it proves that the user reads its mail.
        to: Email,
    },
}

impl Intent {
    /// What the token may be used for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match self {
            Self::VerifyEmail => Purpose::EmailVerification,
            Self::ResetPassword => Purpose::PasswordReset,
            Self::SignIn => Purpose::MagicLink,
            Self::ChangeEmail { .. } => Purpose::EmailChange,
        }
    }
}
