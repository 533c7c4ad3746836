//! Every column that names a user is known to the export, to the purge and to the erasure.

use std::collections::{BTreeMap, BTreeSet};

use migration::testing::{Backend, TestDb};
use sea_orm::{ConnectionTrait, Statement};

/// Every column that names a user, and where the export tells of it.
const NAMING: [(&str, &str, &str); 20] = [
    ("users", "id", "user"),
    ("user_passwords", "user_id", "password"),
    ("application_memberships", "user_id", "memberships"),
    ("membership_roles", "user_id", "memberships: roles"),
    ("sessions", "user_id", "sessions"),
    ("verification_tokens", "user_id", "verification_tokens"),
    ("invitations", "invited_by", "invitations_sent"),
    ("invitations", "email", "invitations"),
    ("client_users", "user_id", "clients_assigned"),
    ("clients", "created_by", "clients_created"),
    ("domains", "created_by", "domains_created"),
    ("mailboxes", "user_id", "mailboxes"),
    ("emails", "user_id", "emails"),
    ("emails", "from_address", "emails"),
    ("email_recipients", "address", "emails: recipients"),
    ("audit_events", "actor_id", "audit_events"),
    ("audit_events", "subject_id", "audit_events"),
    (
        "applications",
        "created_by",
        "audit_events: what the user made is told there",
    ),
    (
        "membership_roles",
        "granted_by",
        "audit_events: what the user granted is told there",
    ),
    (
        "clients",
        "email",
        "not the user's: what an application says of its customers",
    ),
];

#[tokio::test]
async fn every_reference_to_a_user_is_known() {
    let test = TestDb::new(Backend::Postgres).await;
    let db = test.connect().await;
    let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public' \
        AND table_name NOT LIKE 'seaql%' AND (column_name IN ('user_id', 'actor_id', 'subject_id') OR column_name LIKE '%\\_by' \
        OR column_name LIKE '%\\_user\\_id') \
        UNION SELECT c.conrelid::regclass::text, a.attname::text FROM pg_constraint c JOIN pg_attribute a \
        ON a.attrelid = c.conrelid AND a.attnum = c.conkey[cardinality(c.conkey)] WHERE c.contype = 'f' \
        AND c.confrelid IN ('users'::regclass, 'application_memberships'::regclass)";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await;
    let known: BTreeSet<_> = NAMING
        .iter()
        .map(|(table, column, _)| (*table, *column))
        .collect();
    for row in rows.expect("the catalog") {
        let table: String = row.try_get_by_index(0).expect("a name");
        let column: String = row.try_get_by_index(1).expect("a name");
        assert!(
            known.contains(&(table.as_str(), column.as_str())),
            "{table}.{column} names a user: the export must tell of it"
        );
    }
}

/// What `lifecycle/purge/tables.rs` says of the foreign keys, in its words.
#[tokio::test]
async fn every_foreign_key_to_what_is_purged_is_known() {
    let source = include_str!("../../../src/lifecycle/purge/tables.rs");
    let mut said: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    let mut order = Vec::new();
    for doomed in source.split("    Doomed {\n").skip(1) {
        let words: Vec<_> = doomed.split('"').collect();
        let table = words[1];
        order.push(table);
        let links = said.entry(table).or_default();
        for link in doomed.split("link(").skip(1) {
            let words: Vec<_> = link.split('"').collect();
            links.insert((
                words[1],
                if words[2].contains("Id(") {
                    words[5]
                } else {
                    words[3]
                },
            ));
        }
    }
    let test = TestDb::new(Backend::Postgres).await;
    let db = test.connect().await;
    let sql = "SELECT c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text, c.confdeltype = 'a' \
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[cardinality(c.conkey)] \
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace \
        AND c.conrelid::regclass::text !~ '_[0-9]{6}$'"; // Those are shards.
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await;
    let mut there: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for row in rows.expect("the catalog") {
        let name = |at| -> String { row.try_get_by_index(at).expect("a name") };
        let (table, column, to) = (name(0), name(1), name(2));
        // What belongs to a link goes with it, by CASCADE.
        if ["invitations", "audit_events"].contains(&to.as_str()) {
            continue;
        }
        there.entry(to).or_default().insert((table, column));
    }
    for (table, links) in &there {
        let known: BTreeSet<_> = said
            .get(table.as_str())
            .into_iter()
            .flatten()
            .copied()
            .collect();
        let links: BTreeSet<_> = links
            .iter()
            .map(|(table, column)| (table.as_str(), column.as_str()))
            .collect();
        assert_eq!(known, links, "{table}");
    }
    let sql = "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'deleted_at' \
        AND table_name !~ '_[0-9]{6}$'";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await;
    let soft: BTreeSet<String> = rows
        .expect("the catalog")
        .iter()
        .map(|row| row.try_get_by_index(0).expect("a name"))
        .collect();
    let order: BTreeSet<_> = order.into_iter().map(str::to_owned).collect();
    assert_eq!(order, soft, "every table whose rows are deleted by a mark");
}
