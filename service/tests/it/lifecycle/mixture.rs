//! A random mixture of live and deleted rows with every kind of relation: what is live stays as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{
    application_memberships, applications, client_users, clients, domains, email_recipients,
    emails, invitation_roles, invitations, mailboxes, membership_roles, role_permissions, roles,
    sessions, user_passwords, users, verification_tokens,
};
use migration::testing::{Backend, TestDb};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value as Json, json};
use service::{Clock, Config, Db};
use uuid::Uuid;

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

/// Xorshift: the same mixture for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("small")
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

struct Mixture {
    db: Db,
    dice: Dice,
    now: DateTime<FixedOffset>,
}

type Mark = (Option<DateTime<FixedOffset>>, Option<Uuid>);

impl Mixture {
    fn id(&self) -> Uuid {
        self.db.new_id()
    }

    /// Live, deleted just now, or deleted long ago, with many of one instant.
    fn mark(&mut self) -> Mark {
        let days = match self.dice.roll(5) {
            0 | 1 => return (None, None),
            2 => 1,
            3 => 40,
            _ => 41 + i64::try_from(self.dice.roll(3)).expect("small"),
        };
        (
            Some(self.now - TimeDelta::days(days)),
            Some(Uuid::from_u128(7)),
        )
    }

    fn ended(&mut self) -> Option<DateTime<FixedOffset>> {
        match self.dice.roll(4) {
            0 => Some(self.now - TimeDelta::days(1)),
            1 => Some(self.now - TimeDelta::days(50)),
            _ => None,
        }
    }

    fn expires(&mut self) -> DateTime<FixedOffset> {
        let days = self.dice.any(&[-50, -2, 20, 20]);
        self.now + TimeDelta::days(days)
    }
}

macro_rules! put {
    ($mixture:expr, $model:expr) => {
        $model
            .into_active_model()
            .insert(&$mixture.db)
            .await
            .expect("a row")
    };
}

#[expect(clippy::too_many_lines, reason = "a row of each kind")]
async fn mix(m: &mut Mixture) {
    let (mut all_users, mut all_applications) = (Vec::new(), Vec::new());
    let old = m.now - TimeDelta::days(60);
    for n in 0..14 {
        let (deleted_at, deletion_id) = m.mark();
        let id = m.id();
        put!(
            m,
            users::Model {
                id,
                email: format!("u{n}@x.test"),
                username: None,
                name: None,
                given_name: None,
                family_name: None,
                picture: None,
                email_verified_at: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_users.push(id);
        if m.dice.roll(2) == 0 {
            put!(
                m,
                user_passwords::Model {
                    user_id: id,
                    password_hash: "$x$".into(),
                    created_at: old,
                    updated_at: old
                }
            );
        }
    }
    for n in 0..6 {
        let (deleted_at, deletion_id) = m.mark();
        let id = m.id();
        put!(
            m,
            applications::Model {
                id,
                public_id: format!("application{n}"),
                slug: format!("a{n}"),
                name: "A".into(),
                description: None,
                created_by: None,
                compute_id: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_applications.push(id);
    }
    for n in 0..40u8 {
        let user_id = m.dice.any(&all_users);
        let application_id = (m.dice.roll(2) == 0).then(|| m.dice.any(&all_applications));
        let (revoked_at, expires_at) = (m.ended(), m.expires());
        put!(
            m,
            sessions::Model {
                id: m.id(),
                secret_hash: vec![n; 32],
                user_id,
                application_id,
                last_seen_at: old,
                expires_at,
                revoked_at,
                ip: None,
                user_agent: None,
                created_at: old,
                updated_at: old,
                rotated_at: None,
            }
        );
        let (consumed_at, revoked_at, expires_at) = (m.ended(), m.ended(), m.expires());
        let updated_at = consumed_at.max(revoked_at).unwrap_or(old);
        put!(
            m,
            verification_tokens::Model {
                id: m.id(),
                purpose: "magic_link".into(),
                secret_hash: vec![n; 32],
                user_id,
                email: None,
                payload: json!({}),
                expires_at,
                consumed_at,
                revoked_at,
                created_at: old,
                updated_at,
            }
        );
    }
    for application_id in all_applications {
        inside(m, application_id, &all_users).await;
    }
}

#[expect(clippy::too_many_lines, reason = "a row of each kind")]
async fn inside(m: &mut Mixture, application_id: Uuid, all_users: &[Uuid]) {
    let old = m.now - TimeDelta::days(60);
    let (mut members, mut all_roles, mut all_clients) = (Vec::new(), Vec::new(), Vec::new());
    let (mut all_domains, mut all_mailboxes) = (Vec::new(), Vec::new());
    for user_id in all_users {
        if m.dice.roll(3) > 0 {
            let (deleted_at, deletion_id) = m.mark();
            put!(
                m,
                application_memberships::Model {
                    application_id,
                    user_id: *user_id,
                    email: None,
                    created_at: old,
                    updated_at: old,
                    deleted_at,
                    deletion_id,
                }
            );
            members.push(*user_id);
        }
    }
    for n in 0..6 {
        let (deleted_at, deletion_id) = m.mark();
        let id = m.id();
        put!(
            m,
            roles::Model {
                application_id,
                id,
                key: format!("r{n}"),
                name: "R".into(),
                description: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        put!(
            m,
            role_permissions::Model {
                application_id,
                role_id: id,
                permission: "a.b".into(),
                created_at: old,
                updated_at: old,
            }
        );
        all_roles.push(id);
        for user_id in &members {
            if m.dice.roll(3) == 0 {
                put!(
                    m,
                    membership_roles::Model {
                        application_id,
                        user_id: *user_id,
                        role_id: id,
                        granted_by: None,
                        created_at: old,
                        updated_at: old,
                    }
                );
            }
        }
    }
    for n in 0..10u8 {
        let (deleted_at, deletion_id) = m.mark();
        let (id, created_by) = (m.id(), Some(m.dice.any(all_users)));
        put!(
            m,
            clients::Model {
                application_id,
                id,
                name: "C".into(),
                email: None,
                phone: None,
                metadata: json!({"n": 1}),
                created_by,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_clients.push(id);
        let user_id = m.dice.any(&members);
        put!(
            m,
            client_users::Model {
                application_id,
                client_id: id,
                user_id,
                created_at: old,
                updated_at: old
            }
        );
        let (accepted_at, expires_at) = (m.ended(), m.expires());
        let (id, invited_by) = (m.id(), Some(m.dice.any(all_users)));
        put!(
            m,
            invitations::Model {
                application_id,
                id,
                email: format!("i{n}@x.test"),
                secret_hash: vec![n; 32],
                invited_by,
                expires_at,
                accepted_at,
                revoked_at: None,
                created_at: old,
                updated_at: accepted_at.unwrap_or(old),
            }
        );
        let role_id = m.dice.any(&all_roles);
        put!(
            m,
            invitation_roles::Model {
                application_id,
                invitation_id: id,
                role_id,
                created_at: old,
                updated_at: old
            }
        );
        let (deleted_at, deletion_id) = m.mark();
        let (id, created_by) = (m.id(), Some(m.dice.any(all_users)));
        put!(
            m,
            domains::Model {
                application_id,
                id,
                name: format!("d{n}.test"),
                created_by,
                challenge: "x".repeat(20),
                verified_at: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_domains.push((id, n));
    }
    for n in 0..16 {
        let (deleted_at, deletion_id) = m.mark();
        let (domain_id, domain) = m.dice.any(&all_domains);
        let (id, user_id) = (m.id(), (m.dice.roll(2) == 0).then(|| m.dice.any(&members)));
        put!(
            m,
            mailboxes::Model {
                application_id,
                id,
                domain_id,
                local_part: format!("m{n}"),
                email: format!("m{n}@d{domain}.test"),
                user_id,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_mailboxes.push(id);
    }
    for n in 0..40 {
        let (deleted_at, deletion_id) = m.mark();
        let mailbox_id = (m.dice.roll(4) > 0).then(|| m.dice.any(&all_mailboxes));
        let (id, user_id) = (m.id(), (m.dice.roll(2) == 0).then(|| m.dice.any(&members)));
        put!(
            m,
            emails::Model {
                application_id,
                id,
                mailbox_id,
                user_id,
                from_address: "x@y.test".into(),
                subject: "S".into(),
                body: "B".into(),
                body_html: None,
                message_id: Some(format!("{n}")),
                in_reply_to: None,
                sent_at: Some(old),
                received_at: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
                thread_id: Some(id),
            }
        );
        for address in ["a@y.test", "b@y.test"] {
            put!(
                m,
                email_recipients::Model {
                    application_id,
                    email_id: id,
                    kind: "to".into(),
                    address: address.into(),
                    created_at: old,
                    updated_at: old,
                }
            );
        }
    }
}

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
    let db = Db::connect(config).await.expect("connects");
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
