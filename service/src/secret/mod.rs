//! Secrets that are handed out once, and what is kept of them.
//!
//! A token is `<prefix>_<base64url(id of its row + 256 random bits)>`: the row is found by its key, and the hash of the secret
//! is compared, in constant time or by the database: no index holds a secret, and how long a hash takes to compare says
//! nothing of what it was made of. The plain token and the hash are different types, and the hash alone can be stored:
//!
//! ```
//! # use sea_orm::Set;
//! # use service::secret::{PlainToken, SecretHash};
//! fn row(token: PlainToken, hash: SecretHash) -> entity::sessions::ActiveModel {
//!     entity::sessions::ActiveModel { secret_hash: Set(hash.into()), ..Default::default() }
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use sea_orm::Set;
//! # use service::secret::{PlainToken, SecretHash};
//! fn row(token: PlainToken, hash: SecretHash) -> entity::sessions::ActiveModel {
//!     entity::sessions::ActiveModel { secret_hash: Set(token.into()), ..Default::default() }
//! }
//! ```

mod gate;
mod hash;
mod hasher;
mod hashing;
mod imported;
mod password;
mod pepper;
mod scheme;
mod token;

pub use hash::SecretHash;
pub(crate) use hasher::{Hasher, PasswordHash, Verdict};
pub use hashing::Hashing;
pub use imported::ImportedHash;
pub use password::Password;
pub use pepper::Pepper;
pub(crate) use pepper::Peppers;
pub use token::{InvitationToken, PlainToken, Token, TokenKind};
