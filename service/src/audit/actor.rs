//! Who acts.

use std::sync::Arc;

use uuid::Uuid;

use crate::db::Db;
use crate::error::{Error, Result};

/// Longest reason, in bytes: a sentence, not a log.
const LONGEST_REASON: usize = 1024;

/// In whose name a [`Db`] writes.
#[derive(Clone, Debug, Default)]
pub(crate) enum Actor {
    /// Nobody said. A verb that knows whom it is about (a password that its user changes) names that user.
    #[default]
    Unnamed,
    User(Uuid),
    System(Arc<str>),
}

impl Actor {
    pub(crate) fn system(reason: &str) -> Result<Self> {
        if reason.trim().is_empty() {
            return Err(Error::invalid(
                "reason",
                "is empty: say why the system acts",
            ));
        }
        if reason.len() > LONGEST_REASON || reason.contains(char::is_control) {
            return Err(Error::invalid(
                "reason",
                format!("is longer than {LONGEST_REASON} bytes or has control characters"),
            ));
        }
        Ok(Self::System(reason.into()))
    }
}

impl Db {
    /// The same database, where the audit names the user as who does what is done through it: an administrator who
    /// creates and deletes users, say. It decides nothing about what is allowed.
    ///
    /// A [`Tenant`](crate::Tenant) names its user by itself.
    #[must_use]
    pub fn acting_as(&self, user_id: Uuid) -> Self {
        self.with_actor(Actor::User(user_id))
    }

    /// The same database, where the audit names the system as who does what is done through it, and why: an import, a
    /// scheduled job.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where the reason is empty, longer than 1,024 bytes or has control characters.
    pub fn as_system(&self, reason: &str) -> Result<Self> {
        Ok(self.with_actor(Actor::system(reason)?))
    }
}
