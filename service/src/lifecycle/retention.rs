//! How long things are kept that have come to their end.

use crate::error::{Error, Result};

/// A hundred years: longer is for ever.
const LONGEST: u32 = 36_500;

/// How many days things are kept after they ended; `None`: for ever. What [`apply_retention`](super::Lifecycle::apply_retention)
/// removes, and no other call: nothing goes by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retention {
    /// Rows that were deleted, in which time they can be restored. Default: 30.
    pub deleted_rows: Option<u32>,
    /// Sessions that ended, with the addresses they were opened from. Default: 30.
    pub ended_sessions: Option<u32>,
    /// Verification tokens that were used, taken back or not used in time. Default: 30.
    pub ended_tokens: Option<u32>,
    /// Invitations that were accepted, taken back or not accepted in time. Default: 90.
    pub ended_invitations: Option<u32>,
    /// Counts of attempts to sign in that are forgotten: nothing depends on them any more. Default: 1.
    pub throttles: Option<u32>,
    /// Events of the audit: the oldest of each chain go, which then begins after them. Default: for ever.
    pub audit: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            deleted_rows: Some(30),
            ended_sessions: Some(30),
            ended_tokens: Some(30),
            ended_invitations: Some(90),
            throttles: Some(1),
            audit: None,
        }
    }
}

impl Retention {
    /// Each setting, as the environment names it.
    pub(crate) fn settings(&mut self) -> [(&'static str, &mut Option<u32>); 6] {
        [
            ("RETENTION_DELETED_ROWS", &mut self.deleted_rows),
            ("RETENTION_ENDED_SESSIONS", &mut self.ended_sessions),
            ("RETENTION_ENDED_TOKENS", &mut self.ended_tokens),
            ("RETENTION_ENDED_INVITATIONS", &mut self.ended_invitations),
            ("RETENTION_THROTTLES", &mut self.throttles),
            ("RETENTION_AUDIT", &mut self.audit),
        ]
    }

    pub(crate) fn check(mut self) -> Result<()> {
        for (setting, days) in self.settings() {
            if let Some(days) = days.filter(|days| *days > LONGEST) {
                return Err(Error::Config {
                    setting,
                    reason: format!("is {days}: it takes 0 to {LONGEST} days, or `forever`"),
                });
            }
        }
        Ok(())
    }
}
