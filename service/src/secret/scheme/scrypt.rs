//! scrypt (RFC 7914).

use std::fmt;

use ::scrypt::Params;
use zeroize::Zeroizing;

use super::{Reason, check_lengths, equal, phc};

/// Most memory: 256 MiB.
const MEMORY: u64 = 256 << 20;

/// A hash `$scrypt$ln=<log₂ N>,r=<r>,p=<p>$<salt>$<hash>`.
pub(in crate::secret) struct ScryptHash {
    log_n: u8,
    r: u32,
    p: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl ScryptHash {
    pub(in crate::secret) fn new(
        log_n: u32,
        r: u32,
        p: u32,
        salt: Vec<u8>,
        output: Vec<u8>,
    ) -> Result<Self, Reason> {
        let bounds = "has a cost that is out of bounds: at most 256 MiB of memory and p up to 16";
        check_lengths(&salt, &output)?;
        let log_n = u8::try_from(log_n)
            .ok()
            .filter(|log_n| (1..=21).contains(log_n))
            .ok_or(bounds)?;
        // N blocks are filled from p blocks.
        let blocks = (1 << log_n).max(u64::from(p));
        if r == 0 || !(1..=16).contains(&p) || 128 * u64::from(r) * blocks > MEMORY {
            return Err(bounds);
        }
        Ok(Self {
            log_n,
            r,
            p,
            salt,
            output,
        })
    }

    pub(super) fn read(text: &str) -> Result<Self, Reason> {
        let mut parts = phc::Parts::read(text)?;
        let missing = "lacks a parameter";
        let log_n = parts.number("ln")?.ok_or(missing)?;
        let r = parts.number("r")?.ok_or(missing)?;
        let p = parts.number("p")?.ok_or(missing)?;
        if parts.version.is_some() {
            return Err("is malformed");
        }
        let (salt, output) = parts.finish()?;
        Self::new(log_n, r, p, salt, output)
    }

    /// Whether `password` has this hash.
    pub(in crate::secret) fn matches(&self, password: &[u8]) -> bool {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        // Neither fails within the bounds; what fails matches nothing.
        Params::new(self.log_n, self.r, self.p).is_ok_and(|params| {
            ::scrypt::scrypt(password, &self.salt, &params, &mut output).is_ok()
        }) && equal(&output, &self.output)
    }
}

impl fmt::Display for ScryptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$scrypt$ln={},r={},p={}", self.log_n, self.r, self.p)?;
        phc::write_end(f, &self.salt, &self.output)
    }
}
