//! What a token may be used for.

use std::time::Duration;

use crate::secret::TokenKind;

/// What a verification token may be used for, and nothing else.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Purpose {
    /// Proves that the user reads the mail of the user's address.
    EmailVerification,
    /// Lets the user set a new password.
    PasswordReset,
    /// Signs the user in.
    MagicLink,
    /// Proves that the user reads the mail of the address to change to.
    EmailChange,
}

impl Purpose {
    /// Each of them.
    pub const ALL: [Self; 4] = [
        Self::EmailVerification,
        Self::PasswordReset,
        Self::MagicLink,
        Self::EmailChange,
    ];

    /// As the database has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailVerification => "email_verification",
            Self::PasswordReset => "password_reset",
            Self::MagicLink => "magic_link",
            Self::EmailChange => "email_change",
        }
    }

    /// The kind of its tokens, which tells their prefix.
    #[must_use]
    pub fn kind(self) -> TokenKind {
        match self {
            Self::EmailVerification => TokenKind::EmailVerification,
            Self::PasswordReset => TokenKind::PasswordReset,
            Self::MagicLink => TokenKind::MagicLink,
            Self::EmailChange => TokenKind::EmailChange,
        }
    }

    /// How long a token is valid where nothing else is said: a day to prove an address, an hour to reset a password or
    /// to change the address, 10 minutes to sign in (NIST SP 800-63B-4 §3.1.3.2 for codes sent out of band).
    #[must_use]
    pub fn ttl(self) -> Duration {
        match self {
            Self::EmailVerification => Duration::from_hours(24),
            Self::PasswordReset | Self::EmailChange => Duration::from_hours(1),
            Self::MagicLink => Duration::from_mins(10),
        }
    }
}
