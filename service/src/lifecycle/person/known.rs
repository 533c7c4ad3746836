//! What is known of a user: addresses, as far as they are proved, and names.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::QueryResult;
use serde_json::Value as Json;
use uuid::Uuid;

use super::Held;
use crate::db::Db;
use crate::error::Result;
use crate::lifecycle::redact::Redactor;
use crate::lifecycle::sql::Sql;
use crate::users::User;

/// A name of one letter is in every text.
const SHORTEST: usize = 2;

#[derive(Default)]
pub(super) struct Known {
    /// The user has shown to get the mail that is sent there, or had.
    pub(super) proved: BTreeSet<String>,
    /// Anybody signs up with any address. Some of them may be among the proved ones.
    pub(super) unproved: BTreeSet<String>,
    /// What one application says.
    pub(super) within: BTreeMap<Uuid, BTreeSet<String>>,
    pub(super) words: BTreeSet<String>,
}

impl Known {
    pub(super) fn of(user: &User) -> Self {
        let mut known = Self::default();
        known.address(&user.email, user.email_verified_at.is_some());
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

    fn address(&mut self, address: &str, proved: bool) {
        let addresses = if proved {
            &mut self.proved
        } else {
            &mut self.unproved
        };
        if is_address(address) {
            addresses.insert(address.to_owned());
        }
    }

    fn address_within(&mut self, application_id: Uuid, address: &str) {
        if is_address(address) {
            let within = self.within.entry(application_id).or_default();
            within.insert(address.to_owned());
        }
    }

    fn word(&mut self, word: &str) {
        if word.chars().nth(SHORTEST - 1).is_some() {
            self.words.insert(word.to_owned());
        }
    }

    /// What the user was called before, and had for an address.
    pub(super) async fn add_from_audit(&mut self, db: &Db, user_id: Uuid) -> Result<()> {
        let rows = Sql::new(
            "SELECT e.action AS action, d.detail AS detail FROM audit_events e JOIN audit_details d \
             ON d.application_id = e.application_id AND d.event_id = e.id WHERE e.application_id = ",
        )
        .bind(Uuid::nil())
        .text(" AND e.subject_type = 'users' AND e.subject_id = ")
        .bind(user_id);
        for row in rows.all(db).await? {
            let (action, detail): (String, Json) =
                (row.try_get("", "action")?, row.try_get("", "detail")?);
            let pair = |column: &str| {
                let changed = detail.get("changed")?;
                changed.get(column)?.as_array().cloned()
            };
            let texts = |column: &str| {
                let pair = pair(column).unwrap_or_default();
                let texts = pair
                    .into_iter()
                    .map(|value| value.as_str().map(str::to_owned));
                texts.collect::<Vec<_>>()
            };
            // The new address is proved by changing to it; the old one is where it was by then. Both at the same instant
            // are no change.
            let changes = action == "user.change_email";
            let before = pair("email_verified_at").is_none_or(|pair| {
                let old = pair.first();
                old.is_some_and(|old| !old.is_null())
            });
            for (email, proved) in texts("email").into_iter().zip([before, true]) {
                self.address(&email.unwrap_or_default(), changes && proved);
            }
            for column in ["username", "name", "given_name", "family_name", "picture"] {
                for word in texts(column).into_iter().flatten() {
                    self.word(&word);
                }
            }
        }
        Ok(())
    }

    /// Whoever uses one has got the mail with it. One to change to another address is of the former, which nothing proves
    /// here; the new one is the user's only once it is used: before, anybody's address may stand there.
    pub(super) async fn add_from_tokens(&mut self, db: &Db, user_id: Uuid) -> Result<()> {
        let rows = Sql::new(
            "SELECT purpose, email, payload, consumed_at IS NOT NULL AS used FROM verification_tokens WHERE user_id = ",
        );
        for row in rows.bind(user_id).all(db).await? {
            let (purpose, used): (String, bool) =
                (row.try_get("", "purpose")?, row.try_get("", "used")?);
            if purpose != "email_change" || used {
                let email: Option<String> = row.try_get("", "email")?;
                self.address(&email.unwrap_or_default(), used);
            }
            let payload: Json = row.try_get("", "payload")?;
            let from = payload.get("from").and_then(Json::as_str);
            self.address(from.unwrap_or_default(), false);
        }
        Ok(())
    }

    pub(super) async fn add_from_memberships(
        &mut self,
        db: &Db,
        user_id: Uuid,
    ) -> Result<Vec<Uuid>> {
        let rows =
            Sql::new("SELECT application_id, email FROM application_memberships WHERE user_id = ")
                .bind(user_id)
                .text(" ORDER BY application_id")
                .all(db)
                .await?;
        for row in &rows {
            let email: Option<String> = row.try_get("", "email")?;
            let application_id = row.try_get("", "application_id")?;
            self.address_within(application_id, &email.unwrap_or_default());
        }
        column(&rows, "application_id")
    }

    pub(super) async fn add_from_mailboxes(&mut self, db: &Db, user_id: Uuid) -> Result<Vec<Held>> {
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
            let application_id = row.try_get("", "application_id")?;
            let by_name = self.unproved.contains(&email)
                || names
                    .all(&local_part.replace(['.', '_', '-', '+'], " "))
                    .is_some()
                || names.all(&local_part).is_some();
            if by_name {
                self.address_within(application_id, &email);
            }
            held.push(Held {
                application_id,
                id: row.try_get("", "id")?,
            });
        }
        Ok(held)
    }

    /// An address that another live user has is that user's by now.
    pub(super) async fn leave_others(&mut self, db: &Db, user_id: Uuid) -> Result<()> {
        let mut all = self.proved.clone();
        all.extend(self.unproved.iter().cloned());
        all.extend(self.within.values().flatten().cloned());
        if all.is_empty() {
            return Ok(());
        }
        let users = Sql::new("SELECT email FROM users WHERE deleted_at IS NULL AND email IN ")
            .list(all)
            .text(" AND id <> ")
            .bind(user_id);
        for email in column::<String>(&users.all(db).await?, "email")? {
            self.proved.remove(&email);
            self.unproved.remove(&email);
            for within in self.within.values_mut() {
                within.remove(&email);
            }
        }
        Ok(())
    }
}

fn is_address(text: &str) -> bool {
    text.contains('@') && !text.ends_with("@erased.invalid")
}

pub(super) fn column<T: sea_orm::TryGetable>(rows: &[QueryResult], name: &str) -> Result<Vec<T>> {
    rows.iter().map(|row| Ok(row.try_get("", name)?)).collect()
}
