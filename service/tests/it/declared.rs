//! What the door is told of each entity, held against the catalog of the migrated database.

use std::collections::{BTreeMap, BTreeSet};

use migration::testing::{Backend, TestDb};
use sea_orm::{ConnectionTrait, DatabaseConnection, IdenStatic, Iterable, PrimaryKeyToColumn};
use service::scope::Scoped;

/// What the door is told.
#[derive(Debug)]
struct Told {
    tenant: Option<&'static str>,
    deletion: Option<(&'static str, &'static str)>,
    key: Vec<&'static str>,
    /// Tables that rows stand under, as [`service::scope::Parent`] shows them.
    under: BTreeSet<String>,
}

fn told<E: Scoped>() -> (&'static str, Told) {
    // A parent shows its table in its `Debug` form; nothing else of it is public.
    let under = E::parents().into_iter().map(|parent| {
        let shown = format!("{parent:?}");
        let table = shown.split("table: ").nth(1).expect("a table");
        table.split('"').nth(1).expect("its name").to_owned()
    });
    let told = Told {
        tenant: E::application_column().map(|column| column.as_str()),
        deletion: E::deletion_columns().map(|(at, batch)| (at.as_str(), batch.as_str())),
        key: E::PrimaryKey::iter()
            .map(|key| key.into_column().as_str())
            .collect(),
        under: under.collect(),
    };
    (E::default().table_name(), told)
}

fn all() -> BTreeMap<&'static str, Told> {
    macro_rules! of {
        ($($module:ident)+) => { [$(told::<entity::$module::Entity>()),+].into() };
    }
    of!(application_memberships applications audit_chains audit_details audit_events client_users clients domains email_recipients
        emails invitation_roles invitations mailboxes membership_roles role_permissions roles sessions
        sign_in_throttles user_passwords users verification_tokens)
}

/// Foreign keys that only tell who did something: the row outlives that user.
const PROVENANCE: [(&str, &str); 3] = [
    ("clients", "created_by"),
    ("domains", "created_by"),
    ("invitations", "invited_by"),
];

async fn lines(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(sea_orm::Statement::from_string(
        db.get_database_backend(),
        sql,
    ));
    let rows = rows.await.expect("an answer");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}

// Without the views of Citus, and the shards of what lies on every node.
const COLUMNS: &str = "SELECT table_name || ' ' || column_name FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql%' AND table_name NOT LIKE '_aura%' \
    AND table_name !~ '^citus_|_[0-9]{6}$' ORDER BY table_name, ordinal_position";
const KEYS: &str = "SELECT c.conrelid::regclass || ' ' || a.attname FROM pg_constraint c \
    CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY k(attnum, position) \
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum \
    WHERE c.contype = 'p' AND c.connamespace = 'public'::regnamespace AND c.conrelid::regclass::text !~ '_[0-9]{6}$' ORDER BY c.conrelid, k.position";
/// Table, referenced table, last column of the key.
const FOREIGN_KEYS: &str = "SELECT c.conrelid::regclass || ' ' || c.confrelid::regclass || ' ' || a.attname \
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[cardinality(c.conkey)] \
    WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND c.conrelid::regclass::text !~ '_[0-9]{6}$'";

#[tokio::test]
async fn the_declarations_are_those_of_the_catalog() {
    let test = TestDb::new(Backend::Postgres).await;
    let db = test.connect().await;
    let told = all();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(&db, COLUMNS).await {
        let (table, column) = line.split_once(' ').expect("two words");
        columns
            .entry(table.to_owned())
            .or_default()
            .push(column.to_owned());
    }
    let declared: Vec<_> = told.keys().copied().collect();
    assert_eq!(
        declared,
        columns.keys().collect::<Vec<_>>(),
        "every table comes through the door"
    );

    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(&db, KEYS).await {
        let (table, column) = line.split_once(' ').expect("two words");
        keys.entry(table.to_owned())
            .or_default()
            .push(column.to_owned());
    }
    for (table, told) in &told {
        assert_eq!(told.key, keys[*table], "{table}: the key");
        let leads = keys[*table][0] == "application_id";
        assert_eq!(
            told.tenant,
            leads.then_some("application_id"),
            "{table}: tenant, if the application leads the key"
        );
        let marked = columns[*table].iter().any(|column| column == "deleted_at");
        assert_eq!(
            told.deletion,
            marked.then_some(("deleted_at", "deletion_id")),
            "{table}: soft, if it has the mark"
        );
    }

    let mut used = BTreeSet::new();
    let mut under: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in lines(&db, FOREIGN_KEYS).await {
        let [table, parent, column] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        if let Some(known) = PROVENANCE.iter().find(|known| **known == (table, column)) {
            used.insert(*known);
        } else {
            under
                .entry(table.to_owned())
                .or_default()
                .insert(parent.to_owned());
        }
    }
    for (table, told) in &told {
        let there = under.remove(*table).unwrap_or_default();
        assert_eq!(
            told.under, there,
            "{table}: under every table that it refers to, but for who did something"
        );
    }
    assert_eq!(
        used.len(),
        PROVENANCE.len(),
        "an exception is out of date: {used:?}"
    );
}
