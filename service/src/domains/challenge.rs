//! What the DNS has to say to prove a claim.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::Domain;
use crate::error::{Error, Result};
use crate::random::Random;
use crate::value::DomainName;

const LABEL: &str = "_aura-challenge.";
const PREFIX: &str = "aura-domain-verification=";
/// Random bytes of a challenge, and characters of them in base64.
const BYTES: usize = 32;
const LENGTH: usize = 43;
/// Of a name in the DNS, in text (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
/// Nobody has so many challenges for one name; more are no honest answer.
const MAX_FOUND: usize = 100;

/// The TXT record that proves a claim: `_aura-challenge.example.com TXT "aura-domain-verification=…"`.
///
/// It is no secret: only who controls the name can publish it there, and another application's claim to the name has
/// another challenge.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ChallengeRecord {
    /// The name that the record stands at.
    pub name: String,
    /// Its text.
    pub value: String,
}

impl ChallengeRecord {
    /// The record for this domain, as it is claimed now.
    #[must_use]
    pub fn of(domain: &Domain) -> Self {
        Self {
            name: format!("{LABEL}{}", domain.name),
            value: format!("{PREFIX}{}", domain.challenge),
        }
    }
}

/// 256 random bits.
pub(super) fn generate(random: &Random) -> String {
    URL_SAFE_NO_PAD.encode(random.bytes::<BYTES>())
}

/// That the name of the record is one that the DNS can hold.
pub(super) fn check_room(name: &DomainName) -> Result<()> {
    let most = MAX_NAME - LABEL.len();
    if name.as_str().len() > most {
        return Err(Error::invalid(
            "name",
            format!(
                "is longer than {most} characters: it leaves no room for the record that proves it"
            ),
        ));
    }
    Ok(())
}

/// The challenges that the records hold. Other services have records of their own, which are passed over.
pub(super) fn among<'a>(records: impl Iterator<Item = &'a str>) -> Result<Vec<&'a str>> {
    let form = |text: &&str| {
        let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        text.len() == LENGTH && text.bytes().all(of_base64)
    };
    let found: Vec<_> = records
        .filter_map(|record| record.trim().strip_prefix(PREFIX))
        .filter(form)
        .take(MAX_FOUND + 1)
        .collect();
    if found.len() > MAX_FOUND {
        return Err(Error::invalid(
            "challenge",
            format!("stands among more than {MAX_FOUND} others"),
        ));
    }
    Ok(found)
}
