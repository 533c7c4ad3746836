//! The text of a hash in the PHC string format:
//! `$<scheme>[$v=<version>][$<name>=<value>(,<name>=<value>)*]$<salt>$<hash>`
//! (<https://github.com/P-H-C/phc-string-format>).

use std::fmt::{self, Write};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Reason;

/// Written without padding, as the format has it; read with padding too, as some write it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The parts of such a text. Each parameter is taken out once.
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) version: Option<u32>,
    parameters: Vec<(&'a str, &'a str)>,
    pub(super) salt: Vec<u8>,
    pub(super) output: Vec<u8>,
}

impl<'a> Parts<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Reason> {
        let mut fields = text.strip_prefix('$').ok_or("is malformed")?.split('$');
        let scheme = fields.next().ok_or("is malformed")?;
        let mut fields = fields.peekable();
        let version = fields
            .next_if(|field| field.starts_with("v=") && !field.contains(','))
            .map(|field| number(&field[2..]))
            .transpose()?;
        let parameters = fields
            .next_if(|field| {
                field.contains('=') && field.split(',').all(|field| field.contains('='))
            })
            .map_or("", |field| field);
        let parameters = parameters
            .split(',')
            .filter(|field| !field.is_empty())
            .map(|field| field.split_once('=').ok_or("is malformed"))
            .collect::<Result<_, _>>()?;
        let (Some(salt), Some(output), None) = (fields.next(), fields.next(), fields.next()) else {
            return Err("is malformed");
        };
        Ok(Self {
            scheme,
            version,
            parameters,
            salt: decode(salt)?,
            output: decode(output)?,
        })
    }

    /// The value of the parameter `name`.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        let at = self.parameters.iter().position(|(key, _)| *key == name)?;
        Some(self.parameters.remove(at).1)
    }

    /// The value of the parameter `name`, a whole number.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<u32>, Reason> {
        self.text(name).map(number).transpose()
    }

    /// Refuses what is left: a parameter that is not understood changes the hash.
    pub(super) fn finish(self) -> Result<(Vec<u8>, Vec<u8>), Reason> {
        if self.parameters.is_empty() {
            Ok((self.salt, self.output))
        } else {
            Err("has a parameter that is not known, or one twice")
        }
    }
}

/// A whole number as the format has it: digits alone.
pub(in crate::secret) fn number(text: &str) -> Result<u32, Reason> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse()
            .map_err(|_| "has a parameter that is no number")
    } else {
        Err("has a parameter that is no number")
    }
}

pub(in crate::secret) fn decode(text: &str) -> Result<Vec<u8>, Reason> {
    BASE64
        .decode(text)
        .map_err(|_| "has a salt or a hash that is not base64")
}

pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Writes the end of every such text.
pub(super) fn write_end(f: &mut fmt::Formatter<'_>, salt: &[u8], output: &[u8]) -> fmt::Result {
    f.write_char('$')?;
    f.write_str(&encode(salt))?;
    f.write_char('$')?;
    f.write_str(&encode(output))
}
