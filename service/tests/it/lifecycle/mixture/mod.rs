//! A random mixture of live and deleted rows with every kind of relation: what is live stays as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{
    application_memberships, applications, client_users, clients, domains, email_recipients,
    emails, invitation_roles, invitations, mailboxes, membership_roles, role_permissions, roles,
    sessions, user_passwords, users, verification_tokens,
};
use migration::testing::{Backend, TestDb};
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};
use service::{Clock, Config, Db};

use mixing::{Dice, Mixture, mix};

mod mixing;

/// What names a row that may be purged, and is cleared then.
const NAMING: [(&str, &str, &str); 6] = [
    ("mailboxes", "user_id", "application_memberships"),
    ("emails", "user_id", "application_memberships"),
    ("clients", "created_by", "users"),
    ("domains", "created_by", "users"),
    ("invitations", "invited_by", "users"),
    ("sessions", "application_id", "applications"),
];
/// What goes with either of its ends.
const LINKS: [(&str, &[(&str, &str)]); 8] = [
    ("user_passwords", &[("user_id", "users")]),
    ("role_permissions", &[("role_id", "roles")]),
    (
        "membership_roles",
        &[("user_id", "application_memberships"), ("role_id", "roles")],
    ),
    (
        "client_users",
        &[
            ("user_id", "application_memberships"),
            ("client_id", "clients"),
        ],
    ),
    (
        "invitation_roles",
        &[("invitation_id", "invitations"), ("role_id", "roles")],
    ),
    ("email_recipients", &[("email_id", "emails")]),
    ("sessions", &[("user_id", "users")]),
    ("verification_tokens", &[("user_id", "users")]),
];

/// Each table, its rows as they would be shown.
async fn rows(db: &Db) -> BTreeMap<&'static str, Vec<Json>> {
    let mut all = BTreeMap::new();
    macro_rules! of {
        ($($module:ident)+) => { $(
            let rows = $module::Entity::find().all(db).await.expect("rows");
            all.insert(stringify!($module), rows.iter().map(|row| json!(row)).collect::<Vec<_>>());
        )+ };
    }
    of!(users user_passwords applications application_memberships roles role_permissions membership_roles clients client_users
        verification_tokens invitations invitation_roles sessions domains mailboxes emails email_recipients);
    all
}

/// A row of the table, by what names it from elsewhere.
fn named(table: &str, row: &Json) -> (String, String) {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    match table {
        "users" | "applications" => (String::new(), text("id")),
        "application_memberships" => (text("application_id"), text("user_id")),
        _ => (text("application_id"), text("id")),
    }
}

struct After {
    there: BTreeMap<&'static str, BTreeSet<(String, String)>>,
    rows: BTreeMap<&'static str, Vec<Json>>,
}

impl After {
    fn has(&self, table: &str, application: &Json, id: &Json) -> bool {
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let application = if ["users", "applications"].contains(&table) {
            String::new()
        } else {
            text(application)
        };
        self.there[table].contains(&(application, text(id)))
    }

    /// The row as it is now, if it is there and has changed in nothing but that it names nobody where it named what is gone.
    fn same(&self, table: &str, before: &Json) -> bool {
        self.rows[table].iter().any(|row| {
            let mut before = before.clone();
            for (_, column, names) in NAMING.iter().filter(|(of, ..)| *of == table) {
                let cleared = row[*column].is_null() && !before[*column].is_null();
                if cleared && !self.has(names, &before["application_id"], &before[*column]) {
                    before[*column] = Json::Null;
                    before["updated_at"] = row["updated_at"].clone();
                }
            }
            before == *row
        })
    }
}

#[expect(clippy::too_many_lines, reason = "what holds for each kind of row")]
async fn what_is_live_stays_as_it_was(backend: Backend, seed: u64, batch: u64) {
    let test = TestDb::new(backend).await;
    let start = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
    let config = Config::new(test.url()).clock(Clock::manual(start));
    let db = crate::rules::connect(config).await.expect("connects");
    let (now, dice) = (start.fixed_offset(), Dice(seed));
    let mut mixture = Mixture { db, dice, now };
    mix(&mut mixture).await;
    let db = &mixture.db;
    let cutoff = start - TimeDelta::days(30);
    let is_old = |at: &Json| {
        let at = at
            .as_str()
            .map(|at| at.parse::<DateTime<FixedOffset>>().expect("an instant"));
        at.is_some_and(|at| at < cutoff)
    };
    let before = rows(db).await;
    let mut told = Vec::new();
    let purged = db
        .lifecycle()
        .purge(cutoff, batch, |progress| told.push(*progress))
        .await;
    let purged = purged.expect("purged");
    let rows_now = rows(db).await;
    let there = rows_now
        .iter()
        .map(|(table, rows)| (*table, rows.iter().map(|row| named(table, row)).collect()))
        .collect();
    let after = After {
        there,
        rows: rows_now,
    };
    let mut kept: BTreeMap<&str, u64> = BTreeMap::new();
    for (table, rows) in &before {
        for row in rows {
            if row.get("deleted_at").is_some() && !is_old(&row["deleted_at"]) {
                assert!(after.same(table, row), "{table}: {row}");
            } else if row.get("deleted_at").is_some() {
                let id = if *table == "application_memberships" {
                    &row["user_id"]
                } else {
                    &row["id"]
                };
                if after.has(table, &row["application_id"], id) {
                    *kept.entry(table).or_default() += 1;
                }
            } else if *table == "invitations" {
                let ended = is_old(&row["expires_at"])
                    || !row["accepted_at"].is_null() && is_old(&row["updated_at"]);
                let dead_end = !after.has("applications", &Json::Null, &row["application_id"])
                    || row["accepted_at"].is_null()
                        && !after.has("users", &Json::Null, &row["invited_by"]);
                assert!(ended || dead_end || after.same(table, row), "{row}");
            } else if let Some((_, ends)) = LINKS.iter().find(|(of, _)| of == table) {
                let whole = ends
                    .iter()
                    .all(|(column, to)| after.has(to, &row["application_id"], &row[*column]));
                let ended = ["expires_at", "revoked_at"]
                    .iter()
                    .any(|at| row.get(*at).is_some_and(is_old))
                    || row
                        .get("consumed_at")
                        .is_some_and(|at| !at.is_null() && is_old(&row["updated_at"]))
                    || row.get("purpose").is_some()
                        && !row["revoked_at"].is_null()
                        && is_old(&row["updated_at"]);
                assert!(!whole || ended || after.same(table, row), "{table}: {row}");
            }
        }
    }
    assert_eq!(
        kept,
        purged
            .kept
            .iter()
            .map(|(table, rows)| (*table, *rows))
            .collect()
    );
    for (table, rows) in &before {
        let gone = rows.len() - after.rows[table].len();
        // What goes by CASCADE with an invitation is not counted.
        if *table != "invitation_roles" {
            let told = purged.removed.get(table).copied().unwrap_or_default();
            assert_eq!(told, gone as u64, "{table}");
        }
    }
    assert!(purged.total() > 150, "{purged:?}");
    for (table, rows) in &purged.removed {
        let last = told.iter().rfind(|progress| progress.table == *table);
        assert_eq!(
            last.map(|progress| progress.removed),
            Some(*rows),
            "{table}"
        );
    }
    let again = db
        .lifecycle()
        .purge(cutoff, batch, |_| ())
        .await
        .expect("purged");
    assert_eq!(again.total(), 0, "{again:?}");
    assert_eq!(db.audit().verify(&[]).await.expect("verified").broken, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    for (seed, batch) in [(11, 1), (12, 7), (13, 500)] {
        what_is_live_stays_as_it_was(Backend::Sqlite, seed, batch).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    for (seed, batch) in [(21, 1), (22, 7), (23, 500)] {
        what_is_live_stays_as_it_was(Backend::Postgres, seed, batch).await;
    }
}
