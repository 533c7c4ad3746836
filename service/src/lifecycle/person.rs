//! Who is erased: by which addresses and names the person is to be found, and where.

mod known;

use std::collections::{BTreeSet, HashMap};

use sea_orm::Value;
use uuid::Uuid;

use super::redact::{Redactor, spellings};
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::sql::Sql;
use crate::users::User;
use known::{Known, column};

/// What an anonymised user has for an address. No mail ever gets there (RFC 6761 §6.4).
pub(crate) fn tombstone(user_id: Uuid) -> String {
    format!("erased-{user_id}@erased.invalid")
}

/// A mailbox that the user holds.
pub(super) struct Held {
    pub(super) application_id: Uuid,
    pub(super) id: Uuid,
}

/// Addresses of the person, and what takes them and the names out of a text.
pub(super) struct Aliases {
    addresses: BTreeSet<String>,
    pub(super) redactor: Redactor,
}

impl Aliases {
    fn new(addresses: BTreeSet<String>, words: &[String], tombstone: &str) -> Self {
        let list: Vec<_> = addresses.iter().cloned().collect();
        Self {
            redactor: Redactor::new(&list, words, tombstone),
            addresses,
        }
    }

    /// Whether the text, all of it, is one of the addresses: in a column that holds one, no other is meant by it.
    pub(super) fn is_address(&self, text: &str) -> bool {
        self.addresses.contains(text)
            || self
                .addresses
                .iter()
                .any(|address| spellings(address).iter().any(|spelling| spelling == text))
    }
}

pub(super) struct Person {
    pub(super) id: Uuid,
    /// Proved ones: they are the person's wherever they stand.
    everywhere: Aliases,
    /// With those that one application alone says are the person's. They count there only: its admins write what they like.
    within: HashMap<Uuid, Aliases>,
    /// What the user said and never proved: it may be anybody's, and counts in what is the user's own alone.
    pub(super) unproved: Aliases,
    /// Of the user's memberships, ended ones too.
    pub(super) applications: Vec<Uuid>,
    pub(super) held: Vec<Held>,
    /// From which the user signed in.
    pub(super) ips: Vec<String>,
}

impl Person {
    pub(super) async fn find(db: &Db, user: &User) -> Result<Self> {
        let mut known = Known::of(user);
        known.add_from_audit(db, user.id).await?;
        known.add_from_tokens(db, user.id).await?;
        let applications = known.add_from_memberships(db, user.id).await?;
        let held = known.add_from_mailboxes(db, user.id).await?;
        known.leave_others(db, user.id).await?;
        let sessions =
            Sql::new("SELECT DISTINCT ip FROM sessions WHERE ip IS NOT NULL AND user_id = ");
        let ips = column(&sessions.bind(user.id).all(db).await?, "ip")?;
        let tombstone = tombstone(user.id);
        let words: Vec<_> = known.words.into_iter().collect();
        let aliases = |addresses| Aliases::new(addresses, &words, &tombstone);
        let mut within = HashMap::new();
        for (application_id, mut addresses) in known.within {
            if !addresses.is_subset(&known.proved) {
                addresses.extend(known.proved.iter().cloned());
                within.insert(application_id, aliases(addresses));
            }
        }
        known
            .unproved
            .retain(|address| !known.proved.contains(address));
        Ok(Self {
            id: user.id,
            everywhere: aliases(known.proved),
            within,
            unproved: aliases(known.unproved),
            applications,
            held,
            ips,
        })
    }

    /// What counts in rows of the application; `None`: in rows of none.
    pub(super) fn aliases(&self, application_id: Option<Uuid>) -> &Aliases {
        let own = application_id.and_then(|id| self.within.get(&id));
        own.unwrap_or(&self.everywhere)
    }

    /// Whether there is one to look for outside of what is the user's own.
    pub(super) fn has_addresses(&self) -> bool {
        !self.everywhere.addresses.is_empty() || !self.within.is_empty()
    }

    /// All that count in some application, each once. Which of them counts where is told by [`aliases`](Self::aliases).
    pub(super) fn addresses(&self) -> BTreeSet<String> {
        let within = self.within.values().flat_map(|own| &own.addresses);
        within.chain(&self.everywhere.addresses).cloned().collect()
    }

    /// Those with which the user signed in, or might have.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &String> {
        let proved = self.everywhere.addresses.iter();
        proved.chain(&self.unproved.addresses)
    }

    /// Proved ones.
    pub(super) fn proved(&self) -> impl Iterator<Item = &String> {
        self.everywhere.addresses.iter()
    }

    /// Applications and what counts in each alone: rows of an id and a text.
    pub(super) fn local(&self) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        for (application_id, own) in &self.within {
            for address in own.addresses.difference(&self.everywhere.addresses) {
                rows.push(vec![(*application_id).into(), address.as_str().into()]);
            }
        }
        rows
    }

    /// Whether anything in the text tells who it is.
    pub(super) fn is_named_in(&self, text: &str) -> bool {
        let all = [&self.everywhere, &self.unproved];
        let mut all = all.into_iter().chain(self.within.values());
        all.any(|aliases| aliases.redactor.all(text).is_some())
    }
}
