//! Two applications with a row in every table each, written as raw SQL, and SQL that means the same on both backends.
//!
//! In SQL given to [`World`], `{a.roles}` is the id of application A's role (B's: `{b.roles}`; every table has one row of
//! each), `{7}` any other uuid, `{2026-01-02T03:04:05}` an instant and `{hash}` 32 bytes.

use std::fmt::Write as _;

use migration::testing::{Backend, Login, TestDb, on_citus};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement, TryGetable,
};

use crate::catalog::Catalog;

/// A row of each table, parents first, for the owner whose letter stands for `o`.
const ROWS: &[(&str, &str)] = &[
    (
        "users",
        "(id, email, username, name) VALUES ({o.users}, 'o@example.org', 'o1', 'O')",
    ),
    (
        "user_passwords",
        "(user_id, password_hash) VALUES ({o.users}, '$argon2id$')",
    ),
    (
        "applications",
        "(id, public_id, slug, name, created_by) VALUES ({o.applications}, 'o123456789', 'app-o', 'App O', {o.users})",
    ),
    (
        "application_memberships",
        "(application_id, user_id, email) VALUES ({o.applications}, {o.users}, 'o@work.example.org')",
    ),
    (
        "roles",
        "(application_id, id, key, name, description) VALUES ({o.applications}, {o.roles}, 'editor', 'Editor', 'Edits')",
    ),
    (
        "role_permissions",
        "(application_id, role_id, permission) VALUES ({o.applications}, {o.roles}, 'clients.read')",
    ),
    (
        "membership_roles",
        "(application_id, user_id, role_id) VALUES ({o.applications}, {o.users}, {o.roles})",
    ),
    (
        "clients",
        "(application_id, id, name, email, created_by) \
         VALUES ({o.applications}, {o.clients}, 'Client', 'client@example.org', {o.users})",
    ),
    (
        "client_users",
        "(application_id, client_id, user_id) VALUES ({o.applications}, {o.clients}, {o.users})",
    ),
    (
        "verification_tokens",
        "(id, purpose, secret_hash, user_id, email, expires_at) VALUES \
         ({o.verification_tokens}, 'email_change', {hash}, {o.users}, 'o@new.example.org', {2099-01-01T00:00:00})",
    ),
    (
        "invitations",
        "(application_id, id, email, secret_hash, invited_by, expires_at) VALUES \
         ({o.applications}, {o.invitations}, 'guest@example.org', {hash}, {o.users}, {2099-01-01T00:00:00})",
    ),
    (
        "invitation_roles",
        "(application_id, invitation_id, role_id) VALUES ({o.applications}, {o.invitations}, {o.roles})",
    ),
    (
        "sessions",
        "(id, secret_hash, user_id, application_id, expires_at) VALUES \
         ({o.sessions}, {hash}, {o.users}, {o.applications}, {2099-01-01T00:00:00})",
    ),
    (
        "sign_in_throttles",
        "(id, kind, failures, expires_at) VALUES ({o.sign_in_throttles}, 'account_source', 3, {2099-01-01T00:00:00})",
    ),
    (
        "domains",
        "(application_id, id, name, created_by, challenge) VALUES \
         ({o.applications}, {o.domains}, 'example.org', {o.users}, 'aura-challenge-0123456789')",
    ),
    (
        "mailboxes",
        "(application_id, id, domain_id, local_part, email, user_id) VALUES \
         ({o.applications}, {o.mailboxes}, {o.domains}, 'info', 'info@example.org', {o.users})",
    ),
    (
        "emails",
        "(application_id, id, mailbox_id, user_id, from_address, subject, body, message_id, thread_id, sent_at) VALUES \
         ({o.applications}, {o.emails}, {o.mailboxes}, {o.users}, 'info@example.org', 'Hello', 'World', \
         'o1@example.org', {o.emails}, {2026-01-01T00:00:00})",
    ),
    (
        "email_recipients",
        "(application_id, email_id, kind, address) VALUES ({o.applications}, {o.emails}, 'to', 'guest@example.org')",
    ),
    (
        "audit_chains",
        "(application_id, lane, sequence, previous_hash, hash, first_sequence, first_previous_hash) VALUES \
         ({o.applications}, 0, 1, {hash}, {hash}, 1, {hash})",
    ),
    (
        "audit_events",
        "(application_id, id, lane, sequence, actor_id, action, subject_type, subject_id, detail_hash, previous_hash) \
         VALUES ({o.applications}, {o.audit_events}, 0, 1, {o.users}, 'clients.create', 'clients', {o.clients}, {hash}, \
         {hash})",
    ),
    (
        "audit_details",
        "(application_id, event_id, detail, salt) VALUES ({o.applications}, {o.audit_events}, '{}', {hash})",
    ),
];

/// A migrated database with the rows in it.
pub(crate) struct World {
    pub(crate) db: DatabaseConnection,
    pub(crate) backend: Backend,
    /// Lives as long as the connection.
    database: TestDb,
}

/// Why the database did not do it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// A CHECK, by its name.
    Check(String),
    Unique,
    ForeignKey,
    NotNull,
    /// By a trigger; on Citus, because nobody has the right to it.
    AppendOnly,
    /// The row would lie on another node; on Citus alone.
    Moved,
    /// Anything else: the value is not of the type, for example.
    Other(String),
}

impl World {
    pub(crate) async fn of(database: TestDb) -> Self {
        let world = Self {
            db: database.connect().await,
            backend: database.backend(),
            database,
        };
        for owner in ["a", "b"] {
            for (table, row) in ROWS {
                world.done(&insert(table, row, owner)).await;
            }
        }
        world
    }

    /// The database, as its owner.
    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    /// The same, as the server's administrator.
    pub(crate) fn admin_url(&self) -> &str {
        self.database.admin_url().unwrap()
    }

    /// A login without rights; on `PostgreSQL` alone.
    pub(crate) async fn login(&self) -> Login {
        self.database.create_login().await
    }

    /// The condition that a row is the one of an owner (`a`, `b`).
    pub(crate) fn row(table: &str, owner: &str) -> String {
        match table {
            "users" | "applications" | "verification_tokens" | "sessions" | "sign_in_throttles" => {
                format!("id = {{{owner}.{table}}}")
            }
            "user_passwords" => format!("user_id = {{{owner}.users}}"),
            _ => format!("application_id = {{{owner}.applications}}"),
        }
    }

    /// Runs one statement by itself, as psql does, and says how many rows it touched.
    pub(crate) async fn run(&self, sql: &str) -> Result<u64, Refusal> {
        let done = self.db.execute_unprepared(&self.sql(sql)).await;
        done.map(|done| done.rows_affected())
            .map_err(|error| Refusal::of(&error))
    }

    /// Runs what must succeed.
    pub(crate) async fn done(&self, sql: &str) -> u64 {
        let done = self.run(sql).await;
        done.unwrap_or_else(|refusal| panic!("{refusal:?} on {}:\n{sql}", self.backend))
    }

    /// Runs what must be refused.
    pub(crate) async fn refused(&self, sql: &str) -> Refusal {
        let Err(refusal) = self.run(sql).await else {
            panic!("accepted on {}:\n{sql}", self.backend)
        };
        refusal
    }

    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let sql = self.sql(sql);
        let rows = self
            .db
            .query_all_raw(Statement::from_string(self.db.get_database_backend(), &sql));
        rows.await.unwrap_or_else(|error| panic!("{error}\n{sql}"))
    }

    /// The first column of the only row.
    pub(crate) async fn value<T: TryGetable>(&self, sql: &str) -> T {
        let rows = self.rows(sql).await;
        let [row] = rows.as_slice() else {
            panic!("{} rows on {}:\n{sql}", rows.len(), self.backend)
        };
        row.try_get_by_index(0)
            .unwrap_or_else(|error| panic!("{error:?} on {}:\n{sql}", self.backend))
    }

    pub(crate) async fn count(&self, table: &str, condition: &str) -> i64 {
        self.value(&format!("SELECT count(*) FROM {table} WHERE {condition}"))
            .await
    }

    pub(crate) async fn catalog(&self) -> Catalog {
        Catalog::read(&self.db).await
    }

    /// In the words of the backend.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let mut parts = sql.split('{');
        let mut all = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let word = part.split_once('}').filter(|(word, _)| {
                let placeholder =
                    |letter: char| letter.is_ascii_alphanumeric() || "._:-".contains(letter);
                !word.is_empty() && word.chars().all(placeholder)
            });
            match word {
                Some((word, rest)) => write!(all, "{}{rest}", self.literal(word)).unwrap(),
                // A JSON object.
                None => write!(all, "{{{part}").unwrap(),
            }
        }
        all
    }

    fn literal(&self, word: &str) -> String {
        if word == "hash" {
            return self.bytes(32);
        }
        if word.contains('T') {
            return format!("'{word}+00:00'");
        }
        let number: u128 = match word.split_once('.') {
            Some((owner, table)) => {
                let place = ROWS.iter().position(|(name, _)| *name == table);
                let place = place.unwrap_or_else(|| panic!("no row of {table}")) + 1;
                u128::from(owner.as_bytes()[0]) << 120 | place as u128
            }
            None => word.parse().unwrap(),
        };
        match self.backend {
            Backend::Sqlite => format!("x'{number:032x}'"),
            Backend::Postgres => format!("'{number:032x}'::uuid"),
        }
    }

    /// So many bytes.
    pub(crate) fn bytes(&self, length: usize) -> String {
        let hex = "5a".repeat(length);
        match self.backend {
            Backend::Sqlite => format!("x'{hex}'"),
            Backend::Postgres => format!("'\\x{hex}'::bytea"),
        }
    }
}

/// The row of an owner as an INSERT.
pub(crate) fn insert(table: &str, row: &str, owner: &str) -> String {
    let row = row
        .replace("{o.", &format!("{{{owner}."))
        .replace("'o", &format!("'{owner}"))
        .replace("app-o", &format!("app-{owner}"));
    format!("INSERT INTO {table} {row}")
}

impl Refusal {
    pub(crate) fn of(error: &DbErr) -> Self {
        let text = error.to_string();
        let has = |parts: [&str; 2]| parts.iter().any(|part| text.contains(part));
        let name = |before: &str| {
            let (_, rest) = text.split_once(before)?;
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            // The check of an added column is called after the shard there.
            let shard = name.rsplit_once('_').filter(|(_, shard)| {
                on_citus() && shard.len() > 4 && shard.chars().all(|digit| digit.is_ascii_digit())
            });
            Some(shard.map_or(name, |(name, _)| name).to_owned())
        };
        let check =
            name("violates check constraint \"").or_else(|| name("CHECK constraint failed: "));
        if let Some(check) = check {
            Self::Check(check)
        } else if has(["violates unique constraint", "UNIQUE constraint failed"]) {
            Self::Unique
        } else if has([
            "violates foreign key constraint",
            "FOREIGN KEY constraint failed",
        ]) {
            Self::ForeignKey
        } else if has(["violates not-null constraint", "NOT NULL constraint failed"]) {
            Self::NotNull
        } else if text.contains("is append-only")
            || (on_citus() && text.contains("permission denied for table audit_"))
        {
            Self::AppendOnly
        } else if text.contains("modifying the partition value of rows is not allowed") {
            Self::Moved
        } else {
            Self::Other(text)
        }
    }
}

async fn every_table_has_a_row_of_each_application(db: TestDb) {
    let world = World::of(db).await;
    for table in world.catalog().await.tables.keys() {
        for owner in ["a", "b"] {
            let count = world.count(table, &World::row(table, owner)).await;
            assert_eq!(
                count, 1,
                "`{table}`: add a row of it to `ROWS`, so that its constraints are tried"
            );
        }
    }
}

migration::both_backends!(every_table_has_a_row_of_each_application);
