//! `Argon2` (RFC 9106): what is made here, and what others make.

use std::fmt;

use ::argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use super::{OutOfMemory, Reason, check_lengths, equal, phc};
use crate::secret::Hashing;
use crate::secret::pepper::is_id;

/// Bytes of salt in what is made here (RFC 9106 §3.1).
const SALT: usize = 16;
/// Bytes of output in what is made here.
const OUTPUT: usize = 32;

#[cfg(test)]
thread_local! {
    /// How many hashes this thread has computed.
    pub(in crate::secret) static COMPUTED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// A hash `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>[,keyid=<pepper>]$<salt>$<hash>`.
#[derive(Clone)]
pub(in crate::secret) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    /// Which pepper it was made with.
    pub(in crate::secret) pepper: Option<String>,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Argon2Hash {
    /// A hash at this cost that no password has.
    pub(in crate::secret) fn dummy(
        hashing: &Hashing,
        pepper: Option<String>,
        salt: [u8; SALT],
        output: [u8; OUTPUT],
    ) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            memory_kib: hashing.memory_kib,
            passes: hashing.passes,
            lanes: hashing.lanes,
            pepper,
            salt: salt.to_vec(),
            output: output.to_vec(),
        }
    }

    /// The hash of `password` with another salt and all else as it is here; `key` is that of the pepper.
    pub(in crate::secret) fn hash(
        &self,
        password: &[u8],
        key: Option<&[u8]>,
        salt: [u8; SALT],
    ) -> Result<Self, OutOfMemory> {
        let mut hash = self.clone();
        hash.salt = salt.to_vec();
        hash.output = hash.compute(password, key)?.to_vec();
        Ok(hash)
    }

    pub(super) fn read(text: &str) -> Result<Self, Reason> {
        let mut parts = phc::Parts::read(text)?;
        let algorithm = match parts.scheme {
            "argon2id" => Algorithm::Argon2id,
            "argon2i" => Algorithm::Argon2i,
            "argon2d" => Algorithm::Argon2d,
            _ => return Err("is of a variant of Argon2 that is not known"),
        };
        // The first version did not write itself down.
        let version = Version::try_from(parts.version.unwrap_or(0x10))
            .map_err(|_| "is of a version of Argon2 that is not known")?;
        let missing = "lacks a parameter";
        let memory_kib = parts.number("m")?.ok_or(missing)?;
        let passes = parts.number("t")?.ok_or(missing)?;
        let lanes = parts.number("p")?.ok_or(missing)?;
        let pepper = parts.text("keyid").map(read_pepper).transpose()?;
        let (salt, output) = parts.finish()?;
        check_lengths(&salt, &output)?;
        if salt.len() < 8 {
            return Err("has a salt that is shorter than 8 bytes");
        }
        if !(1..=64).contains(&passes)
            || !(1..=16).contains(&lanes)
            || !(8 * lanes..=1 << 20).contains(&memory_kib)
        {
            return Err("has a cost that is out of bounds");
        }
        Ok(Self {
            algorithm,
            version,
            memory_kib,
            passes,
            lanes,
            pepper,
            salt,
            output,
        })
    }

    /// That it costs no more than what may come from elsewhere.
    pub(in crate::secret) fn check_import(&self) -> Result<(), Reason> {
        if self.memory_kib > 256 * 1024 || self.passes > 16 {
            return Err(
                "has a cost that is out of bounds: at most 256 MiB of memory and 16 passes",
            );
        }
        Ok(())
    }

    /// Whether `password` has this hash; `key` is that of its pepper.
    pub(in crate::secret) fn matches(
        &self,
        password: &[u8],
        key: Option<&[u8]>,
    ) -> Result<bool, OutOfMemory> {
        Ok(equal(&self.compute(password, key)?, &self.output))
    }

    /// Whether `other` takes the same work.
    pub(in crate::secret) fn costs_as(&self, other: &Self) -> bool {
        (self.memory_kib, self.passes, self.lanes) == (other.memory_kib, other.passes, other.lanes)
    }

    /// Whether `other` was made in the same way.
    pub(in crate::secret) fn is_like(&self, other: &Self) -> bool {
        self.costs_as(other)
            && self.algorithm == other.algorithm
            && self.version == other.version
            && self.pepper == other.pepper
            && self.salt.len() == other.salt.len()
            && self.output.len() == other.output.len()
    }

    /// All the memory that it takes is free again when this returns.
    fn compute(
        &self,
        password: &[u8],
        key: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, OutOfMemory> {
        #[cfg(test)]
        COMPUTED.set(COMPUTED.get() + 1);
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        // The bounds are checked where a hash is read or configured: memory is all that can be wanting.
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(output.len()))
            .map_err(|_| OutOfMemory)?;
        let mut memory = blocks(params.block_count())?;
        Argon2::new_with_secret(
            key.unwrap_or_default(),
            self.algorithm,
            self.version,
            params,
        )
        .and_then(|argon2| {
            argon2.hash_password_into_with_memory(password, &self.salt, &mut output, &mut memory)
        })
        .map_err(|_| OutOfMemory)?;
        Ok(output)
    }
}

/// Memory that is given back to the system when it goes. glibc keeps what is smaller than 32 MiB, for each thread: many
/// threads in turn would hold on to many times what is in use. What is reserved and not touched takes no memory.
fn blocks(count: usize) -> Result<Vec<Block>, OutOfMemory> {
    const KEPT: usize = 32 << 20;
    let mut blocks = Vec::new();
    blocks
        .try_reserve_exact(count.max(KEPT / Block::SIZE + 1))
        .map_err(|_| OutOfMemory)?;
    blocks.resize(count, Block::new());
    Ok(blocks)
}

/// The id of a pepper: `keyid` is 0 to 8 bytes in base64.
fn read_pepper(keyid: &str) -> Result<String, Reason> {
    String::from_utf8(phc::decode(keyid)?)
        .ok()
        .filter(|id| is_id(id))
        .ok_or("has a key id that names no pepper")
}

impl fmt::Display for Argon2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "${}$v={}$m={},t={},p={}",
            self.algorithm.as_str(),
            u32::from(self.version),
            self.memory_kib,
            self.passes,
            self.lanes,
        )?;
        if let Some(pepper) = &self.pepper {
            write!(f, ",keyid={}", phc::encode(pepper.as_bytes()))?;
        }
        phc::write_end(f, &self.salt, &self.output)
    }
}
