//! What is counted, and the key of its row.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::passwords::throttling::{Limit, Throttling};

/// What is counted. Rows are locked in this order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    /// Attempts on one account from one source.
    AccountSource,
    /// Attempts from one source.
    Source,
    /// Attempts on one account.
    Account,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::AccountSource, Self::Source, Self::Account];

    /// As the database has it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::AccountSource => "account_source",
            Self::Source => "source",
            Self::Account => "account",
        }
    }

    pub(super) fn limit(self, limits: &Throttling) -> Limit {
        match self {
            Self::AccountSource => limits.account_source,
            Self::Source => limits.source,
            Self::Account => limits.account,
        }
    }

    /// The key of the row: a UUID of version 8 (RFC 9562 §5.8) from a SHA-256, so that neither the address nor the source
    /// stands in it. `None` where it takes a source and there is none.
    pub(super) fn key(self, account: &str, source: Option<IpAddr>) -> Option<Uuid> {
        let mut hash = Sha256::new();
        hash.update(b"aura sign-in throttle\0");
        hash.update(self.as_str());
        hash.update(b"\0");
        // A source tells its own length, and the account comes last: no two texts to hash are alike.
        if self != Self::Account {
            place(source?, |bytes| hash.update(bytes));
        }
        if self != Self::Source {
            hash.update(account);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let bytes = digest.first_chunk()?;
        Some(uuid::Builder::from_custom_bytes(*bytes).into_uuid())
    }
}

/// One place on the net: an IPv4 address, however it is written, or the /64 of an IPv6 address, which is what one customer
/// has at least.
fn place(source: IpAddr, mut put: impl FnMut(&[u8])) {
    match source.to_canonical() {
        IpAddr::V4(address) => {
            put(&[4]);
            put(&address.octets());
        }
        IpAddr::V6(address) => {
            put(&[6]);
            put(&address.octets()[..8]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: Kind, account: &str, source: &str) -> Option<Uuid> {
        kind.key(account, source.parse().ok())
    }

    #[test]
    fn a_key_tells_apart_what_is_counted_and_nothing_else() {
        let mut keys: Vec<_> = Kind::ALL
            .into_iter()
            .flat_map(|kind| {
                ["a@x.io", "b@x.io"].into_iter().flat_map(move |account| {
                    ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1"]
                        .map(|source| key(kind, account, source))
                })
            })
            .collect();
        assert!(keys.iter().all(|key| {
            key.is_some_and(|key| {
                key.get_version_num() == 8 && key.get_variant() == uuid::Variant::RFC4122
            })
        }));
        keys.sort_unstable();
        keys.dedup();
        // Of each account and source, of each source, of each account.
        assert_eq!(keys.len(), 8 + 4 + 2);
        for kind in [Kind::AccountSource, Kind::Source] {
            let same =
                |one, other| assert_eq!(key(kind, "a@x.io", one), key(kind, "a@x.io", other));
            same("192.0.2.1", "::ffff:192.0.2.1");
            same("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff");
            assert_eq!(kind.key("a@x.io", None), None);
        }
        assert!(Kind::Account.key("a@x.io", None).is_some());
    }
}
