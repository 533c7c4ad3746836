//! Tokens: what a person or a program holds, and what it says.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::SecretHash;
use crate::random::Random;

const ID: usize = 16;
const SECRET: usize = 32;

/// What a token is for. Each kind has a prefix of its own, which scanners of leaked secrets can look for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenKind {
    /// Carried by a signed-in user.
    Session,
    /// Proves an address.
    EmailVerification,
    /// Lets a new password be set.
    PasswordReset,
    /// Signs in.
    MagicLink,
    /// Proves the address that a user changes to.
    EmailChange,
}

impl TokenKind {
    /// What a token of this kind begins with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Session => "aura_session",
            Self::EmailVerification => "aura_verify",
            Self::PasswordReset => "aura_reset",
            Self::MagicLink => "aura_link",
            Self::EmailChange => "aura_change",
        }
    }
}

/// A token as it is handed out: once, by whoever made it, to whom it is for. It is stored nowhere, its `Debug` shows no
/// part of the secret, it has neither `Display` nor serde, and its memory is wiped when it goes.
pub struct PlainToken {
    kind: TokenKind,
    text: Zeroizing<String>,
}

impl PlainToken {
    /// A token for the row `id`, and what to store there.
    #[must_use]
    pub fn generate(kind: TokenKind, id: Uuid, random: &Random) -> (Self, SecretHash) {
        let secret = Zeroizing::new(random.bytes::<SECRET>());
        let mut body = Zeroizing::new([0; ID + SECRET]);
        body[..ID].copy_from_slice(id.as_bytes());
        body[ID..].copy_from_slice(secret.as_slice());
        let body = Zeroizing::new(URL_SAFE_NO_PAD.encode(body.as_slice()));
        let text = Zeroizing::new(format!("{}_{}", kind.prefix(), body.as_str()));
        (Self { kind, text }, SecretHash::of(&secret))
    }

    /// The text to hand out.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainToken({}_…)", self.kind.prefix())
    }
}

/// What a token says: which row it is about, and the hash to compare with what is stored there.
#[derive(Clone, Debug)]
pub struct Token {
    /// The row.
    pub id: Uuid,
    /// What the row must hold.
    pub hash: SecretHash,
}

impl Token {
    /// Reads a token of this kind. Returns `None` for anything else, whatever it is: another kind, another length,
    /// another alphabet, another spelling of the same bytes.
    #[must_use]
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?.strip_prefix('_')?;
        let mut bytes = Zeroizing::new([0; ID + SECRET]);
        // Four letters for three bytes: a text of another length is refused before anything is read.
        if body.len() != (ID + SECRET) / 3 * 4 {
            return None;
        }
        URL_SAFE_NO_PAD
            .decode_slice(body, bytes.as_mut_slice())
            .ok()?;
        let (id, secret) = bytes.split_first_chunk::<ID>()?;
        let secret = Zeroizing::new(<[u8; SECRET]>::try_from(secret).ok()?);
        Some(Self {
            id: Uuid::from_bytes(*id),
            hash: SecretHash::of(&secret),
        })
    }
}
