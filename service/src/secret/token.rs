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
/// What an invitation's token begins with.
const INVITATION: &str = "aura_invite";

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
    prefix: &'static str,
    text: Zeroizing<String>,
}

impl PlainToken {
    /// A token for the row `id`, and what to store there.
    #[must_use]
    pub fn generate(kind: TokenKind, id: Uuid, random: &Random) -> (Self, SecretHash) {
        Self::of(kind.prefix(), &[id], random)
    }

    /// A token for the invitation `id` to an application, and what to store there.
    #[must_use]
    pub fn invitation(application_id: Uuid, id: Uuid, random: &Random) -> (Self, SecretHash) {
        Self::of(INVITATION, &[application_id, id], random)
    }

    fn of(prefix: &'static str, ids: &[Uuid], random: &Random) -> (Self, SecretHash) {
        let secret = Zeroizing::new(random.bytes::<SECRET>());
        // Of its final size from the first: what grows leaves copies behind.
        let mut body = Zeroizing::new(Vec::with_capacity(ids.len() * ID + SECRET));
        for id in ids {
            body.extend_from_slice(id.as_bytes());
        }
        body.extend_from_slice(secret.as_slice());
        let body = Zeroizing::new(URL_SAFE_NO_PAD.encode(body.as_slice()));
        let text = Zeroizing::new(format!("{prefix}_{}", body.as_str()));
        (Self { prefix, text }, SecretHash::of(&secret))
    }

    /// The text to hand out.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainToken({}_…)", self.prefix)
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
    /// another alphabet, another spelling of the same bytes, no text at all.
    #[must_use]
    pub fn parse(kind: TokenKind, token: impl AsRef<[u8]>) -> Option<Self> {
        let ([id], hash) = read(kind.prefix(), token.as_ref())?;
        Some(Self { id, hash })
    }
}

/// What an invitation's token says.
#[derive(Clone, Debug)]
pub struct InvitationToken {
    /// The application.
    pub application_id: Uuid,
    /// The invitation.
    pub id: Uuid,
    /// What the invitation must hold.
    pub hash: SecretHash,
}

impl InvitationToken {
    /// Reads a token. Returns `None` for anything else, as [`Token::parse`] does.
    #[must_use]
    pub fn parse(token: impl AsRef<[u8]>) -> Option<Self> {
        let ([application_id, id], hash) = read(INVITATION, token.as_ref())?;
        Some(Self {
            application_id,
            id,
            hash,
        })
    }
}

/// `N` ids and a secret behind the prefix.
fn read<const N: usize>(prefix: &str, token: &[u8]) -> Option<([Uuid; N], SecretHash)> {
    let body = token.strip_prefix(prefix.as_bytes())?.strip_prefix(b"_")?;
    let size = N * ID + SECRET;
    // Four letters for three bytes: a text of another length is refused before anything is read.
    if body.len() != (size * 4).div_ceil(3) {
        return None;
    }
    let mut bytes = Zeroizing::new(vec![0; size]);
    URL_SAFE_NO_PAD
        .decode_slice(body, bytes.as_mut_slice())
        .ok()?;
    let (ids, secret) = bytes.split_at_checked(N * ID)?;
    let mut read = [Uuid::nil(); N];
    for (id, bytes) in read.iter_mut().zip(ids.chunks_exact(ID)) {
        *id = Uuid::from_slice(bytes).ok()?;
    }
    let secret = Zeroizing::new(<[u8; SECRET]>::try_from(secret).ok()?);
    Some((read, SecretHash::of(&secret)))
}
