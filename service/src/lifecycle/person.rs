//! Who is erased: by which addresses and names the person is to be found.

use std::collections::BTreeSet;

use sea_orm::QueryResult;
use serde_json::Value as Json;
use uuid::Uuid;

use super::redact::Redactor;
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::sql::Sql;
use crate::users::User;

/// A name of one letter is in every text.
const SHORTEST: usize = 2;

/// What an anonymised user has for an address. No mail ever gets there (RFC 6761 §6.4).
pub(crate) fn tombstone(user_id: Uuid) -> String {
    format!("erased-{user_id}@erased.invalid")
}

/// A mailbox that the user holds.
pub(super) struct Held {
    pub(super) application_id: Uuid,
    pub(super) id: Uuid,
}

pub(super) struct Person {
    pub(super) id: Uuid,
    /// Those that were the user's at any time, as far as that is known, and are nobody else's.
    pub(super) addresses: Vec<String>,
    pub(super) redactor: Redactor,
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
        let memberships = known.add_from_memberships(db, user.id).await?;
        let held = known.add_from_mailboxes(db, user.id).await?;
        known.leave_others(db, user.id).await?;
        let sessions =
            Sql::new("SELECT DISTINCT ip FROM sessions WHERE ip IS NOT NULL AND user_id = ");
        let tombstone = tombstone(user.id);
        let addresses: Vec<_> = known.addresses.into_iter().collect();
        let words: Vec<_> = known.words.into_iter().collect();
        Ok(Self {
            id: user.id,
            redactor: Redactor::new(&addresses, &words, &tombstone),
            addresses,
            applications: memberships,
            held,
            ips: column(&sessions.bind(user.id).all(db).await?, "ip")?,
        })
    }

    pub(super) fn is_address(&self, text: &str) -> bool {
        self.addresses.iter().any(|address| address == text)
    }
}

#[derive(Default)]
struct Known {
    addresses: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Known {
    fn of(user: &User) -> Self {
        let mut known = Self::default();
        known.address(&user.email);
        let words = [
            &user.username,
            &user.name,
            &user.given_name,
            &user.family_name,
            &user.picture,
        ];
        for word in words.into_iter().flatten() {
            known.word(word);
        }
        known
    }

    fn address(&mut self, address: &str) {
        if address.contains('@') && !address.ends_with("@erased.invalid") {
            self.addresses.insert(address.to_owned());
        }
    }

    fn word(&mut self, word: &str) {
        if word.chars().nth(SHORTEST - 1).is_some() {
            self.words.insert(word.to_owned());
        }
    }

    /// What the user was called before, and had for an address.
    async fn add_from_audit(&mut self, db: &Db, user_id: Uuid) -> Result<()> {
        let rows = Sql::new(
            "SELECT d.detail AS detail FROM audit_events e JOIN audit_details d \
             ON d.application_id = e.application_id AND d.event_id = e.id WHERE e.application_id = ",
        )
        .bind(Uuid::nil())
        .text(" AND e.subject_type = 'users' AND e.subject_id = ")
        .bind(user_id);
        for row in rows.all(db).await? {
            let detail: Json = row.try_get("", "detail")?;
            let before = |column: &str| {
                let pair = detail
                    .get("changed")
                    .and_then(|changed| changed.get(column));
                let pair = pair.and_then(Json::as_array).cloned().unwrap_or_default();
                let texts = pair.into_iter().filter_map(|value| match value {
                    Json::String(text) => Some(text),
                    _ => None,
                });
                texts.collect::<Vec<_>>()
            };
            for email in before("email") {
                self.address(&email);
            }
            for column in ["username", "name", "given_name", "family_name", "picture"] {
                for word in before(column) {
                    self.word(&word);
                }
            }
        }
        Ok(())
    }

    /// One to change to another address is of the former and, once it was used, of the new one: before, anybody's address
    /// may stand there.
    async fn add_from_tokens(&mut self, db: &Db, user_id: Uuid) -> Result<()> {
        let rows = Sql::new(
            "SELECT purpose, email, payload, consumed_at IS NOT NULL AS used FROM verification_tokens WHERE user_id = ",
        );
        for row in rows.bind(user_id).all(db).await? {
            let (purpose, used): (String, bool) =
                (row.try_get("", "purpose")?, row.try_get("", "used")?);
            if purpose != "email_change" || used {
                let email: Option<String> = row.try_get("", "email")?;
                self.address(&email.unwrap_or_default());
            }
            let payload: Json = row.try_get("", "payload")?;
            let from = payload.get("from").and_then(Json::as_str);
            self.address(from.unwrap_or_default());
        }
        Ok(())
    }

    async fn add_from_memberships(&mut self, db: &Db, user_id: Uuid) -> Result<Vec<Uuid>> {
        let rows =
            Sql::new("SELECT application_id, email FROM application_memberships WHERE user_id = ")
                .bind(user_id)
                .text(" ORDER BY application_id")
                .all(db)
                .await?;
        let emails: Vec<Option<String>> = column(&rows, "email")?;
        for email in emails.into_iter().flatten() {
            self.address(&email);
        }
        column(&rows, "application_id")
    }

    async fn add_from_mailboxes(&mut self, db: &Db, user_id: Uuid) -> Result<Vec<Held>> {
        let rows = Sql::new(
            "SELECT b.application_id AS application_id, b.id AS id, b.local_part AS local_part, b.email AS email \
             FROM application_memberships m JOIN mailboxes b \
             ON b.application_id = m.application_id AND b.user_id = m.user_id WHERE m.user_id = ",
        )
        .bind(user_id)
        .text(" ORDER BY b.application_id, b.id")
        .all(db)
        .await?;
        let words: Vec<_> = self.words.iter().cloned().collect();
        let names = Redactor::new(&[], &words, "");
        let mut held = Vec::new();
        for row in rows {
            let (local_part, email): (String, String) =
                (row.try_get("", "local_part")?, row.try_get("", "email")?);
            let by_name = self.addresses.contains(&email)
                || names
                    .all(&local_part.replace(['.', '_', '-', '+'], " "))
                    .is_some()
                || names.all(&local_part).is_some();
            if by_name {
                self.address(&email);
            }
            held.push(Held {
                application_id: row.try_get("", "application_id")?,
                id: row.try_get("", "id")?,
            });
        }
        Ok(held)
    }

    /// An address that another live user has is that user's by now.
    async fn leave_others(&mut self, db: &Db, user_id: Uuid) -> Result<()> {
        if self.addresses.is_empty() {
            return Ok(());
        }
        let all = || self.addresses.iter().cloned();
        let users = Sql::new("SELECT email FROM users WHERE deleted_at IS NULL AND email IN ")
            .list(all())
            .text(" AND id <> ")
            .bind(user_id);
        for email in column::<String>(&users.all(db).await?, "email")? {
            self.addresses.remove(&email);
        }
        Ok(())
    }
}

fn column<T: sea_orm::TryGetable>(rows: &[QueryResult], name: &str) -> Result<Vec<T>> {
    rows.iter().map(|row| Ok(row.try_get("", name)?)).collect()
}
