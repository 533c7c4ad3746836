//! Keys that are computed from a number, the same here as in the SQL that fills: nobody has to read one first.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service::secret::TokenKind;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a row is; the first part of its id.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    User = 1,
    Application = 2,
    Role = 3,
    Client = 4,
    Link = 5,
    Session = 6,
}

/// The id of row `number`, as `bench_id` of the fill makes it: in the order of the numbers, as UUIDs of version 7 are.
pub(crate) fn id(kind: Kind, number: usize) -> Uuid {
    Uuid::from_u128(
        ((kind as u128) << 96) | (0x7000 << 64) | (0x8000_0000_0000_0000 | number as u128),
    )
}

/// The secret of a token.
pub(crate) fn secret(kind: Kind, number: usize) -> [u8; 32] {
    let name = if matches!(kind, Kind::Session) {
        "session"
    } else {
        "link"
    };
    Sha256::digest(format!("{name} {number}")).into()
}

/// The token of a row, as it was handed out.
pub(crate) fn token(kind: Kind, number: usize, of: TokenKind) -> String {
    let body = [
        id(kind, number).as_bytes().as_slice(),
        &secret(kind, number),
    ]
    .concat();
    format!("{}_{}", of.prefix(), URL_SAFE_NO_PAD.encode(body))
}
