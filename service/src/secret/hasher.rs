//! Hashing of passwords, off the async runtime and never more at once than is allowed.

#[cfg(test)]
mod tests;

use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

use super::gate::Gate;
use super::scheme::{Argon2Hash, OutOfMemory, Stored};
use super::{Hashing, Password, Pepper, Peppers};
use crate::error::{Error, Result};
use crate::random::Random;

/// A password hash in the form in which it is stored (PHC string). Its `Debug` shows nothing.
#[derive(Clone)]
pub(crate) struct PasswordHash(String);

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// What a password is to a stored hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// Another one.
    Wrong,
    /// The right one.
    Right,
    /// The right one; the hash was made elsewhere, at another cost or with another pepper, and is to be replaced.
    Outdated,
}

/// Makes password hashes (`Argon2id`, RFC 9106) and holds passwords against them. Clones share their limits.
///
/// Each call is one job in the [`Gate`], whatever it does, and has one hash in memory at a time. A hash of the default cost
/// takes 19 MiB; one made elsewhere can take 256.
#[derive(Clone)]
pub(crate) struct Hasher(Arc<Inner>);

struct Inner {
    gate: Gate,
    peppers: Peppers,
    random: Random,
    /// What new hashes are like, and what is worked on where there is no hash.
    pattern: Argon2Hash,
}

impl Hasher {
    /// Takes settings that were checked. Hashes nothing.
    pub(crate) fn new(hashing: Hashing, peppers: Peppers, random: Random) -> Self {
        let pepper = peppers
            .current
            .as_ref()
            .map(|pepper| pepper.id().to_owned());
        Self(Arc::new(Inner {
            gate: Gate::new(hashing.concurrency, hashing.queue),
            pattern: Argon2Hash::dummy(&hashing, pepper, random.bytes(), random.bytes()),
            peppers,
            random,
        }))
    }

    /// The hash of `password`, as it is to be stored.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] where too many are waiting.
    pub(crate) async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        let password = password.clone();
        self.run(move |inner| {
            let salt = inner.random.bytes();
            inner
                .pattern
                .hash(password.normalized(), inner.current_key(), salt)
                .map(|hash| PasswordHash(hash.to_string()))
        })
        .await
    }

    /// What `password` is to the `stored` hash. `None` stands for a user who has no password or does not exist: the verdict
    /// is [`Wrong`](Verdict::Wrong) and takes as long as with a hash that was made here. With one made elsewhere it takes
    /// longer.
    ///
    /// A hash that cannot be read, or whose pepper is not known, is a line in the log, and nobody's password.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] where too many are waiting.
    pub(crate) async fn verify(
        &self,
        password: &Password,
        stored: Option<String>,
    ) -> Result<Verdict> {
        let password = password.clone();
        self.run(move |inner| inner.judge(&password, stored.as_deref()))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Inner) -> Result<T, OutOfMemory> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.0);
        self.0
            .gate
            .run(move || job(&inner))
            .await?
            .map_err(|OutOfMemory| {
                tracing::error!("there is no memory to hash a password");
                Error::Busy
            })
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher(…)")
    }
}

impl Inner {
    fn current_key(&self) -> Option<&[u8]> {
        self.peppers.current.as_ref().map(Pepper::key)
    }

    fn judge(&self, password: &Password, stored: Option<&str>) -> Result<Verdict, OutOfMemory> {
        let Some(stored) = stored else {
            return self.wrong(password);
        };
        let right = match Stored::read(stored) {
            Ok(Stored::Argon2(hash)) => return self.judge_argon2(password, &hash),
            Ok(Stored::Bcrypt(hash)) => either(password, |password| hash.matches(password)),
            Ok(Stored::Pbkdf2(hash)) => either(password, |password| hash.matches(password)),
            Ok(Stored::Scrypt(hash)) => either(password, |password| hash.matches(password)),
            Err(reason) => {
                tracing::error!(reason, "a stored password hash cannot be used");
                false
            }
        };
        if right {
            Ok(Verdict::Outdated)
        } else {
            self.wrong(password)
        }
    }

    fn judge_argon2(&self, password: &Password, hash: &Argon2Hash) -> Result<Verdict, OutOfMemory> {
        let key = match &hash.pepper {
            None => None,
            Some(id) => {
                let Some(pepper) = self.peppers.find(id) else {
                    tracing::error!(
                        id,
                        "a stored password hash was made with a pepper that is not configured"
                    );
                    return self.wrong(password);
                };
                Some(pepper.key())
            }
        };
        if hash.matches(password.normalized(), key)? {
            return Ok(if hash.is_like(&self.pattern) {
                Verdict::Right
            } else {
                Verdict::Outdated
            });
        }
        if !password.is_normal() && hash.matches(password.typed(), key)? {
            return Ok(Verdict::Outdated);
        }
        if hash.costs_as(&self.pattern) {
            Ok(Verdict::Wrong)
        } else {
            self.wrong(password)
        }
    }

    /// Takes as long to find a password wrong as a hash of today's cost does.
    fn wrong(&self, password: &Password) -> Result<Verdict, OutOfMemory> {
        black_box(
            self.pattern
                .matches(password.normalized(), self.current_key())?,
        );
        if !password.is_normal() {
            black_box(self.pattern.matches(password.typed(), self.current_key())?);
        }
        Ok(Verdict::Wrong)
    }
}

/// Whether the password matches as it was typed, or in the form that is hashed here.
fn either(password: &Password, matches: impl Fn(&[u8]) -> bool) -> bool {
    matches(password.typed()) || (!password.is_normal() && matches(password.normalized()))
}
